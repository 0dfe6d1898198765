"""The sentences of an answer and what each cites, whoever wrote it; nothing is repaired."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.sentences import split_sentences
from evals.items import Answer, AnswerSource, Ref, Sentence
from rag.citations import Mark, marks, plain, sentences

_FIRST_YEAR, _LAST_YEAR = 1500, 2199


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer as every metric reads it; `sources` by number."""

    sentences: tuple[Sentence, ...]
    sources: dict[int, AnswerSource]

    def has_text(self, ref: Ref) -> bool:
        """Whether there is a text to judge by: the quote, or that of the source."""
        source = self.sources.get(ref.n)
        return source is not None and bool((ref.quote or source.text).strip())

    def resolves(self, ref: Ref) -> bool:
        """Whether the source is there and has the quote, at its offset where one is given."""
        source = self.sources.get(ref.n)
        if source is None:
            return False
        if ref.quote is None:
            return True
        if ref.start is None:
            return bool(ref.quote) and ref.quote in source.text
        return source.text[ref.start : ref.start + len(ref.quote)] == ref.quote != ""


def parse(answer: Answer) -> Parsed:
    """Return the sentences of an answer with their citations.

    Marks are read as numbers: `[1, 2]` and `[1-3]` cite each of them, `[0]` and `[99]` cite a
    source that is not there. A bracketed year (`[2024]`) that is no source's number is text, not
    a citation. Marks after a sentence's stop belong to that sentence.
    """
    sources = {source.n: source for source in answer.sources}
    if answer.sentences is not None:
        return Parsed(answer.sentences, sources)
    found: list[Sentence] = []
    for span in split_sentences(answer.text):
        text = span.slice(answer.text)
        refs = tuple(
            Ref(n) for mark in marks(text) if not _year(mark, sources) for n in mark.numbers
        )
        words = _without_marks(text, sources).strip()
        if any(c.isalnum() for c in words):
            found.append(Sentence(words, refs))
        elif refs and found:
            last = found[-1]
            found[-1] = Sentence(last.text, last.refs + refs, last.kind)
    return Parsed(tuple(found), sources)


def of_statement(text: str, refs: Sequence[Ref], kind: str | None) -> Iterator[Sentence]:
    """Yield the sentences of a report's statement, each with what its own marks cite."""
    parts = sentences(text)
    for place, part in enumerate(parts):
        numbers = {n for mark in marks(part) for n in mark.numbers}
        paired = len(parts) == len(refs)
        own = (refs[place],) if paired else tuple(r for r in refs if r.n in numbers)
        yield Sentence(plain(part), own, kind)


def _year(mark: Mark, sources: dict[int, AnswerSource]) -> bool:
    return all(_FIRST_YEAR <= n <= _LAST_YEAR and n not in sources for n in mark.numbers)


def _without_marks(text: str, sources: dict[int, AnswerSource]) -> str:
    """Return the text without its citation marks and the spaces before them; years stay."""
    for mark in reversed(marks(text)):
        if not _year(mark, sources):
            text = text[: mark.start].rstrip() + text[mark.end :]
    return text
