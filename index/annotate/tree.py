"""A parsed sentence: words with what each is and which one it hangs on.

All offsets are code points within the sentence. The labels are those of spaCy's English models
(ClearNLP dependencies, Penn Treebank tags, universal parts of speech, OntoNotes entities), but
nothing here needs spaCy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass", "expl"})
OBJECTS = frozenset({"dobj", "obj", "dative", "iobj", "attr", "oprd"})
NOUNS = frozenset({"NOUN", "PROPN"})
TIMES = frozenset({"DATE", "TIME"})
COUNTS = frozenset({"CARDINAL", "ORDINAL", "PERCENT", "MONEY", "QUANTITY"})
_FINITE = frozenset({"VBD", "VBP", "VBZ", "MD"})
_HELPERS = frozenset({"aux", "auxpass", "neg"})
_MARKS = '"“”«»„'


@dataclass(slots=True, eq=False, repr=False)
class Token:
    """A word or mark: `i` counts tokens, `start` and `end` code points of the sentence.

    `left` and `right` are the first and last token of all that hangs on it; `entity` is the type
    of the named entity that it belongs to, or "".
    """

    i: int
    text: str
    lower: str
    lemma: str
    pos: str
    tag: str
    dep: str
    entity: str
    start: int
    end: int
    head: "Token" = field(init=False)
    children: list["Token"] = field(default_factory=list)
    left: int = 0
    right: int = 0

    def __repr__(self) -> str:
        return f"Token({self.i} {self.text!r} {self.tag} {self.dep})"

    def child(self, *deps: str) -> "Token | None":
        """Return the first child with one of these dependencies."""
        return next((c for c in self.children if c.dep in deps), None)

    def each(self, *deps: str) -> list["Token"]:
        """Return the children with one of these dependencies, in order."""
        return [c for c in self.children if c.dep in deps]

    def has(self, lower: str) -> bool:
        """Whether a child is this word."""
        return any(c.lower == lower for c in self.children)

    @property
    def ancestors(self) -> Iterator["Token"]:
        """The heads above it, nearest first."""
        token = self
        while token.head is not token:
            token = token.head
            yield token

    @property
    def subtree(self) -> Iterator["Token"]:
        """It and all that hangs on it, in no order."""
        yield self
        for child in self.children:
            yield from child.subtree

    @property
    def noun(self) -> bool:
        """Whether it is a common noun or a part of a name."""
        return self.pos in NOUNS

    @property
    def plural(self) -> bool:
        """Whether it is plural by its form, or heads a list."""
        return self.tag in ("NNS", "NNPS") or any(c.dep == "conj" and c.noun for c in self.children)


@dataclass(frozen=True)
class Entity:
    """A named entity of the parser: tokens `first` to `last`, both included."""

    first: int
    last: int
    label: str


@dataclass(frozen=True)
class Sentence:
    """The tokens of one sentence."""

    text: str
    tokens: Sequence[Token]
    entities: Sequence[Entity] = ()

    @cached_property
    def main(self) -> Token:
        """The head of the main clause: of several roots the first that is a finite clause."""
        roots = [t for t in self.tokens if t.head is t]
        whole = (t for t in roots if subject(t) is not None and finite(t))
        return next(whole, roots[0])

    @cached_property
    def quoted(self) -> Sequence[bool]:
        """For each token whether it stands between quotation marks of the sentence."""
        inside = False
        found = []
        for token in self.tokens:
            mark = token.text in _MARKS
            if mark:
                inside = token.text in "“«„" or (token.text == '"' and not inside)
            found.append(inside and not mark)
        return found

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return where the tokens `first` to `last` stand in the text."""
        return self.tokens[first].start, self.tokens[last].end

    def slice(self, first: int, last: int) -> str:
        """Return the text of the tokens `first` to `last`."""
        return self.text[self.tokens[first].start : self.tokens[last].end]


def link(tokens: Sequence[Token], heads: Sequence[int]) -> Sequence[Token]:
    """Hang each token on the token whose number is in `heads`, and return the tokens."""
    for token, head in zip(tokens, heads, strict=True):
        token.head = tokens[head]
        token.left = token.right = token.i
        if head != token.i:
            tokens[head].children.append(token)
    for token in tokens:
        for above in token.ancestors:
            above.left = min(above.left, token.i)
            above.right = max(above.right, token.i)
    return tokens


def subject(verb: Token) -> Token | None:
    """Return the head of the verb's own subject, if it has one."""
    return verb.child("nsubj", "nsubjpass") or verb.child(*SUBJECTS)


def shared_subject(verb: Token) -> Token | None:
    """Return the verb's subject, or the one it shares with the verb that it is joined to."""
    while True:
        found = subject(verb)
        if found is not None or verb.dep not in ("conj", "xcomp"):
            return found
        verb = verb.head


def verb_group(verb: Token) -> list[Token]:
    """Return the verb with its auxiliaries and negation, in order."""
    return sorted([verb, *(c for c in verb.children if c.dep in _HELPERS)], key=lambda t: t.i)


def finite(verb: Token) -> bool:
    """Whether the verb, or an auxiliary of it, is finite."""
    return any(t.tag in _FINITE for t in verb_group(verb))


def passive(verb: Token) -> bool:
    """Whether the verb is in the passive voice."""
    return verb.child("auxpass", "nsubjpass") is not None


def negations(verb: Token) -> bool:
    """Whether a negation hangs on the verb."""
    return any(c.dep == "neg" for c in verb.children)


def conjuncts(token: Token) -> Iterator[Token]:
    """Return the token and those joined to it, in order."""
    yield token
    for child in token.children:
        if child.dep == "conj":
            yield from conjuncts(child)


def first_of(token: Token) -> Token:
    """Return the first member of the list that the token is a member of."""
    while token.dep == "conj" and token.head.noun == token.noun:
        token = token.head
    return token


def trimmed(tokens: Iterable[Token], marks: str) -> list[Token]:
    """Return the tokens without those at either end that are one of the marks."""
    kept = list(tokens)
    while kept and kept[0].text in marks:
        del kept[0]
    while kept and kept[-1].text in marks:
        del kept[-1]
    return kept
