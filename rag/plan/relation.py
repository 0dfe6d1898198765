"""What a question asks of its subject: the verb of "When did X die?", and words for the same."""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from functools import cache

from rag import terms
from rag.question import Question
from rag.words import phrases, words

_BE = frozenset({"am", "are", "had", "has", "have", "is", "was", "were"})
_MEASURE = re.compile(r"(?:by )?how (\w+)\b", re.I)
_ANYBODY = frozenset({"people", "persons"})
# What is anywhere is no part of what it is.
_ANYWHERE = re.compile(r"\b(?:in|of) the world\b", re.I)
_NONE: frozenset[str] = frozenset()
_COUNTS = frozenset({"many", "much"})
_LEADS = re.compile(
    r"(?:and |so |but )?(?:(?:in|on|at|from|to|by|for|since|until) )?"
    r"(?:when|where|who|whom|whose|why|how|what|which)\b(?:'s|’s)?",
    re.I,
)


@dataclass(frozen=True)
class Relation:
    """The words that say what is asked of the subject, and the stems that name the subject.

    `counted` is the stem of what "how many" counts, "" where that is anybody.
    """

    verbs: tuple[str, ...]
    stems: frozenset[str]
    subject: tuple[str, ...]
    counted: str = ""

    @classmethod
    def of(cls, question: Question, spoken: frozenset[str] = frozenset()) -> "Relation":
        """Read the question: its verb with what tells of the same, and all that is left.

        What the texts at hand use as a verb (`spoken`, stems) goes before what only may be one.
        """
        lead = _LEADS.match(question.text)
        everywhere = frozenset(terms.stems("world")) if _ANYWHERE.search(question.text) else _NONE
        if lead is None:
            return cls((), frozenset(), question.stems)
        light = words("related", "light")
        verbs = [v for v in _verbs(question, lead.end(), spoken) if v.lower() not in light]
        own = {terms.stem(v) for v in verbs}
        kinds = words("answers", "times") | words("answers", "places")
        apart = own | {terms.stem(k) for k in kinds if re.search(rf"^\W*{k}\b", _after(question))}
        stems = frozenset(s for v in _sense(question.text, verbs) for s in _alike(v))
        measure, counted = _measure(question.text), ""
        if measure:
            stems |= _measures(measure.group(1))
            apart |= frozenset(terms.stems(measure.group()))
            if measure.group(1).lower() in _COUNTS:
                counted = terms.stem(_counted(question.text[measure.end() :]))
                apart |= {counted, *map(terms.stem, _ANYBODY)}
        subject = tuple(
            s
            for s in question.stems
            if s not in apart | everywhere | _adverbs_before(question.text, verbs)
        )
        return cls(tuple(verbs), stems, subject or question.stems, counted)


@cache
def _groups(*, stemmed: bool) -> dict[str, frozenset[str]]:
    """Return the stems that tell of the same, by each stem or by each word as it is written."""
    found: dict[str, frozenset[str]] = {}
    for line in phrases("related", "groups"):
        group = frozenset(terms.stem(w) for w in line.split())
        for key in group if stemmed else line.split():
            found[key] = found.get(key, frozenset()) | group
    return found


def _alike(verb: str) -> frozenset[str]:
    """Return the stems that tell of the same as a verb as it is written: founded is not found."""
    stem = terms.stem(verb)
    return _groups(stemmed=False).get(verb.lower(), related(stem)) | {stem}


def _measure(text: str) -> re.Match[str] | None:
    """Return the opening that asks for a number: "how tall", "by how much"."""
    found = _MEASURE.match(text)
    known = _COUNTS | words("answers", "measured")
    return found if found and found.group(1).lower() in known else None


def _measures(adjective: str) -> frozenset[str]:
    """Return the stems of what an adjective asks for: tall, height."""
    if adjective.lower() in _COUNTS:
        return frozenset()
    return frozenset(terms.stem(w) for w in words("measures", adjective.lower()))


def _counted(rest: str) -> str:
    """Return the noun that is counted: "boats" of "boats sank in the flood"."""
    found = terms.split(rest)
    plain = found and not _auxiliary(found[0]) and found[0].text.lower() not in _ANYBODY
    return found[0].text if plain else ""


def related(stem: str) -> frozenset[str]:
    """Return the stem with those of words that tell of the same: die, death, killed."""
    return _groups(stemmed=True).get(stem, frozenset()) | {stem}


def told(stems: Iterable[str], have: Set[str]) -> frozenset[str]:
    """Return those of the stems that `have` has, or has in words for the same."""
    return frozenset(s for s in stems if not related(s).isdisjoint(have))


