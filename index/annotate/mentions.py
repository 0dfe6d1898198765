"""Proper names in a sentence."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from index.annotate.aliases import Aliases
from index.annotate.phrases import role
from index.annotate.tree import COUNTS, TIMES, Entity, Sentence, Token
from index.annotate.words import words
from index.annotations import Mention

_NO_NAMES = TIMES | COUNTS | {"LANGUAGE"}
_NAMING = frozenset({"PROPN", "NOUN", "ADJ", "X"})


@dataclass(frozen=True)
class Name:
    """A name: tokens `first` to `last`, its entity type or "", and the title before it in small.

    The title ("mayor", "mrs.") is no part of the name.
    """

    first: int
    last: int
    label: str
    title: str = ""


def names(sentence: Sentence, common: Set[str], proper: Set[str] = frozenset()) -> list[Name]:
    """Return the names of a sentence in order; dates, numbers and "the" are left out.

    A capitalised run joined by small words ("Cartel de los Soles") is one name even where the
    parser's entity covers a part of it. `common` holds the words that the document also writes in
    small letters: one of them at the beginning of a sentence is no name. `proper` holds the words
    that it only writes with a capital, inside its sentences.
    """
    if sentence.text.isupper():
        return []
    inside = _entities(sentence)
    runs = _runs(sentence, inside, common, proper)
    return [n for run in runs if (n := _name(sentence, run, inside))]


def mentions(sentence: Sentence, found: Sequence[Name], aliases: Aliases) -> tuple[Mention, ...]:
    """Return the names of a sentence in their canonical form, each as its document labels it."""
    return tuple(
        Mention(
            name := aliases.canonical(sentence.slice(n.first, n.last)),
            *sentence.span(n.first, n.last),
            aliases.label(name),
            role(head(sentence, n)),
        )
        for n in found
    )


def head(sentence: Sentence, name: Name) -> Token:
    """Return the token of a name that hangs on something outside it."""
    for token in sentence.tokens[name.first : name.last + 1]:
        if not name.first <= token.head.i <= name.last or token.head is token:
            return token
    return sentence.tokens[name.last]


def _entities(sentence: Sentence) -> dict[int, Entity]:
    return {i: e for e in sentence.entities for i in range(e.first, e.last + 1)}


def _runs(
    sentence: Sentence, inside: dict[int, Entity], common: Set[str], proper: Set[str]
) -> Iterator[tuple[int, int]]:
    tokens = sentence.tokens
    opening = next((t.i for t in tokens if t.text[0].isalnum()), 0)
    i = 0
    while i < len(tokens):
        known = i != opening or (
            tokens[i].text in proper and tokens[i].lower not in common and tokens[i].pos != "ADJ"
        )
        if not _capital(tokens[i], inside, opening=not known, common=common):
            i += 1
            continue
        last = i
        while (following := _next(sentence, inside, i, last)) is not None:
            last = following
        yield i, last
        i = last + 1


def _capital(
    token: Token,
    inside: dict[int, Entity],
    *,
    opening: bool = False,
    common: Set[str] = frozenset(),
) -> bool:
    if token.pos not in _NAMING or not any(c.isupper() for c in token.text):
        return False
    entity = inside.get(token.i)
    if entity is not None and entity.label in _NO_NAMES:
        return False
    if not opening:
        return True
    if token.lower in words("nameless"):
        return False
    if entity is not None and entity.last > token.i:
        return True
    return token.lower not in common and (token.pos == "PROPN" or entity is not None)


def _next(sentence: Sentence, inside: dict[int, Entity], first: int, last: int) -> int | None:
    """Return the token that continues the name which so far ends with `last`."""
    tokens = sentence.tokens
    ahead = last + 1
    if ahead >= len(tokens):
        return None
    token = tokens[ahead]
    entity = inside.get(last)
    together = entity is not None and inside.get(ahead) is entity
    if _capital(token, inside):
        return ahead if together or not _divided(inside, last, ahead) else None
    if together and token.tag == "CD":
        return ahead
    glued = token.text in ("-", "–") and token.start == tokens[last].end
    if (glued or token.text == "&" or (together and token.tag == "POS")) and (
        ahead + 1 < len(tokens) and _capital(tokens[ahead + 1], inside)
    ):
        return ahead + 1
    while ahead < len(tokens) and ahead <= last + 2 and tokens[ahead].text in words("inner"):
        ahead += 1
    if ahead == last + 1 or ahead >= len(tokens) or not _capital(tokens[ahead], inside):
        return None
    link = tokens[last + 1].text
    if link == "of" and last > first and _person(inside, last):
        return None  # "Ivan Petrov of Spain", but "William of Orange"
    if entity is not None and inside.get(ahead) is entity:
        return ahead
    if link in ("and", "for", "in", "on", "the", "y") or _role(tokens[first : last + 1]):
        return None
    return ahead


def _divided(inside: dict[int, Entity], last: int, ahead: int) -> bool:
    """Whether a new entity begins, as in "French President" or "Paris Friday"."""
    before, after = inside.get(last), inside.get(ahead)
    return before is not after and (
        (before is not None and before.label == "NORP" and after is not None)
        or (before is not None and after is not None and before.label != after.label)
    )


def _role(tokens: Sequence[Token]) -> bool:
    return all(t.lower in words("roles", "persons") for t in tokens)


def _person(inside: dict[int, Entity], i: int) -> bool:
    entity = inside.get(i)
    return entity is not None and entity.label == "PERSON"


def _name(sentence: Sentence, run: tuple[int, int], inside: dict[int, Entity]) -> Name | None:
    first, last = run
    title = []
    titles = words("roles", "mister", "missis", "narrowing")
    while first > 0 and sentence.tokens[first - 1].lower in titles:
        first -= 1
    while first <= last and sentence.tokens[first].lower in titles:
        title.append(sentence.tokens[first].lower)
        first += 1
    if first > last:
        return None
    if all(t.lower in words("persons", "men", "women") for t in sentence.tokens[first : last + 1]):
        return None
    found = [inside[i] for i in range(last, first - 1, -1) if i in inside]
    label = found[0].label if found else ""
    if title and label not in ("PERSON", "ORG", ""):
        label = "PERSON"
    return Name(first, last, label, " ".join(title))
