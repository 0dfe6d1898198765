"""Who or what answers a list question: candidates from the evidence, weighed by the question."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence, Pool, mentions
from rag.plan import stance
from rag.plan.kinds import Nature, is_of, names_nature, nature_of
from rag.plan.members import Members
from rag.question import Kind
from rag.words import words

_KEEP = 0.45
# Below this share of sentences that affirm, an entity is named only to be ruled out.
_HELD = 0.4
_ON_TOPIC = 0.5
_DENIED = 0.3
_CANDIDATES = 14
_AFTER_HEAD = r",|\b(?:of|to|for|in|on|at|from|with|by|that|which|who|whose|where|under|over)\b"


@dataclass(frozen=True, eq=False)
class Entity:
    """A candidate answer: its name, the sentences that name it, and how well it fits (0 to 1)."""

    name: str
    evidence: tuple[Evidence, ...] = field(repr=False)
    score: float
    proper: bool = True
    aliases: tuple[str, ...] = ()

    def named_in(self, text: str) -> bool:
        """Whether the text mentions the entity by any of its names."""
        return any(mentions(text, n) for n in (self.name, *self.aliases))

    @property
    def documents(self) -> int:
        """How many documents name it."""
        return len({e.document.id for e in self.evidence})


def names_any(evidence: Evidence, found: Sequence[Entity]) -> bool:
    """Whether the sentence mentions any of the entities."""
    return any(x.named_in(evidence.text) for x in found)


def entities(pool: Pool, *, limit: int = 8) -> tuple[list[Entity], list[Entity]]:
    """Return the entities that answer a list question, best first, and those that were considered.

    Candidates are the proper names of the evidence and, where the question asks for common nouns,
    its noun phrases. score = log(1 + documents) x fit x (.35 + share with the qualifier) x best
    relevance (x .3 where most sentences deny it), relative to the best; those at .45 of the best
    or more are kept; a common noun, and a name where the question has none, only if a sentence
    says that it is of the kind asked for, and has half of the question.
    """
    question = pool.question
    asked = question.asked or (question.text,)
    candidates = _candidates(pool)
    if not candidates:
        return [], []
    names = [c.name for c in candidates]
    definitions = [_definition(c) or c.name for c in candidates]
    vectors = pool.snapshot.embed([*asked, *names, *definitions])
    wanted, rest = vectors[: len(asked)], vectors[len(asked) :]
    by_name, by_definition = rest[: len(names)] @ wanted.T, rest[len(names) :] @ wanted.T
    fits = 0.3 * by_name.max(axis=1) + 0.7 * by_definition.max(axis=1)
    qualifiers = _qualifiers(pool)
    members = Members.of(pool)
    nature = nature_of(question.asked)
    names_will_do = bool(qualifiers) or question.kind is Kind.SINGLE
    raw = np.array(
        [
            math.log(1 + c.documents)
            * (max(float(fit), 0.0) + 0.15 + 0.5 * is_a(c, asked))
            * (0.35 + _share(c, qualifiers))
            * _strength(c)
            * (1.0 if _affirmed(c) >= _HELD else _DENIED)
            * _of_nature(c, nature)
            for c, fit in zip(candidates, fits, strict=True)
        ]
    )
    best = float(raw.max())
    if best <= 0:
        return [], []
    ranked = sorted(
        (
            Entity(c.name, c.evidence, float(s) / best, c.proper, c.aliases)
            for c, s in zip(candidates, raw, strict=True)
        ),
        key=lambda e: -e.score,
    )
    kept = [
        e
        for e in ranked
        if e.score >= _KEEP and ((e.proper and names_will_do) or _belongs(e, asked, members))
    ][:limit]
    return kept, [e for e in ranked if e not in kept]


def _candidates(pool: Pool) -> list[Entity]:
    question = pool.question
    excluded = {p.lower() for p in _publishers(pool)}
    found: dict[str, list[Evidence]] = defaultdict(list)
    aliases: dict[str, Counter[str]] = defaultdict(Counter)
    threshold = 0.55 * pool.top
    relevant = [e for e in pool.evidence if e.relevance >= threshold]
    for evidence in relevant:
        for mention in evidence.note.mentions:
            if mention.label not in ("DATE", "TIME", "CARDINAL", "PERCENT", "MONEY", "NORP"):
                surface = evidence.text[mention.start : mention.end]
                aliases[surface][mention.name] += 1
                found[mention.name].append(evidence)
    merged = _merge(found, aliases)
    proper = [
        Entity(name, tuple(dict.fromkeys(sentences)), 0.0, True, tuple(sorted(also)))
        for name, (sentences, also) in merged.items()
        if name.lower() not in excluded and not question.covers(name)
    ]
    proper.sort(key=lambda c: -(c.documents * _strength(c)))
    common = _common(pool, relevant) if not _wants_names(pool, proper) else []
    known = {c.name.lower() for c in proper}
    common = [c for c in common if c.name not in known]
    return (proper[:_CANDIDATES] if not common else proper[: _CANDIDATES // 2]) + common


def _merge(
    found: dict[str, list[Evidence]], aliases: dict[str, Counter[str]]
) -> dict[str, tuple[list[Evidence], set[str]]]:
    """Bring the spellings of one name together: learnt aliases first, then surnames."""
    target = {surface: names.most_common(1)[0][0] for surface, names in aliases.items() if surface}
    merged: dict[str, tuple[list[Evidence], set[str]]] = {}
    for name, sentences in found.items():
        canonical = target.get(name, name)
        longer = [o for o in found if _is_surname(canonical, o)]
        if len(longer) == 1:
            canonical = longer[0]
        entry = merged.setdefault(canonical, ([], set()))
        entry[0].extend(sentences)
        entry[1].update({name, *(s for s, t in target.items() if t in (canonical, name))})
    return {n: (s, {a for a in also if a != n and len(a) > 1}) for n, (s, also) in merged.items()}


def _is_surname(name: str, whole: str) -> bool:
    """Whether the whole name ends in this one, as no "Bank of Peru" ends in the name of Peru."""
    before = whole.removesuffix(f" {name}")
    return before != whole and before.rsplit(" ", 1)[-1][0].isupper()


def _common(pool: Pool, relevant: Sequence[Evidence]) -> list[Entity]:
    heads = {terms.stem(terms.split(a)[-1].text) for a in pool.question.asked}
    found: dict[str, list[Evidence]] = defaultdict(list)
    for evidence in relevant:
        for phrase in evidence.note.phrases:
            text = evidence.text[phrase.start : phrase.end].strip()
            key = text.lower() if not text.isupper() else text
            own = set(terms.stems(text))
            if not own or own <= set(pool.question.stems) | heads or len(text.split()) > 4:
                continue
            if any(w.text.lower() in words("documents", "nouns") for w in terms.split(text)):
                continue
            found[key].append(evidence)
    listed = [
        Entity(name, tuple(dict.fromkeys(sentences)), 0.0, False)
        for name, sentences in found.items()
    ]
    listed.sort(key=lambda c: -(c.documents * _strength(c) + is_a(c, pool.question.asked)))
    return listed[:_CANDIDATES]


def _wants_names(pool: Pool, proper: Sequence[Entity]) -> bool:
    """Whether the question asks for named things: some proper names are of the kind asked for."""
    return any(is_a(c, pool.question.asked) or c.documents >= 3 for c in proper[:3]) and any(
        n in " ".join(pool.question.asked) for n in pool.question.names
    )


def is_a(candidate: Entity, asked: Iterable[str]) -> float:
    """Return 1 where a sentence says that it is of a kind asked for ("X is a K", "Ks like X")."""
    heads = {terms.stem(terms.split(a)[-1].text) for a in asked}
    for evidence in candidate.evidence:
        for definition in evidence.note.definitions:
            text = evidence.text[definition.start : definition.end]
            if candidate.named_in(definition.name) and heads & _head(text):
                return 1.0
        lower = evidence.text.lower()
        at = lower.find(candidate.name.lower())
        before = lower[max(0, at - 60) : at] if at >= 0 else ""
        for link in ("such as", "including", "like ", "namely", "especially"):
            left, found, _ = before.rpartition(link)
            if found and heads & set(terms.stems(left)[-3:]):
                return 1.0
    name_stems = terms.stems(candidate.name) if candidate.proper else ()
    return 0.6 if name_stems and name_stems[-1] in heads and len(name_stems) > 1 else 0.0


def _head(phrase: str) -> frozenset[str]:
    """Return the last stems of a noun phrase's core, its head among them: "a gang led" by X."""
    core = re.split(_AFTER_HEAD, phrase.removeprefix("one of "), maxsplit=1)[0]
    return frozenset(terms.stems(core)[-2:])


