"""What a document has said so far: who and what there is for a later word to stand for."""

import re
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from corpus.documents import Document, Span
from index.annotate.acts import nominal
from index.annotate.aliases import head_noun
from index.annotate.mentions import Name
from index.annotate.nominals import (
    Reading,
    happening,
    person,
    person_noun,
    plural,
    self_contained,
)
from index.annotate.tree import COUNTS, TIMES, Token, passive, subject
from index.annotate.words import lines, words
from index.annotations import Definition, Mention, Reference

_ARGUMENTS = frozenset(
    {"nsubj", "nsubjpass", "dobj", "dative", "pobj", "conj", "attr", "appos", "poss"}
)
_STRONG = frozenset({"nsubj", "nsubjpass", "dobj"})
_HEAD_END = re.compile(
    r" (?:of|in|from|on|at|to|with|by|that|which|who|whose|for|based|active|and)\b|,"
)


@dataclass(frozen=True)
class Antecedent:
    """Somebody or something that a sentence names, and the span of that sentence.

    `text` is the phrase for the middle of a sentence, None where it cannot stand alone; `plural`
    is None where unknown; `main` marks the subject of the main clause, `strong` any subject or
    object, `certain` what is surely a person.
    """

    text: str | None
    name: str
    span: Span
    plural: bool | None
    person: bool
    body: bool
    main: bool
    strong: bool
    certain: bool = False


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
    streak: int = 0
    genders: dict[str, str] = field(default_factory=dict)
    certain: set[str] = field(default_factory=set)
    people: dict[str, Antecedent] = field(default_factory=dict)
    kinds: dict[str, dict[str, Kind]] = field(default_factory=lambda: defaultdict(dict))
    things: dict[str, dict[str, Antecedent]] = field(default_factory=lambda: defaultdict(dict))
    events: dict[str, dict[str, Antecedent]] = field(default_factory=lambda: defaultdict(dict))
    heads: set[str] = field(default_factory=set)

    @property
    def topic(self) -> Antecedent | None:
        """The subject of the main clause of the sentence before."""
        return next((a for a in self.previous if a.main), None)

    def rest(self) -> None:
        """Forget what the sentence before was about, as at a heading."""
        self.previous, self.earlier, self.streak = (), (), 0

    def gender(self, name: str) -> str:
        """Return "male", "female" or "" for a person."""
        known = self.genders.get(name)
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
        """Remember what a sentence named, called, and told."""
        for name, mention in zip(names, reading.named, strict=True):
            self._title(name, mention, span)
        self._definitions(reading, definitions, span)
        now = self._antecedents(reading, span, found)
        before = self.topic
        topic = next((a for a in now if a.main), None)
        same = before is not None and topic is not None and before.name == topic.name
        self.streak = self.streak + 1 if same else 0
        self.earlier, self.previous = self.previous, now
        self._nouns(reading, span, found)

    def _title(self, name: Name, mention: Mention, span: Span) -> None:
        label = mention.name
        title = name.title.split()
        if title and title[-1].rstrip(".") in words("missis"):
            self.genders.setdefault(label, "female")
        elif title and title[-1].rstrip(".") in words("mister"):
            self.genders.setdefault(label, "male")
        if title and mention.label in ("PERSON", ""):
            self.certain.add(label)
            self._call(title[-1], Kind(label, label, span, frozenset(title[:-1])))
        if mention.label == "PERSON" and (" " in label or self.gender(label)):
            self.certain.add(label)
        if mention.label != "PERSON" and " " in label:
            the = "the " if head_noun(label) in words("bodies") or " of " in label else ""
            text = f"{the}{label}"
            self._call(head_noun(label), Kind(label, text, span, frozenset()))
            last = label.split()[-1].lower()
            if last in words("firms"):
                for noun in ("company", "firm"):
                    self._call(noun, Kind(label, label, span, frozenset()))

    def _definitions(self, reading: Reading, definitions: Sequence[Definition], span: Span) -> None:
        for definition in definitions:
            phrase = reading.sentence.text[definition.start : definition.end]
            *adjectives, noun = _HEAD_END.split(phrase)[0].lower().split() or [""]
            mention = next((m for m in reading.named if m.name == definition.name), None)
            if mention is None:
                continue
            text = definition.name
            before = reading.sentence.text[: mention.start].lower()
            text = f"the {text}" if before.endswith("the ") else text
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
        sentence = reading.sentence
        main = subject(sentence.main)
        now: list[Antecedent] = []
        for token in sentence.tokens:
            if token.dep not in _ARGUMENTS or token.entity in TIMES | COUNTS:
                continue
            reference = next(
                (r for r in found if r.start == token.start or r.end == token.end), None
            )
            if token.pos == "PRON":
                resolved = self._resolved(reference, token, main)
                if resolved is not None:
                    now.append(resolved)
                continue
            if not token.noun:
                continue
            mention = reading.mention(token)
            if mention is not None and any(a.name == mention.name and a.main for a in now):
                continue
            text = self_contained(reading, token, found)
            where = span
            if reference is not None and reference.antecedent is not None:
                where = reference.antecedent
            apposition = token.child("appos")
            named = reading.mention(apposition) if apposition is not None else None
            who = mention or (named if token.pos == "NOUN" else None)
            name = who.name if who else (text or token.lemma).removeprefix("the ")
            if reference is not None and reference.text:
                name = reference.text.removeprefix("the ")
            now.append(
                Antecedent(
                    text,
                    name,
                    where,
                    plural(token, mention),
                    person(token, who) or name in self.certain,
                    _is_body(token, who),
                    token is main,
                    token.dep in _STRONG or (token.dep == "conj" and token.head.dep in _STRONG),
                    name in self.certain,
                )
            )
            if who is not None and now[-1].person:
                self.people[name] = now[-1]
        return now

    def _resolved(
        self, reference: Reference | None, token: Token, main: Token | None
    ) -> Antecedent | None:
        """Return whom a resolved pronoun stands for, as named before."""
        if reference is None or reference.text is None:
            return None
        owner = re.sub(r"['’]s?$", "", reference.text) if token.dep == "poss" else reference.text
        name = owner[0].lower() + owner[1:] if owner.startswith("The ") else owner
        for known in (*self.previous, *self.earlier, *self.people.values()):
            if known.text and known.text.lower() == name.lower():
                return Antecedent(
                    known.text,
                    known.name,
                    known.span,
                    known.plural,
                    known.person,
                    known.body,
                    token is main,
                    token.dep in _STRONG,
                    known.certain,
                )
        return None

    def _nouns(self, reading: Reading, span: Span, found: Sequence[Reference]) -> None:
        """Remember common nouns by what they were called, and what was told to have happened."""
        for token in reading.sentence.tokens:
            if token.pos == "NOUN" and token.entity not in TIMES | COUNTS:
                self.heads.add(token.lemma)
                if any(r.start <= token.start < r.end for r in found):
                    continue
                self._thing(reading, token, span, found)
            elif token.pos == "VERB":
                self._deed(reading, token, span, found)

    def _thing(
        self, reading: Reading, token: Token, span: Span, found: Sequence[Reference]
    ) -> None:
        if token.dep in ("compound", "attr", "appos", "npadvmod"):
            return
        text = self_contained(reading, token, found)
        key = text or reading.sentence.slice(token.left, token.right).lower()
        known = Antecedent(text, key, span, plural(token, None), False, False, False, False)
        self.things[token.lemma].setdefault(key, known)
        if happening(token.lemma):
            for family in families(token.lemma):
                self.events[family].setdefault(key, known)

    def _deed(self, reading: Reading, verb: Token, span: Span, found: Sequence[Reference]) -> None:
        noun = nominal(verb.lemma)
        kinds = families(verb.lemma) | (families(noun) | {noun} if noun else set())
        if not kinds:
            return
        told = _told(reading, verb, noun, found)
        known = Antecedent(
            told,
            told or f"{verb.lemma} {span.start}.{verb.i}",
            span,
            False,
            False,
            False,
            False,
            False,
        )
        for family in kinds:
            self.events[family].setdefault(known.name, known)


def families(word: str) -> Set[str]:
    """Return the names of the families of events that a noun or verb belongs to, and itself."""
    return {line for line in lines("families") if word in line.split()} | {word}


def _told(
    reading: Reading, verb: Token, noun: str | None, found: Sequence[Reference]
) -> str | None:
    """Return what a verb tells as a noun phrase: "the closure of the Oskel dam"."""
    who = verb.child("nsubjpass") if passive(verb) else verb.child("dobj")
    if who is None and not passive(verb) and verb.child("xcomp", "ccomp") is None:
        who = subject(verb)
    if noun is None or who is None or reading.mention(who) is None:
        return None
    text = self_contained(reading, who, found)
    return f"the {noun} of {text}" if text and len(text.split()) <= 8 else None


def _is_body(token: Token, mention: Mention | None) -> bool:
    from index.annotate.nominals import body

    return body(token, mention)
