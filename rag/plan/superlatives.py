"""The most of a kind, where one is asked for: "the longest highway", "the most populous city"."""

import re
from dataclasses import dataclass
from functools import cache

from rag import terms
from rag.plan.relation import related
from rag.question import Question
from rag.words import phrases

_MOST = re.compile(r"\b(most|least) ([a-z]{3,})\b", re.I)
# The second of its kind, or one of several, is not the first.
_ONE_OF = re.compile(
    r"(?:\b(?:one|some|two|three|four|five|many|several) of|\bamong(?:st)?)(?: \w+['’]s| the| its)?"
    r"(?: [\w-]+)? $"
    r"|\b(?:\w+(?:nd|rd|th)|second|third|fifth)[- ]$",
    re.I,
)
_REACH = 7


@dataclass(frozen=True)
class Superlative:
    """What a question asks for the most of: the words that say so, and the stems of the kind."""

    wordings: frozenset[str]
    kind: tuple[str, ...]

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
        return cls(wordings, terms.stems(noun))

    def told_in(self, text: str) -> bool:
        """Whether a text says of something that it is the most of that kind."""
        pattern = rf"\b(?:{'|'.join(map(re.escape, sorted(self.wordings)))})\b"
        for found in re.finditer(pattern, text, re.I):
            after = [terms.stem(w.text) for w in terms.split(text[found.end() :])[:_REACH]]
            of_kind = not self.kind or not related(self.kind[-1]).isdisjoint(after)
            if of_kind and not _ONE_OF.search(text[: found.start()]):
                return True
        return False


@cache
def _groups() -> dict[str, frozenset[str]]:
    groups = (frozenset(line.split()) for line in phrases("answers", "superlatives"))
    return {word: group for group in groups for word in group}