def _definition(candidate: Entity) -> str | None:
    best: tuple[float, str] | None = None
    for evidence in candidate.evidence:
        for definition in evidence.note.definitions:
            if candidate.named_in(definition.name):
                text = evidence.text[definition.start : definition.end]
                if best is None or evidence.relevance > best[0]:
                    best = (evidence.relevance, text)
    return best[1] if best else None


def _qualifiers(pool: Pool) -> frozenset[str]:
    asked = " ".join(pool.question.asked)
    return frozenset(
        w.text.lower() for n in pool.question.names if n in asked for w in terms.split(n)
    )


def _share(candidate: Entity, qualifiers: frozenset[str]) -> float:
    if not qualifiers:
        return 0.65
    hits = sum(
        any(terms.same_root(w, q) for q in qualifiers for w in e.words) for e in candidate.evidence
    )
    return hits / len(candidate.evidence)


def _belongs(candidate: Entity, asked: Iterable[str], members: Members) -> bool:
    """Whether a sentence says that it is of the kind, and one on the question what was asked."""
    return is_a(candidate, asked) > 0 and any(
        s.coverage >= _ON_TOPIC and members.says(s) for s in candidate.evidence
    )


def _of_nature(candidate: Entity, nature: Nature | None) -> bool:
    """Whether its names' entity types, and what it is said to be, go with what is asked for.

    The parser takes many a name of a body for a person's.
    """
    if nature is None or not candidate.proper:
        return True
    labels = [
        m.label
        for e in candidate.evidence
        for m in e.note.mentions
        if m.label and candidate.named_in(m.name)
    ]
    said = [
        e.text[d.start : d.end]
        for e in candidate.evidence
        for d in e.note.definitions
        if candidate.named_in(d.name)
    ]
    if nature is Nature.BODY:
        return not _mostly(labels, Nature.PLACE)
    if nature is Nature.PERSON and any(names_nature(phrase, Nature.BODY) for phrase in said):
        return False
    return _mostly(labels, nature)


def _mostly(labels: Sequence[str], nature: Nature) -> bool:
    return 2 * sum(is_of(nature, label) for label in labels) > len(labels)


def _affirmed(candidate: Entity) -> float:
    """Return the share of its sentences that do not deny or limit what they say."""
    denied = sum(stance.denies(e) or stance.limits(e) for e in candidate.evidence)
    return 1 - denied / len(candidate.evidence)


def _strength(candidate: Entity) -> float:
    top = sorted((e.relevance * _weight(e, candidate) for e in candidate.evidence), reverse=True)
    return float(np.mean(top[:4])) if top else 0.0


def _weight(evidence: Evidence, candidate: Entity) -> float:
    """Being the subject of a sentence counts for more than being mentioned in passing."""
    for mention in evidence.note.mentions:
        if candidate.named_in(mention.name):
            return {Role.SUBJECT: 1.0, Role.OBJECT: 0.9, Role.OTHER: 0.75}[mention.role]
    return 0.8


def _publishers(pool: Pool) -> set[str]:
    names = {e.publisher for e in pool.evidence}
    return names | {n.removeprefix("The ").removeprefix("U.S. ") for n in names}
