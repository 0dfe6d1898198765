"""What a later word may stand for, and how much of its sentence's attention it has."""

from dataclasses import dataclass
from enum import IntEnum

from corpus.documents import Span
from index.annotate.aliases import head_noun
from index.annotate.tree import Token, first_of
from index.annotate.words import words

_STRONG = frozenset({"nsubj", "nsubjpass", "dobj", "dative"})
_UNSURE = frozenset({"", "ORG", "PRODUCT", "NORP", "FAC"})
_TOLD = frozenset({"appos", "relcl"})


class Place(IntEnum):
    """The part that something plays, the one with the most attention first.

    Subject of "X is a Y"; any other subject of the main clause; other subjects and objects; the
    doer in the passive and what is told at some length; an owner; what a verb has with a
    preposition; anything else.
    """

    DEFINED = 0
    MAIN = 1
    STRONG = 2
    FOCUS = 3
    OWNER = 4
    BESIDE = 5
    WEAK = 6


@dataclass(frozen=True)
class Antecedent:
    """Somebody or something that a sentence names, and the span of that sentence.

    `text` is the phrase for the middle of a sentence, None where it cannot stand alone; `plural`
    is None where unknown; `label` is the entity type of a name, None for what is no name.
    """

    text: str | None
    name: str
    span: Span
    plural: bool | None
    person: bool
    body: bool
    label: str | None
    place: Place

    @property
    def main(self) -> bool:
        """Whether it is the subject of the main clause."""
        return self.place <= Place.MAIN

    @property
    def strong(self) -> bool:
        """Whether it is a subject or an object."""
        return self.place <= Place.STRONG

    @property
    def somebody(self) -> bool:
        """Whether it may be a person, as far as one can tell from its name and place."""
        if self.person or self.label is None or self.place > Place.OWNER:
            return self.person
        if self.name.isupper() or head_noun(self.name) in words("bodies", "firms", "places"):
            return False
        return self.label in _UNSURE or (self.label == "GPE" and self.strong)

    def like(self, other: "Antecedent") -> bool:
        """Whether both are, or may be, of one kind."""
        nameless = self.label is None and self.body and other.body
        return nameless or alike(self.label, other.label)


@dataclass(frozen=True)
class Kind:
    """A name that was called by a noun, with the adjectives it then had.

    `text` is None where it is not known how the name is said; `own` whether the noun is a part of
    the name itself.
    """

    name: str
    text: str | None
    span: Span
    adjectives: frozenset[str]
    own: bool = False


def alike(one: str | None, other: str | None) -> bool:
    """Whether two entity types are one, or either may be any body's."""
    return one == other or {one, other} <= {"", "ORG"}


def place(token: Token, main: Token | None) -> Place:
    """Return the part that the token plays in a sentence whose main clause has this subject."""
    if token is main:
        return Place.DEFINED if token.head.child("attr") is not None else Place.MAIN
    if token.dep in _STRONG or (token.dep == "conj" and token.head.dep in _STRONG):
        return Place.STRONG
    first = first_of(token)
    told = any(c.dep in _TOLD and c.i > token.i for c in token.children)
    if told or first.dep == "attr" or (first.dep == "pobj" and first.head.dep == "agent"):
        return Place.FOCUS
    if token.dep == "poss":
        return Place.OWNER
    verb = first.head.head if first.dep == "pobj" else None
    if verb is not None and main is not None and verb.pos in ("VERB", "AUX"):
        return Place.BESIDE
    return Place.WEAK
