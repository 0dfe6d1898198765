"""Noun phrases and the part each plays in its clause."""

from index.annotate.tree import NOUNS, OBJECTS, Sentence, Token, first_of
from index.annotations import Phrase, Role

_INSIDE = frozenset({"compound", "nmod", "poss", "amod", "nummod", "quantmod", "npadvmod"})
_BEFORE = frozenset({"compound", "nmod", "amod", "nummod", "poss", "quantmod", "advmod", "punct"})
_DROPPED = frozenset({"DET", "PRON", "PUNCT", "PART"})


def role(token: Token) -> Role:
    """Return the part that a phrase with this head plays; a member of a list plays its list's."""
    first = first_of(token)
    if first.dep == "appos":
        first = first_of(first.head)
    if first.dep in ("nsubj", "nsubjpass"):
        return Role.SUBJECT
    return Role.OBJECT if first.dep in OBJECTS else Role.OTHER


def base(token: Token) -> list[Token]:
    """Return the noun with the words in front of it that belong to it, without its determiner."""
    own = [c for c in token.children if c.i < token.i and c.dep in _BEFORE and c.pos != "DET"]
    first = min((c.left for c in own if c.dep != "poss"), default=token.i)
    kept = sorted(
        (t for c in own if c.dep != "poss" for t in c.subtree if first <= t.i < token.i),
        key=lambda t: t.i,
    )
    kept = [*kept, token]
    while len(kept) > 1 and (kept[0].pos in _DROPPED or kept[0].lower in ("such", "own")):
        del kept[0]
    return kept


def phrases(sentence: Sentence) -> tuple[Phrase, ...]:
    """Return the noun phrases in order; each member of a list is a phrase of its own."""
    found = []
    for token in sentence.tokens:
        if not _heads(token):
            continue
        words = base(token)
        found.append(Phrase(words[0].start, token.end, token.lemma.lower(), role(token)))
    return tuple(found)


def _heads(token: Token) -> bool:
    if token.dep == "conj":
        first = first_of(token)
        listed = token.pos in NOUNS or (token.pos == "ADJ" and first.noun)
        return listed and not (first.dep in _INSIDE and first.i < first.head.i)
    if token.pos not in NOUNS:
        return token.pos == "ADJ" and token.dep == "pobj"
    return not (token.dep in _INSIDE and token.i < token.head.i and token.dep != "poss")
