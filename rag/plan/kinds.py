"""What members of a kind are by their nature: people, places or bodies."""

from collections.abc import Iterable
from enum import StrEnum

from rag import terms
from rag.words import words


class Nature(StrEnum):
    """What a kind's members are; each is told by the parser's entity types."""

    PERSON = "people"
    PLACE = "places"
    BODY = "bodies"


_LABELS = {
    Nature.PERSON: frozenset({"PERSON"}),
    Nature.PLACE: frozenset({"GPE", "LOC", "FAC"}),
    Nature.BODY: frozenset({"ORG"}),
}


def nature_of(kinds: Iterable[str]) -> Nature | None:
    """Return the nature of the kinds asked for ("Peruvian officials"), None where it is unknown."""
    heads = {terms.stem(terms.split(kind)[-1].text) for kind in kinds}
    return next((n for n in Nature if heads <= _stems(n)), None) if heads else None


def is_of(nature: Nature, label: str) -> bool:
    """Whether a name of an entity type may be of that nature."""
    return label in _LABELS[nature]


def names_nature(phrase: str, nature: Nature) -> bool:
    """Whether a noun phrase calls something by a word of that nature: "a violent gang"."""
    return not _stems(nature).isdisjoint(terms.stems(phrase))


def _stems(nature: Nature) -> frozenset[str]:
    return frozenset(terms.stem(w) for w in words("kinds", nature.value))
