"""Cutting a document into passages of whole sentences."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from corpus import tokens
from corpus.documents import Chunk, Document, Heading, Span, page_at
from corpus.sentences import split_sentences

TARGET = 200
# A break inside a paragraph costs as much as a chunk that misses the target by a third.
_MID_PARAGRAPH = 1 / 3
_LONGEST = 2
_CHARACTERS_PER_TOKEN = 20
# Where a sentence too long for the window is cut, best first.
_CUTS = (re.compile(r"(?<=[;:—])\s+"), re.compile(r"(?<=[,)\]])\s+"), re.compile(r"\s+"))


@dataclass(frozen=True, slots=True)
class Window:
    """The longest text that an embedder reads whole, by its own tokenizer.

    `count` gives the length of a text in the embedder's tokens, special tokens included.
    """

    count: Callable[[str], int]
    limit: int

    def holds(self, text: str) -> bool:
        """Say whether nothing of `text` would be cut off."""
        return len(text) <= _CHARACTERS_PER_TOKEN * self.limit and self.count(text) <= self.limit


def chunk_document(
    document: Document,
    *,
    count_tokens: Callable[[str], int] = tokens.count_tokens,
    target: int = TARGET,
    window: Window | None = None,
) -> list[Chunk]:
    """Return the document's passages in order, each of about `target` tokens.

    A chunk ends where a sentence ends and never reaches past a heading. Every sentence that is
    not a heading is in exactly one chunk. With a window, every chunk and every sentence fits it:
    a sentence that does not is cut between clauses or words into several that do. Sizes within a
    section are as even as its sentences allow: the sum of squared deviations from `target` is the
    least possible.

    Raises:
        ValueError: `target` is not positive, or the window does not hold a single character.
    """
    if target < 1:
        raise ValueError(f"a chunk needs a target of at least 1 token, not {target}")
    if window:
        window = Window(cache(window.count), window.limit)
    chunks = []
    for section, headings in _sections(document):
        sentences = _sentences(document.text, section, window)
        for group in _group(document.text, sentences, count_tokens, target, window):
            span = Span(group[0].start, group[-1].end)
            page = page_at(document.pages, span.start)
            chunks.append(Chunk(span, tuple(group), headings, page))
    return chunks


def _sections(document: Document) -> Iterator[tuple[Span, tuple[str, ...]]]:
    """Yield the stretches between headings that are not empty, with the headings above them."""
    path: list[Heading] = []
    begin = 0
    for heading in sorted(document.headings, key=lambda heading: heading.span):
        if begin < heading.span.start:
            yield Span(begin, heading.span.start), _texts(document, path)
        path = [above for above in path if above.level < heading.level] + [heading]
        begin = heading.span.end
    if begin < len(document.text):
        yield Span(begin, len(document.text)), _texts(document, path)


def _texts(document: Document, path: Sequence[Heading]) -> tuple[str, ...]:
    return tuple(heading.span.slice(document.text) for heading in path)


def _sentences(text: str, section: Span, window: Window | None) -> list[Span]:
    found = [
        Span(section.start + span.start, section.start + span.end)
        for span in split_sentences(section.slice(text))
    ]
    if window is None:
        return found
    return [piece for span in found for piece in _fit(text, span, window)]


def _fit(text: str, span: Span, window: Window) -> Iterator[Span]:
    """Yield the sentence, or the halves of halves of it that the window holds."""
    if window.holds(span.slice(text)):
        yield span
    elif span.end - span.start == 1:
        raise ValueError(
            f"a window of {window.limit} tokens does not hold the character at {span.start}"
        )
    else:
        gap = _cut(text, span)
        yield from _fit(text, Span(span.start, gap.start), window)
        yield from _fit(text, Span(gap.end, span.end), window)


@dataclass(frozen=True, slots=True)
class _Gap:
    start: int
    end: int


def _cut(text: str, span: Span) -> _Gap:
    """Return the white space at which to cut, near the middle, or the middle itself."""
    middle, reach = (span.start + span.end) // 2, (span.end - span.start) // 4
    for pattern in _CUTS:
        gaps = [
            _Gap(match.start(), match.end())
            for match in pattern.finditer(text, middle - reach, middle + reach)
        ]
        if gaps:
            return min(gaps, key=lambda gap: abs(gap.start - middle))
    return _Gap(middle, middle)


def _group(
    text: str,
    sentences: Sequence[Span],
    count_tokens: Callable[[str], int],
    target: int,
    window: Window | None,
) -> Iterator[Sequence[Span]]:
    """Yield runs of sentences, the best partition that the window allows."""
    sizes = [count_tokens(span.slice(text)) for span in sentences]
    loads = [window.count(span.slice(text)) for span in sentences] if window else sizes
    overhead = window.count("") if window else 0
    limit = window.limit if window else sum(loads)
    best, begins = [0.0], [0]
    for end in range(1, len(sentences) + 1):
        size, load, candidates = 0, overhead, []
        for begin in range(end - 1, -1, -1):
            size += sizes[begin]
            load += loads[begin] - overhead
            if begin < end - 1 and (size > _LONGEST * target or load > limit):
                break
            candidates.append((best[begin] + (size / target - 1) ** 2, begin))
        cost, begin = min(candidates)
        if end < len(sentences):
            between = text[sentences[end - 1].end : sentences[end].start]
            cost += 0 if "\n\n" in between else _MID_PARAGRAPH**2
        best.append(cost)
        begins.append(begin)
    runs, end = [], len(sentences)
    while end:
        runs.append(sentences[begins[end] : end])
        end = begins[end]
    for run in reversed(runs):
        yield from _halve(text, run, window)


def _halve(text: str, run: Sequence[Span], window: Window | None) -> Iterator[Sequence[Span]]:
    """Yield the run, or halves of it where it counts more tokens than its sentences did."""
    if len(run) == 1 or window is None or window.holds(text[run[0].start : run[-1].end]):
        yield run
    else:
        middle = len(run) // 2
        yield from _halve(text, run[:middle], window)
        yield from _halve(text, run[middle:], window)
