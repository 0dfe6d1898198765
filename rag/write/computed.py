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


_FEWEST = 2
_NAMED = 2
_ALL = 3


def count(planned: Count, naming: Naming) -> Draft | None:
    """Count the publishers whose spans bear the claim out; None where fewer than two do.

    Each is counted, and cited, once; two are named, or all of up to three.
    """
    chosen: dict[str, Evidence] = {}
    for evidence in planned.evidence:
        if _counts(evidence.text, planned):
            chosen.setdefault(evidence.publisher, evidence)
    found = tuple(chosen.values())
    if len(found) < _FEWEST:
        return None
    among, all_named = _among(found, naming)
    least = "" if all_named else "at least "
    text = planned.sentence.format(least=least, count=spelled(len(found)), among=among)
    quotes = tuple(Quote(e.document, e.span) for e in found)
    counted = Counted(planned.over, planned.claim_terms, planned.without, planned.either)
    return Draft((Piece(text, quotes),), StatementKind.COMPUTED, found, counted)


def _counts(text: str, planned: Count) -> bool:
    """Whether a text has every term, one of those that stand for another, and none without."""
    either = not planned.either or any(mentions(text, t) for t in planned.either)
    every = all(mentions(text, t) for t in planned.claim_terms)
    return either and every and not any(mentions(text, t) for t in planned.without)


def _among(found: Sequence[Evidence], naming: Naming) -> tuple[str, bool]:
    """Return ", A and B," or ", among them A and B,", and whether all are named."""
    named = [e.document for e in found if e.document.source.publisher]
    if len(named) < _NAMED:
        return "", False
    whole = len(named) == len(found) <= _ALL
    names = listed(
        [naming.publisher(d, introduce=False) for d in named[: _ALL if whole else _NAMED]]
    )
    return (f", {names}," if whole else f", among them {names},"), whole
