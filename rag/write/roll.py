"""The sentence that names who answers a list question, each with what a source says it is."""

from rag.citations import Quote
from rag.evidence import Evidence, Pool
from rag.plan.entities import Entity
from rag.plan.plan import Roll
from rag.report import StatementKind
from rag.write.description import describe, the
from rag.write.draft import Draft, Piece
from rag.write.naming import Naming


def roll(planned: Roll, naming: Naming, pool: Pool) -> Draft:
    """Write "The names that recur in the sources are X, which P describes as A, and Y"."""
    pieces = []
    pairs = list(zip(planned.entities, planned.findings, strict=True))
    for i, (entity, finding) in enumerate(pairs):
        evidence = finding.evidence
        joint = "the names that recur in the sources are " if i == 0 else ", "
        last = "and " if i == len(pairs) - 1 and i else ""
        quote = Quote(evidence.document, evidence.span)
        words = f"{joint}{last}{the(entity)}{_described(entity, evidence, naming, pool)}"
        pieces.append(Piece(words, (quote,)))
    cited = tuple(f.evidence for f in planned.findings)
    return Draft(tuple(pieces), StatementKind.WRITTEN, cited)


def _described(entity: Entity, evidence: Evidence, naming: Naming, pool: Pool) -> str:
    described = describe(entity, evidence, naming, pool)
    if described is None:
        return ""
    who, phrase = described
    return f", which {who} describes as {phrase}" if who else f", {phrase}"
