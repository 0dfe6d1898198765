"""Sentences that point at what only their neighbours name: the region, the four, a bare surname."""

import re
from functools import cache

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence
from rag.plan.kinds import Nature, is_of
from rag.words import words


def dangles(evidence: Evidence, asked: frozenset[str]) -> bool:
    """Whether a reader who has only the sentence cannot know what it speaks of.

    What the question (`asked`, its stems) or the title of the document names is known.
    """
    known = asked | frozenset(terms.stems(evidence.document.source.title))
    return (
        _counted().search(evidence.text) is not None
        or _somewhere(evidence)
        or _surname(evidence, known)
        or _definite(evidence, known)
    )


@cache
def _counted() -> re.Pattern[str]:
    numbers = "|".join(sorted(words("numbers", "small") | {"former", "latter"}))
    return re.compile(
        rf"\b(?:the|these|those) (?:{numbers})(?= (?:to|of them|who|that|had|were)\b|[.,;])"
    )


def _somewhere(evidence: Evidence) -> bool:
    """Whether it says "in the region" and no place before that."""
    places = "|".join(sorted(words("answers", "places")))
    match = re.search(
        rf"\b(?:in|of|from|to|across) the (?:{places})\b(?= [a-z]+s\b|[,.;]| (?:is|was|and)\b)",
        evidence.text,
    )
    return match is not None and not any(
        is_of(Nature.PLACE, m.label) and m.start < match.start() for m in evidence.note.mentions
    )


def _surname(evidence: Evidence, known: frozenset[str]) -> bool:
    """Whether its subject is a person of whom the document gives one name alone."""
    return any(
        m.label == "PERSON"
        and m.role is Role.SUBJECT
        and m.start < evidence.note.subject_end
        and len(m.name.split()) == 1
        and known.isdisjoint(terms.stems(m.name))
        for m in evidence.note.mentions
    )


def _definite(evidence: Evidence, known: frozenset[str]) -> bool:
    """Whether its subject is "the" and a common noun that is said of nothing."""
    subject = evidence.text[: evidence.note.subject_end]
    match = re.match(r"The ((?:[a-z-]+ ){0,2}[a-z-]+)(?=$|,)", subject)
    return (
        match is not None and known.isdisjoint(terms.stems(match.group(1))) and not evidence.meant
    )
