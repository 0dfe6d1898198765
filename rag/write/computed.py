"""Computed sentences: what was counted, from spans that each bear it out."""

from collections.abc import Sequence

from rag.citations import Quote
from rag.evidence import Evidence, mentions
from rag.plan.plan import Count
from rag.report import StatementKind
from rag.words import ordered
from rag.write.clause import listed
from rag.write.draft import Counted, Draft, Piece
from rag.write.naming import Naming


def spelled(number: int) -> str:
    """Return a number as running text has it: words up to twelve."""
    small = ordered("numbers", "small")
    return small[number] if number <= 12 else str(number)


_NAMED = 2
_ALL = 3


def count(planned: Count, naming: Naming) -> Draft | None:
    """Count what bears the claim out: spans that name every term; None where fewer than two do.

    Where publishers are counted, each is counted, and cited, once; two are named, or all of
    up to three.
    """
    chosen: dict[str, Evidence] = {}
    for evidence in planned.evidence:
        named = all(mentions(evidence.text, term) for term in planned.claim_terms)
        if named and not any(mentions(evidence.text, term) for term in planned.without):
            key = evidence.publisher if planned.by_publisher else str(evidence.sentence.id)
            chosen.setdefault(key, evidence)
    if planned.by_publisher:
        documents: dict[str, Evidence] = {}
        for evidence in chosen.values():
            documents.setdefault(evidence.document.id, evidence)
        chosen = documents
    found = tuple(chosen.values())
    if len(found) < (2 if planned.by_publisher else 1):
        return None
    text = planned.sentence.format(
        count=spelled(len(found)),
        s="" if len(found) > 1 else "s",
        among=_among(found, naming) if planned.by_publisher else "",
    )
    quotes = tuple(Quote(e.document, e.span) for e in found)
    counted = Counted(
        planned.over, planned.claim_terms, None, planned.by_publisher, planned.without
    )
    return Draft((Piece(text, quotes),), StatementKind.COMPUTED, found, counted)


def _among(found: Sequence[Evidence], naming: Naming) -> str:
    named = [e.document for e in found if e.document.source.publisher]
    if len(named) < _NAMED:
        return ""
    whole = len(named) == len(found) <= _ALL
    names = listed(
        [naming.publisher(d, introduce=False) for d in named[: _ALL if whole else _NAMED]]
    )
    return f", {names}," if whole else f", among them {names},"