def _adverbs_before(text: str, verbs: list[str]) -> frozenset[str]:
    """Return the stems of the adverbs that go with a verb: "first" of "was X first built"."""
    adverbs = "|".join(sorted(words("related", "adverbs")))
    found = (re.findall(rf"\b({adverbs}) {re.escape(v)}\b", text, re.I) for v in verbs)
    return frozenset(terms.stem(a) for some in found for a in some)


def _after(question: Question) -> str:
    lead = _LEADS.match(question.text)
    return question.text[lead.end() :].lower().lstrip() if lead else ""


def _sense(text: str, verbs: list[str]) -> list[str]:
    """Return the verbs, each with a small word that turns its sense replaced by that sense."""
    lower = text.lower()
    for entry in phrases("related", "phrasal"):
        wording, _, sense = entry.partition("=")
        first, *small = wording.split()
        if first in (v.lower() for v in verbs) and re.search(
            rf"\b{first}\b.*\b{' '.join(small)}\b", lower
        ):
            return [sense]
    return verbs


def _verbs(question: Question, start: int, spoken: frozenset[str]) -> list[str]:
    """Return the verbs of the question beyond its auxiliary, as they are written."""
    measure = _measure(question.text)
    start = measure.end() if measure else start
    tokens = [w for w in terms.split(question.text) if w.start >= start]
    counts = measure is not None and measure.group(1).lower() in _COUNTS
    if counts and tokens and not _auxiliary(tokens[0]):
        tokens = tokens[1:]
    kinds = words("answers", "times") | words("answers", "places")
    while tokens and tokens[0].text.lower() in kinds:
        tokens = tokens[1:]
    if not tokens:
        return []
    named = _named(question, tokens)
    auxiliary = tokens[0].text.lower()
    if not _auxiliary(tokens[0]):
        return _first_verb(tokens, named)
    rest, named = tokens[1:], named[1:]
    if auxiliary in _BE:
        return _participles(rest, named, first=0 if counts else 1)
    return _after_subject(rest, named, spoken)


def _auxiliary(word: terms.Word) -> bool:
    return word.text.lower() in words("grammar", "auxiliaries")


def _named(question: Question, tokens: list[terms.Word]) -> list[bool]:
    spans = [
        m.span() for name in question.names for m in re.finditer(re.escape(name), question.text)
    ]
    return [any(a <= w.start and w.end <= b for a, b in spans) for w in tokens]


def _first_verb(tokens: list[terms.Word], named: list[bool]) -> list[str]:
    """Return the verb of "Who invented X?"."""
    for word, name in zip(tokens, named, strict=True):
        if word.text.lower() in words("related", "adverbs"):
            continue
        noun = name or not word.text.islower() or word.text in words("grammar", "function")
        return [] if noun else [word.text]
    return []


def _participles(tokens: list[terms.Word], named: list[bool], *, first: int) -> list[str]:
    """Return the participles after the subject of "was": tried and convicted."""
    irregular = words("related", "participles")
    found = [
        (i, w.text)
        for i, (w, name) in enumerate(zip(tokens, named, strict=True))
        if i >= first
        and not name
        and w.text.islower()
        and (w.text.endswith("ed") or w.text in irregular)
    ]
    if not found:
        return []
    last = found[-1][0]
    joined = {last}
    for i, _ in reversed(found[:-1]):
        if i + 2 in joined and tokens[i + 1].text == "and":
            joined.add(i)
    return [w for i, w in found if i in joined]


def _after_subject(
    tokens: list[terms.Word], named: list[bool], spoken: frozenset[str]
) -> list[str]:
    """Return the verb after the subject of "did": the word after its name, or after its noun."""
    function = words("grammar", "function") - {"become"}
    i = 0
    while i < len(tokens) and not named[i] and tokens[i].text.lower() in function:
        i += 1
    leads = i < len(tokens) and named[i]
    while i < len(tokens) and named[i]:
        i += 1
    plain = [
        w.text
        for w, name in zip(tokens[i:], named[i:], strict=True)
        if not name and w.text.islower() and w.text not in function | words("related", "adverbs")
    ]
    may_be = plain if leads else plain[1:]
    if heard := [w for w in may_be if terms.stem(w) in spoken]:
        return heard[:1]
    if leads or not plain:
        return plain[:1]
    verbs = [w for w in plain[1:] if len(related(terms.stem(w))) > 1]
    return verbs[:1] or plain[-1:]
