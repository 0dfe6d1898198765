"""What a source says that something is, in a phrase short enough to stand beside its name."""

import re

from rag import terms
from rag.articles import with_the
from rag.evidence import Evidence, Pool
from rag.plan.entities import Entity
from rag.write.naming import Naming
from rag.write.speakers import relay

_LONGEST = 12
_CLAUSE = r",| that | which | who | where | with | active "


def describe(
    entity: Entity, evidence: Evidence, naming: Naming, pool: Pool, *, introduce: bool = True
) -> tuple[str, str] | None:
    """Return who says it ("" where nobody is known) and the phrase; None where there is none.

    Who passes it on is named with who says it: "the DEA, as reported by Filter,".
    """
    for definition in evidence.note.definitions:
        if not entity.named_in(definition.name):
            continue
        phrase = evidence.text[definition.start : definition.end]
        if evidence.text[definition.end : definition.end + 1].isspace():
            # The sentence goes on within the phrase: only its core is sure to be whole.
            phrase = re.split(_CLAUSE, phrase, maxsplit=1)[0]
        phrase = shorten(phrase)
        own = frozenset(terms.stems(entity.name))
        if phrase and not entity.named_in(phrase) and not frozenset(terms.stems(phrase)) <= own:
            who = naming.speaker(evidence, pool, introduce=introduce)
            through = relay(evidence.text)
            return (f"{who}, {through}," if who and through else who), phrase
    return None


def shorten(phrase: str) -> str:
    """Return a noun phrase of at most twelve words, cut where a further clause begins, or ""."""
    if len(phrase.split()) > _LONGEST:
        phrase = re.split(_CLAUSE, phrase, maxsplit=1)[0]
    phrase = phrase.strip(" ,.;")
    return phrase if 1 < len(phrase.split()) <= _LONGEST else ""


def the(entity: Entity) -> str:
    """Return the entity's name with "the" where the evidence writes it so."""
    if not entity.proper:
        return entity.name
    return with_the(entity.name, [e.text for e in entity.evidence])
