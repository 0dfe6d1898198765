"""What a document has said so far: who and what there is for a later word to stand for."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corpus.documents import Document, Span
from index.annotate.aliases import head_noun
from index.annotate.antecedents import Antecedent, Kind, Place, place
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
from index.annotate.whole import whole
from index.annotate.words import words
from index.annotations import Definition, Mention, Reference, Role

UNKNOWN_MAN, UNKNOWN_WOMAN = "?he", "?she"
_ARGUMENTS = frozenset(
    {"nsubj", "nsubjpass", "dobj", "dative", "pobj", "conj", "attr", "appos", "poss"}
)
_UNTOLD = frozenset({"compound", "attr", "appos", "npadvmod"})
_QUALIFYING = frozenset({"amod", "nummod", "poss", "compound", "nmod"})
_HEAD_END = re.compile(
    r" (?:of|in|from|on|at|to|with|by|that|which|who|whose|for|based|active|and)\b|,"
)


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
    labels: dict[str, str] = field(default_factory=dict)
    things_named: set[str] = field(default_factory=set)
    prominent: dict[str, Place] = field(default_factory=dict)
    left_open: set[str] = field(default_factory=set)
    before: Reading | None = None
    _seen: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    @property
    def topic(self) -> Antecedent | None:
        """The subject of the main clause of the sentence before."""
        return next((a for a in self.previous if a.main), None)

    def rest(self) -> None:
        """Forget what the sentence before was about, as at a heading."""
        self.previous, self.earlier, self.before = (), (), None

    def fresh(self, name: str) -> bool:
        """Whether the sentence before spoke of a name or thing."""
        return self._seen.get(name.lower()) == self._count

    def bearers(self, noun: str) -> set[str]:
        """Return the names read so far that have a noun among their words."""
        return {n for n in self.labels if noun in n.lower().split()}

    def gender(self, name: str) -> str:
        """Return "male", "female" or "" for a person, whose surname tells nothing."""
        known = {UNKNOWN_MAN: "male", UNKNOWN_WOMAN: "female"}.get(name) or self.genders.get(name)
        if known:
            return known
        first, *more = name.lower().split()
        for given in (first, *more[:-1]):
            male, female = given in words("masculine"), given in words("feminine")
            if male is not female:
                return "male" if male else "female"
        return ""

    def learn(
        self,
        reading: Reading,
        span: Span,
        names: Sequence[Name],
        definitions: Sequence[Definition],
        found: Sequence[Reference],
    ) -> None:
        """Remember what a sentence named, and what it called that."""
        self._count += 1
        self.before = reading
        self._see(reading, found)
        for name, mention in zip(names, reading.named, strict=True):
            self._title(reading, name, mention, span)
        self._definitions(reading, definitions, span)
        self.earlier, self.previous = self.previous, self._antecedents(reading, span, found)
        self._nouns(reading, span, found)

    def _see(self, reading: Reading, found: Sequence[Reference]) -> None:
        """Remember of what the sentence speaks, and which nouns it leaves open."""
        spoken = {m.name for m in reading.named}
        self.labels |= {m.name: m.label for m in reading.named}
        spoken |= {plain(r.text) for r in found if r.text}
        for token in reading.sentence.tokens:
            if token.pos == "NOUN" and any(r.text is None and r.end == token.end for r in found):
                self.left_open.add(token.lemma.lower())
        for reference in found:
            it = reading.sentence.text[reference.start : reference.end].lower() in words("thing")
            if it and reference.text:
                self.things_named.add(plain(reference.text))
        for name in spoken:
            self._seen[name.lower()] = self._count

    def _title(self, reading: Reading, name: Name, mention: Mention, span: Span) -> None:
        """Learn that "the ferry Alcyone" is a ferry and "Mrs. Hale" a woman."""
        label = mention.name
        title = name.title.split() or _before(reading.sentence, name)
        person = mention.label == "PERSON"
        text = _said(reading, name, mention)
        if name.title and title[-1].rstrip(".") in words("missis"):
            self.genders.setdefault(label, "female")
        elif name.title and title[-1].rstrip(".") in words("mister"):
            self.genders.setdefault(label, "male")
        if title:
            self._call(title[-1], Kind(label, text, span, frozenset(title[:-1])))
            if person_noun(title[-1]) or title[-1] in words("roles"):
                self.certain.add(label)
        if person and text and ((" " in label and " of " not in label) or self.gender(label)):
            self.certain.add(label)
        if not person and " " in label:
            first, last = label.split()[0].lower(), label.split()[-1].lower()
            own = Kind(label, text, span, frozenset(), own=True)
            self._call(head_noun(label), own)
            if first in words("places"):
                self._call(first, own)
            if last in words("firms"):
                for noun in ("company", "firm"):
                    self._call(noun, own)
            if mention.label in ("ORG", ""):
                self.organisations.setdefault(label, own)

    def _definitions(self, reading: Reading, definitions: Sequence[Definition], span: Span) -> None:
        for definition in definitions:
            phrase = reading.sentence.text[definition.start : definition.end]
            *adjectives, noun = _HEAD_END.split(phrase)[0].lower().split() or [""]
            mention = next((m for m in reading.named if m.name == definition.name), None)
            if mention is None:
                continue
            text: str | None = definition.name
            text = f"the {text}" if text in reading.articled else text
            if not whole(reading.sentence, mention, reading.named):
                text = None
            definite = phrase.startswith("the ") and mention.role is not Role.SUBJECT
            if definite or _beside(reading, mention):
                continue  # "by the count of Norra, the number of ferries fell", misread
            if person_noun(noun) and head_noun(definition.name) not in words("bodies", "firms"):
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
            if not (kind.own or person_noun(noun) or noun in words("roles", "mister", "missis")):
                self.things_named.add(kind.name)

    def _antecedents(
        self, reading: Reading, span: Span, found: Sequence[Reference]
    ) -> list[Antecedent]:
        main = subject(reading.sentence.main)
        now: dict[str, Antecedent] = {}
        for token in reading.sentence.tokens:
            if token.dep not in _ARGUMENTS or token.entity in TIMES | COUNTS:
                continue
            one = self._antecedent(reading, token, span, found, main)
            before = now.get(one.name) if one is not None else None
            if one is None or (before is not None and before.main):
                continue
            if before is not None and token.dep == "appos" and before.place < one.place:
                continue  # initials in brackets after their name
            now[one.name] = one
            if one.person and one.plural:  # each of several people may be meant alone
                now[f"{one.name} and others"] = one
                now[one.name] = replace(one, text=one.name, plural=False, place=Place.STRONG)
        for one in now.values():
            self.prominent[one.name] = min(one.place, self.prominent.get(one.name, Place.WEAK))
        return [*now.values()]

    def _antecedent(
        self,
        reading: Reading,
        token: Token,
        span: Span,
        found: Sequence[Reference],
        main: Token | None,
    ) -> Antecedent | None:
        where = place(token, main)
        reference = next((r for r in found if r.start == token.start or r.end == token.end), None)
        if reference is not None and reference.text:
            owner = reference.text
            if token.dep == "poss" and token.pos == "PRON":
                owner = re.sub(r"['’]s?$", "", owner)
            known = self.known.get(owner.lower())
            if known is not None:
                return replace(known, place=where)
        if token.pos == "PRON":
            if reference is None or token.lower not in words("male", "female"):
                return None
            unknown = UNKNOWN_MAN if token.lower in words("male") else UNKNOWN_WOMAN
            return Antecedent(None, unknown, span, False, True, False, None, where)
        if not token.noun:
            return None
        mention = reading.mention(token)
        if mention is None and token.dep in ("attr", "appos"):
            return None  # another word for its subject or noun
        text = self_contained(reading, token, found)
        source = reference.antecedent if reference and reference.antecedent else span
        if text is not None and text.removeprefix("the ") not in reading.sentence.text:
            source = self.known[text.lower()].span if text.lower() in self.known else source
        apposition = token.child("appos")
        named = reading.mention(apposition) if apposition is not None else None
        if named is not None and not _adjoins(reading, token, named):
            named = None
        who = mention or (named if token.pos == "NOUN" else None)
        name = who.name if who else (text or token.lemma).removeprefix("the ")
        if reference is not None and reference.text:
            name = reference.text.removeprefix("the ")
        somebody = person(token, who) or name in self.certain or token.entity == "NORP"
        label = who.label if who else self.labels.get(name)
        if who is not None and reading.sentence.quoted[token.i]:
            somebody, label = False, "WORK_OF_ART"
        one = Antecedent(
            text, name, source, plural(token, mention), somebody, body(token, who), label, where
        )
        if who is not None and one.person:
            self.people[name] = one
        if named is not None and mention is None and token.pos == "NOUN":
            the = "the " if named.name in reading.articled else ""
            kept = whole(reading.sentence, named, reading.named)
            title = f"{the}{named.name}" if kept else None
            self._call(token.lower, Kind(named.name, title, span, frozenset()))
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
        self._seen[key.removeprefix("the ").lower()] = self._count
        known = Antecedent(text, key, span, plural(token, None), False, False, None, Place.WEAK)
        self.things[token.lemma].setdefault(key, known)


def plain(text: str) -> str:
    """Return a name without article and possessive ending."""
    return re.sub(r"^[Tt]he |['’]s?$", "", text)


def _said(reading: Reading, name: Name, mention: Mention) -> str | None:
    """Return the name with its article, None where it is cut or the sentence does not tell."""
    if not whole(reading.sentence, mention, reading.named):
        return None
    if mention.label == "PERSON":
        return mention.name
    if mention.name in reading.articled:
        return f"the {mention.name}"
    if re.search(r"\b[Tt]he [\"“]$", reading.sentence.text[: mention.start]):
        return f"the {mention.name}"
    parts = reading.sentence.tokens[name.first : name.last + 1]
    hidden = any(
        c.i < name.first and c.dep in _QUALIFYING and not c.noun for t in parts for c in t.children
    )
    inside = any(t.head.i > name.last and t.dep in _QUALIFYING for t in parts)
    return None if hidden or inside else mention.name


def _beside(reading: Reading, mention: Mention) -> bool:
    """Whether a name hangs on a preposition before the main verb, or is plural beside its verb."""
    inside = next(t for t in reading.sentence.tokens if mention.start <= t.start < mention.end)
    head = next((t for t in (inside, *inside.ancestors) if t.start >= mention.end), inside)
    fronted = (
        any(t.dep == "pobj" and mention.start <= t.start < mention.end for t in (inside, head))
        and mention.end <= reading.sentence.main.start
    )
    return fronted or re.match(r" (?:are|were)\b", reading.sentence.text[mention.end :]) is not None


def _adjoins(reading: Reading, token: Token, named: Mention) -> bool:
    """Whether nothing but marks stands between a noun and the name beside it."""
    between = reading.sentence.text[token.end : named.start]
    return not any(c.isalnum() for c in between.replace("the ", ""))


def _before(sentence: Sentence, name: Name) -> list[str]:
    """Return the common nouns that stand directly before a name: "heart surgeon"."""
    found: list[str] = []
    for token in reversed(sentence.tokens[: name.first]):
        if token.pos != "NOUN" or token.tag == "NNS" or not token.text.islower():
            break
        found.insert(0, token.lower)
    return found
