"""Sentences that name a member of the kind asked for, and say of it what was asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence, Pool
from rag.plan import stance
from rag.plan.kinds import Nature, is_of, nature_of
from rag.plan.periods import Period
from rag.plan.relation import Relation, related, told
from rag.words import phrases, words

_SAYS = 0.45
_DOCUMENT = 0.6
_SENSE = 0.6
_MOST = 0.5
_ALIKE = 0.39
_SEVERAL = 2
_RARE = 0.95
_READ = 8
_LINK = re.compile(
    r".*(?P<link>\b(?:as|is|was|are|were|be|been|became|becomes|become)\b,?(?: also)?"
    r"(?P<what> .{0,60})?|, (?:an?|the)(?P<apposed> (?:[\w-]+ ){0,3})?) ?$"
)


@dataclass(frozen=True)
class Members:
    """What a sentence must have to answer "Which A or B are C?": an A or B, and C of it."""

    pool: Pool
    predicate: tuple[str, ...]
    period: Period | None
    _documents: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, pool: Pool) -> "Members":
        """Read the question of the pool."""
        question = pool.question
        period = Period.of(question.predicate)
        apart = period.stems if period else frozenset()
        predicate = tuple(s for s in dict.fromkeys(terms.stems(question.predicate)))
        return cls(pool, tuple(s for s in predicate if s not in apart), period)

    @cached_property
    def _forms(self) -> frozenset[str]:
        """The words for the kind, in singular and plural: no "instrumental" is an instrument."""
        kinds = (terms.split(a)[-1].text.lower() for a in self.pool.question.asked)
        return frozenset(form for kind in kinds for form in _singular(kind))

    @cached_property
    def _heads(self) -> frozenset[str]:
        return frozenset(terms.stem(form) for form in self._forms)

    def answered_by(self, evidence: Evidence) -> bool:
        """Whether it names a member and says of it what was asked, in the time asked about."""
        return self.tells(evidence) and (self.period is None or self.period.told_in(evidence.text))

    def tells(self, evidence: Evidence) -> bool:
        """Whether it names a member and says of it what was asked.

        What its document says nothing of is not of the time asked about.
        """
        return (
            self.says(evidence)
            and (self._only_named or self._has_most(evidence) or evidence.cosine >= _SENSE)
            and self._on_names(evidence)
            and (self.period is None or self.period.told_in(evidence.document.text))
            and self.names_one(evidence)
        )

    def says(self, evidence: Evidence) -> bool:
        """Whether it has enough of what was asked, in words for the same."""
        title = frozenset(terms.stems(evidence.document.source.title))
        if self._noun and related(self._noun).isdisjoint(evidence.meant_stems):
            return False
        return not self.predicate or self._coverage(evidence.meant_stems | title) >= _SAYS

    @cached_property
    def _only_named(self) -> bool:
        """Whether nothing is asked of the members but a name: "the rivers of Peru"."""
        return frozenset(self.predicate) <= self.pool.question.name_stems

    @cached_property
    def _noun(self) -> str:
        """The noun that the members are to be ("are noble gases"), "" where they do something."""
        plain = not Relation.of(self.pool.question).verbs and self.predicate
        return self.predicate[-1] if plain and self.period is None else ""

    def stated(self, evidence: Evidence) -> bool:
        """Whether a word of what was asked stands in it without a denial beside it."""
        plain = frozenset(
            r for s in self.predicate if s not in self.pool.question.name_stems for r in related(s)
        )
        return not stance.limits(evidence) and any(
            terms.stem(w.text) in plain and not stance.denied_at(evidence.text, w.start)
            for w in terms.split(evidence.text)
        )

    def touches(self, evidence: Evidence) -> bool:
        """Whether it has a word of what was asked beside its names, or one for the same."""
        return bool(told(self._plain, evidence.meant_stems))

    @cached_property
    def _plain(self) -> tuple[str, ...]:
        return tuple(s for s in self.predicate if s not in self.pool.question.name_stems)

    def _has_most(self, evidence: Evidence) -> bool:
        """Whether it has most of what was asked beside the names, in words for the same."""
        return self.pool.coverage(told(self._plain, evidence.meant_stems), self._plain) >= _MOST

    def _on_names(self, evidence: Evidence) -> bool:
        """Whether it, or the title of its document, has every name that the question has."""
        title = frozenset(terms.stems(evidence.document.source.title))
        have = evidence.meant_stems | title
        names = (terms.stems(n) for n in self.pool.question.names)
        return all(max(stems, key=self.pool.idf) in have for stems in names if stems)

    def implied(self) -> list[Evidence]:
        """Return the sentences that name several things much like the kind, whatever they call it.

        Each has the rarest word of what was asked, and its document most of the others.
        """
        pool = self.pool
        rare = self._rarest
        near = [
            e
            for e in pool.usable
            if not rare.isdisjoint(e.meant_stems) and self._coverage(self._document(e)) >= _DOCUMENT
        ][:_READ]
        if not near:
            return []
        asked = frozenset(pool.question.stems)
        phrases_of = [
            [
                t
                for p in e.note.phrases
                if asked.isdisjoint(terms.stems(t := e.text[p.start : p.end]))
            ]
            for e in near
        ]
        kinds = len(pool.question.asked)
        vectors = pool.snapshot.embed([*pool.question.asked, *(p for ps in phrases_of for p in ps)])
        alike = (vectors[kinds:] @ vectors[:kinds].T).max(axis=1, initial=0.0) >= _ALIKE
        found, at = [], 0
        for evidence, own in zip(near, phrases_of, strict=True):
            if int(alike[at : at + len(own)].sum()) >= _SEVERAL:
                found.append(evidence)
            at += len(own)
        return found

    @cached_property
    def _rarest(self) -> frozenset[str]:
        most = max((self.pool.idf(s) for s in self._plain), default=0.0)
        return frozenset(s for s in self._plain if self.pool.idf(s) >= _RARE * most)

    def on_kind(self, evidence: Evidence) -> bool:
        """Whether it has the word for the kind."""
        return not self._heads.isdisjoint(evidence.meant_stems)

    def names_one(self, evidence: Evidence) -> bool:
        """Whether it names something of the kind asked for, and says that it is."""
        if self.pool.items(evidence):
            return self.on_kind(evidence)
        if self.nature in (Nature.PLACE, Nature.PERSON) and self._names(evidence, self.nature):
            return True
        asked = frozenset(self.pool.question.stems)
        names = [frozenset(terms.stems(n)) for n in self.pool.question.names]
        for definition in evidence.note.definitions:
            own = frozenset(terms.stems(definition.name))
            what = evidence.text[definition.start : definition.end]
            known = own <= asked or any(name <= own for name in names)
            if not known and self._forms & frozenset(_core(what)):
                return True
        return any(
            self._called(evidence, word)
            for word in terms.split(evidence.text)
            if word.text.lower() in self._forms
        )

    @cached_property
    def nature(self) -> Nature | None:
        """What the members asked for are, where their kind tells it."""
        return nature_of(self.pool.question.asked)

    def _names(self, evidence: Evidence, nature: Nature) -> bool:
        """Whether something of that nature, which the question does not name, plays a part."""
        asked = frozenset(self.pool.question.stems)
        return any(
            is_of(nature, m.label)
            and m.role is not Role.OTHER
            and evidence.text[max(0, m.start - 1)] not in "\"“'"  # the name of a work
            and not frozenset(terms.stems(m.name)) <= asked
            for m in evidence.note.mentions
        )

    def _called(self, evidence: Evidence, kind: terms.Word) -> bool:
        """Whether a word for the kind has a member beside it: "gases such as X", "X is a gas"."""
        before, after = evidence.text[: kind.start], evidence.text[kind.end :]
        lists = "|".join(phrases("answers", "lists"))
        some = re.search(r"\b(?:[Ss]ome|[Mm]any|[Mm]ost|[Oo]ther|[Tt]hese|[Ss]everal) $", before)
        if not some and re.match(
            rf"(?: of (?:[\w-]+ ){{1,4}}(?:[\w-]+)?)?,? (?:[\w-]+ )?(?:{lists})\b", after
        ):
            return True
        if kind.text.endswith("s") and re.match(r" (?:[A-Z]|\d+-)[\w-]", after):
            return True  # the lamps Ada and Bren
        link = _LINK.match(before)
        if link is None:
            return False
        what = link.group("what") or link.group("apposed") or ""
        what = re.sub(rf"\b(?:{'|'.join(words('answers', 'some'))}) of\b", "", what)
        if words("answers", "between") & set(terms.small(what)):
            return False
        asked = frozenset(self.pool.question.stems)
        named = frozenset(terms.stems(" ".join((before[: link.start("link")], *evidence.meant))))
        return not named <= asked

    def _coverage(self, have: frozenset[str]) -> float:
        other = have - self._heads
        return self.pool.coverage(have | told(self.predicate, other), self.predicate)

    def _document(self, evidence: Evidence) -> frozenset[str]:
        key = evidence.document.id
        if key not in self._documents:
            words_of = terms.split(evidence.document.text)
            self._documents[key] = frozenset(terms.stem(w.text) for w in words_of)
        return self._documents[key]


def _singular(word: str) -> tuple[str, ...]:
    """Return a word and what it may be the plural of: gases, gase, gas."""
    if word.endswith("ies"):
        return word, f"{word[:-3]}y"
    return tuple(dict.fromkeys((word, word.removesuffix("s"), word.removesuffix("es"))))


def _core(phrase: str) -> Sequence[str]:
    """Return the words of a noun phrase up to the first word that opens another, small."""
    core = re.split(r",|\b(?:of|to|for|in|on|at|from|with|by|that|which|who)\b", phrase)[0]
    return terms.small(core)
