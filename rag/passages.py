"""Passages: a sentence told with those before it, where it is not understood alone.

The first sentence of a document is a passage of its own: nothing before it could explain more.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.documents import Span
from index.annotations import Annotation, Role
from rag import terms
from rag.evidence import COVERAGE, Evidence, Pool

_BEFORE = 2
_LONGEST = 75
_TRIED = 16
_NEAR = 0.55
_ABOUT = 0.8
_PRONOUNS = frozenset(["he", "she", "it", "they", "his", "her", "its", "their", "him", "them"])
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
    weighed = [
        (_titled_relevance(e, pool), e)
        for e in pool.evidence
        if e.note.complete and e.sentence.id not in alone
    ]
    near = sorted((w for w in weighed if w[0] >= _NEAR * pool.top), key=lambda w: -w[0])
    lacking = [e for _, e in near[:_TRIED]]
    found = (_of_its_title(e, pool) or _passage(e, pool, alone) for e in lacking)
    return [p for p in found if p is not None]


def _titled_relevance(evidence: Evidence, pool: Pool) -> float:
    """Return the relevance of a sentence that is read with the title of its document."""
    title = frozenset(terms.stems(evidence.document.source.title))
    further = pool.coverage(evidence.meant_stems | title) - evidence.coverage
    return evidence.relevance + COVERAGE * max(further, 0.0)


def _of_its_title(main: Evidence, pool: Pool) -> Evidence | None:
    """Return a sentence on "he" or "it" with the first of its document, which says who that is.

    The first sentence must open with what the title names, and no sentence between them with
    something else.
    """
    earlier = pool.before(main, main.sentence.ordinal)
    if not earlier or earlier[-1].sentence.ordinal != 0 or main.leans:
        return None
    first, title = earlier[-1], frozenset(terms.stems(main.document.source.title))
    left_open = [main.text[r.start : r.end] for r in main.note.references if r.text is None]
    about = title and title <= frozenset(terms.stems(first.text[: first.note.subject_end]))
    pronouns = all(words.lower() in _PRONOUNS for words in left_open)
    if not (about and pronouns and first.note.complete and left_open):
        return None
    person = not {"he", "she"}.isdisjoint(words.lower() for words in left_open)
    if any(_on_another(e, title, person=person) for e in (*earlier[:-1], main)):
        return None
    return _joined([first, main])


def _on_another(evidence: Evidence, title: frozenset[str], *, person: bool) -> bool:
    """Whether a sentence is about somebody, or something, else by name than the title's."""
    return any(
        m.role is Role.SUBJECT
        and (m.label == "PERSON") >= person
        and m.start < evidence.note.subject_end
        and title.isdisjoint(terms.stems(m.name))
        for m in evidence.note.mentions
    )


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
        references=tuple(
            replace(r, start=r.start + by, end=r.end + by)
            for by, n in notes
            for r in n.references
            if r.text is not None
        ),
        cuts=(),
    )
