"""What a document has said so far: who and what there is for a later word to stand for."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corpus.documents import Document, Span
from index.annotate.aliases import head_noun
from index.annotate.mentions import Name
from index.annotate.nominals import (
    Reading,
    body,
    person,
    person_noun,
    plural,
    self_contained,
)
from index.annotate.tree import COUNTS, TIMES, Sentence, Token, first_of, subject
from index.annotate.words import words
from index.annotations import Definition, Mention, Reference

UNKNOWN_MAN, UNKNOWN_WOMAN = "?he", "?she"
_ARGUMENTS = frozenset(
    {"nsubj", "nsubjpass", "dobj", "dative", "pobj", "conj", "attr", "appos", "poss"}
)
_UNTOLD = frozenset({"compound", "attr", "appos", "npadvmod"})
_STRONG = frozenset({"nsubj", "nsubjpass", "dobj"})
_HEAD_END = re.compile(
    r" (?:of|in|from|on|at|to|with|by|that|which|who|whose|for|based|active|and)\b|,"
)


@dataclass(frozen=True)
class Antecedent:
    """Somebody or something that a sentence names, and the span of that sentence.

    `text` is the phrase for the middle of a sentence, None where it cannot stand alone; `plural`
    is None where unknown; `main` marks the subject of the main clause, `strong` any subject or
    object.
    """

    text: str | None
    name: str
    span: Span
    plural: bool | None
    person: bool
    body: bool
    main: bool
    strong: bool


@dataclass(frozen=True)
class Kind:
    """A name that was called by a noun, with the adjectives it then had."""

    name: str
    text: str
    span: Span
    adjectives: frozenset[str]


@dataclass
class Discourse:
    """The memory of one document; `learn` is called once for each sentence, in order."""

    document: Document
    previous: Sequence[Antecedent] = ()
    earlier: Sequence[Antecedent] = ()
    genders: dict[str, str] = field(default_factory=dict)
    certain: set[str] = field(default_factory=set)
    people: dict[str, Antecedent] = field(default_factory=dict)
    organisations: dict[str, Kind] = field(default_factory=dict)
    known: dict[str, Antecedent] = field(default_factory=dict)
    kinds: dict[str, dict[str, Kind]] = field(default_factory=lambda: defaultdict(dict))
    things: dict[str, dict[str, Antecedent]] = field(default_factory=lambda: defaultdict(dict))
    heads: set[str] = field(default_factory=set)

    @property
    def topic(self) -> Antecedent | None:
        """The subject of the main clause of the sentence before."""
        return next((a for a in self.previous if a.main), None)

    def rest(self) -> None:
        """Forget what the sentence before was about, as at a heading."""
        self.previous, self.earlier = (), ()

    def gender(self, name: str) -> str:
        """Return "male", "female" or "" for a person."""
        known = {UNKNOWN_MAN: "male", UNKNOWN_WOMAN: "female"}.get(name) or self.genders.get(name)
        if known:
            return known
        first = name.split(maxsplit=1)[0].lower()
        male, female = first in words("masculine"), first in words("feminine")
        return "male" if male and not female else "female" if female and not male else ""

    def learn(
        self,
        reading: Reading,
        span: Span,
        names: Sequence[Name],
        definitions: Sequence[Definition],
        found: Sequence[Reference],
    ) -> None:
        """Remember what a sentence named, and what it called that."""
        for name, mention in zip(names, reading.named, strict=True):
            self._title(reading, name, mention, span)
        self._definitions(reading, definitions, span)
        self.earlier, self.previous = self.previous, self._antecedents(reading, span, found)
        self._nouns(reading, span, found)

    def _title(self, reading: Reading, name: Name, mention: Mention, span: Span) -> None:
        """Learn that "the ferry Alcyone" is a ferry and "Mrs. Hale" a woman."""
        label = mention.name
        title = name.title.split() or _before(reading.sentence, name)
        person = mention.label == "PERSON"
        text = label if person or label not in reading.articled else f"the {label}"
        if name.title and title[-1].rstrip(".") in words("missis"):
            self.genders.setdefault(label, "female")
        elif name.title and title[-1].rstrip(".") in words("mister"):
            self.genders.setdefault(label, "male")
        if title:
            self._call(title[-1], Kind(label, text, span, frozenset(title[:-1])))
            if person_noun(title[-1]) or title[-1] in words("roles"):
                self.certain.add(label)
        if person and ((" " in label and " of " not in label) or self.gender(label)):
            self.certain.add(label)
        if not person and " " in label:
            first, last = label.split()[0].lower(), label.split()[-1].lower()
            self._call(head_noun(label), Kind(label, text, span, frozenset()))
            if first in words("places"):
                self._call(first, Kind(label, text, span, frozenset()))
            if last in words("firms"):
                for noun in ("company", "firm"):
                    self._call(noun, Kind(label, text, span, frozenset()))
            if mention.label in ("ORG", ""):
                self.organisations.setdefault(label, Kind(label, text, span, frozenset()))

    def _definitions(self, reading: Reading, definitions: Sequence[Definition], span: Span) -> None:
        for definition in definitions:
            phrase = reading.sentence.text[definition.start : definition.end]
            *adjectives, noun = _HEAD_END.split(phrase)[0].lower().split() or [""]
            mention = next((m for m in reading.named if m.name == definition.name), None)
            if mention is None:
                continue
            text = definition.name
            text = f"the {text}" if text in reading.articled else text
            if person_noun(noun):
                self.certain.add(definition.name)
                if noun in words("men"):
                    self.genders.setdefault(definition.name, "male")
                elif noun in words("women"):
                    self.genders.setdefault(definition.name, "female")
            articles = {"a", "an", "the", "one", "its", "his", "her", "their"}
            self._call(noun, Kind(definition.name, text, span, frozenset(adjectives) - articles))

    def _call(self, noun: str, kind: Kind) -> None:
        if noun:
            self.kinds[noun].setdefault(kind.name, kind)

    def _antecedents(
        self, reading: Reading, span: Span, found: Sequence[Reference]
    ) -> list[Antecedent]:
        main = subject(reading.sentence.main)
        now: dict[str, Antecedent] = {}
        for token in reading.sentence.tokens:
            if token.dep not in _ARGUMENTS or token.entity in TIMES | COUNTS:
                continue
            one = self._antecedent(reading, token, span, found, main)
            if one is None or (one.name in now and now[one.name].main):
                continue
            now[one.name] = one
            if one.person and one.plural:  # each of several people may be meant alone
                now[f"{one.name} and others"] = one
                now[one.name] = replace(one, text=one.name, plural=False, main=False)
        return [*now.values()]

    def _antecedent(
        self,
        reading: Reading,
        token: Token,
        span: Span,
        found: Sequence[Reference],
        main: Token | None,
    ) -> Antecedent | None:
        strong = token.dep in _STRONG or (token.dep == "conj" and token.head.dep in _STRONG)
        reference = next((r for r in found if r.start == token.start or r.end == token.end), None)
        if reference is not None and reference.text:
            owner = reference.text
            if token.dep == "poss" and token.pos == "PRON":
                owner = re.sub(r"['’]s?$", "", owner)
            known = self.known.get(owner.lower())
            if known is not None:
                return replace(known, main=token is main, strong=strong)
        if token.pos == "PRON":
            if reference is None or token.lower not in words("male", "female"):
                return None
            unknown = UNKNOWN_MAN if token.lower in words("male") else UNKNOWN_WOMAN
            return Antecedent(None, unknown, span, False, True, False, False, strong)
        if not token.noun:
            return None
        mention = reading.mention(token)
        if mention is None and token.dep in ("attr", "appos"):
            return None  # another word for its subject or noun
        text = self_contained(reading, token, found)
        where = reference.antecedent if reference and reference.antecedent else span
        if text is not None and text.removeprefix("the ") not in reading.sentence.text:
            where = self.known[text.lower()].span if text.lower() in self.known else where
        apposition = token.child("appos")
        named = reading.mention(apposition) if apposition is not None else None
        who = mention or (named if token.pos == "NOUN" else None)
        name = who.name if who else (text or token.lemma).removeprefix("the ")
        if reference is not None and reference.text:
            name = reference.text.removeprefix("the ")
        somebody = person(token, who) or name in self.certain or token.entity == "NORP"
        one = Antecedent(
            text,
            name,
            where,
            plural(token, mention),
            somebody,
            body(token, who),
            token is main,
            strong,
        )
        if who is not None and one.person:
            self.people[name] = one
        if named is not None and mention is None and token.pos == "NOUN":
            the = "the " if named.name in reading.articled else ""
            self._call(token.lower, Kind(named.name, f"{the}{named.name}", span, frozenset()))
        if text is not None:
            self.known.setdefault(text.lower(), one)
        return one

    def _nouns(self, reading: Reading, span: Span, found: Sequence[Reference]) -> None:
        """Remember common nouns by what they were called."""
        for token in reading.sentence.tokens:
            if token.pos == "NOUN" and token.entity not in TIMES | COUNTS:
                self.heads.add(token.lemma)
                if any(r.start <= token.start < r.end for r in found):
                    continue
                self._thing(reading, token, span, found)

    def _thing(
        self, reading: Reading, token: Token, span: Span, found: Sequence[Reference]
    ) -> None:
        if {token.dep, first_of(token).dep} & _UNTOLD or token.child("appos"):
            return
        following = reading.sentence.tokens[token.i + 1 : token.i + 2]
        if following and reading.mention(following[0]) is not None:
            return  # "the heart surgeon Rafael Quintero": remembered by the name
        text = self_contained(reading, token, found)
        key = text or reading.sentence.slice(token.left, token.right).lower()
        known = Antecedent(text, key, span, plural(token, None), False, False, False, False)
        self.things[token.lemma].setdefault(key, known)


def _before(sentence: Sentence, name: Name) -> list[str]:
    """Return the common nouns that stand directly before a name: "heart surgeon"."""
    found: list[str] = []
    for token in reversed(sentence.tokens[: name.first]):
        if token.pos != "NOUN" or token.tag == "NNS" or not token.text.islower():
            break
        found.insert(0, token.lower)
    return found
