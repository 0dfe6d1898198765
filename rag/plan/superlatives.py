"""The most of a kind, where one is asked for: "the longest highway", "the most populous city"."""

import re
from dataclasses import dataclass
from functools import cache

from rag import terms
from rag.plan.relation import related
from rag.question import Question
from rag.words import phrases

_MOST = re.compile(r"\b(most|least) (?!of\b|often\b|likely\b|people\b)([a-z]{3,})\b", re.I)
# The second of its kind, or one of several, is not the first.
_ONE_OF = re.compile(
    r"(?:\b(?:one|some|two|three|four|five|many|several) of|\bamong(?:st)?)(?: \w+['’]s| the| its)?"
    r"(?: [\w-]+)? $"
    r"|\b(?:\w+(?:nd|rd|th)|second|third|fifth)[- ]$",
    re.I,
)
_REACH = 7
# "The largest in Asia", "the largest shipyard on the West Coast".
_WHERE = re.compile(r"(?: [a-z]+){0,2} (?:in|on|of) (?:the )?[A-Z]\w+(?: [A-Z]\w+)*")
_ENDS = re.compile(r"[,.;]| (?:in|of|on|by|and|ever)\b")


@dataclass(frozen=True)
class Superlative:
    """What a question asks for the most of: the words that say so, and the stems of the kind.

    `within` are the stems of where it is the most, none where that is not said.
    """

    wordings: frozenset[str]
    kind: tuple[str, ...]
    within: frozenset[str]

    @classmethod
    def of(cls, question: Question) -> "Superlative | None":
        """Read the question; None where it asks for the most of nothing."""
        text = question.text
        plain = next((w for w in terms.split(text) if w.text.lower() in _groups()), None)
        most = _MOST.search(text)
        if plain is not None:
            wordings, end = _groups()[plain.text.lower()], plain.end
        elif most is not None:
            wordings, end = frozenset({most.group().lower()}), most.end()
        else:
            return None
        noun = re.split(r"\b(?:in|on|at|by|ever|that|who|which|to)\b|[,?]", text[end:])[0]
        place = re.search(r"\b(?:in|on|of) (?:the )?(?:[A-Z]|world\b)", text[end:])
        within = frozenset(terms.stems(text[end + place.start() :])) if place else frozenset()
        return cls(wordings, terms.stems(noun), within)

    def asked_in(self, text: str) -> str:
        """Return the wording that a text has, "" where it has none."""
        return next((w for w in sorted(self.wordings) if w in text.lower()), "")

    def told_in(self, text: str) -> bool:
        """Whether a text says of something that it is the most of that kind."""
        pattern = rf"\b(?:{'|'.join(map(re.escape, sorted(self.wordings)))})\b"
        for found in re.finditer(pattern, text, re.I):
            after = [terms.stem(w.text) for w in terms.split(text[found.end() :])[:_REACH]]
            # "The first planet from the Sun and the smallest in the Solar System".
            alone = _ENDS.match(text, found.end()) is not None
            near = terms.stems(text) if alone else after
            of_kind = not self.kind or not related(self.kind[-1]).isdisjoint(near)
            where = _WHERE.match(text, found.end())
            elsewhere = where is not None and self.within.isdisjoint(terms.stems(where.group()))
            if (
                of_kind
                and not (self.within and elsewhere)
                and not _ONE_OF.search(text[: found.start()])
            ):
                return True
        return False


@cache
def _groups() -> dict[str, frozenset[str]]:
    groups = (frozenset(line.split()) for line in phrases("answers", "superlatives"))
    return {word: group for group in groups for word in group}
