"""Passages: a sentence told with those before it, where it is not understood alone.

The first sentence of a document is a passage of its own: nothing before it could explain more.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.documents import Span
from index.annotations import Annotation
from rag import terms
from rag.evidence import Evidence, Pool

_BEFORE = 2
_LONGEST = 75
_TRIED = 16
_NEAR = 0.55
_ABOUT = 0.8
# Who speaks for himself, or to somebody, needs more than the sentence before to be understood.
_ADDRESSED = re.compile(r"\b(?:I|[Ww]e|[Uu]s|[Oo]ur|[Mm]y|[Mm]e|[Yy]ou|[Yy]our)\b")
_SPEAKER = re.compile(r"^[A-Z][A-Z .]+: ")


def passages(pool: Pool) -> list[Evidence]:
    """Return what is understood only with the sentences before it, together with those.

    A passage opens with a sentence that is understood alone, and goes on word for word to the one
    that it is for, of which it has the note; nobody addresses anybody in it. The most relevant
    sentences are tried.
    """
    alone = {e.sentence.id for e in pool.usable}
    lacking = [
        e
        for e in pool.evidence
        if e.note.complete and e.sentence.id not in alone and e.relevance >= _NEAR * pool.top
    ]
    found = (_passage(e, pool, alone) for e in lacking[:_TRIED])
    return [p for p in found if p is not None]


def _passage(main: Evidence, pool: Pool, alone: set[int]) -> Evidence | None:
    parts = [main]
    if _opens(main, pool, alone):
        return _joined(parts)
    for earlier in pool.before(main, _BEFORE):
        if not earlier.note.complete or not _adjacent(earlier, parts[0]):
            return None
        parts.insert(0, earlier)
        if _opens(earlier, pool, alone):
            return _joined(parts)
    return None


def _opens(evidence: Evidence, pool: Pool, alone: set[int]) -> bool:
    """Whether a passage may open with it: it is understood, or the first of its document.

    What the first sentence calls "the ministry" no other sentence explains, and what the question
    names is known to who asks it.
    """
    if evidence.sentence.id in alone:
        return True
    left_open = [evidence.text[r.start : r.end] for r in evidence.note.references if r.text is None]
    if not all(words.lower().startswith("the ") for words in left_open):
        return False
    return evidence.sentence.ordinal == 0 or _asked_about(evidence, left_open, pool)


def _asked_about(evidence: Evidence, nouns: list[str], pool: Pool) -> bool:
    """Whether the question names what a sentence leaves open, and is about its document."""
    asked = frozenset(pool.question.stems)
    document = frozenset(terms.stems(evidence.document.text))
    return (
        not evidence.leans
        and all(terms.stems(noun)[-1:] and terms.stems(noun)[-1] in asked for noun in nouns)
        and pool.coverage(document) >= _ABOUT
    )


def _adjacent(one: Evidence, other: Evidence) -> bool:
    """Whether nothing stands between two sentences, and no line begins a list or a heading."""
    between = one.document.text[one.span.end : other.span.start]
    return not between.strip()


def _joined(parts: Sequence[Evidence]) -> Evidence | None:
    main = parts[-1]
    text = " ".join(p.text for p in parts)
    if len(text.split()) > _LONGEST or any(_ADDRESSED.search(p.text) for p in parts):
        return None
    if any(_SPEAKER.match(p.text) for p in parts):
        return None
    span = Span(parts[0].span.start, main.span.end)
    sentence = replace(main.sentence, span=span, text=text, annotation=_note(parts))
    return replace(main, sentence=sentence, parts=tuple(parts))


def _note(parts: Sequence[Evidence]) -> Annotation:
    """Return the note of the last sentence, with what the others name, define and count."""
    at, notes = 0, []
    for part in parts:
        notes.append((at, part.note))
        at += len(part.text) + 1
    last, own = notes[-1]

    def moved(n: int) -> int:
        return n + last if n else 0

    return replace(
        own,
        linked=False,
        subject_end=moved(own.subject_end),
        verb_start=moved(own.verb_start),
        verb_end=moved(own.verb_end),
        mentions=tuple(
            replace(m, start=m.start + by, end=m.end + by) for by, n in notes for m in n.mentions
        ),
        phrases=tuple(
            replace(p, start=p.start + by, end=p.end + by) for by, n in notes for p in n.phrases
        ),
        definitions=tuple(
            replace(d, start=d.start + by, end=d.end + by) for by, n in notes for d in n.definitions
        ),
        figures=tuple(replace(f, start=f.start + last, end=f.end + last) for f in own.figures),
        speech=None,
        act=None,
        references=(),
        cuts=(),
    )
