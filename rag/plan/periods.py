"""The time that a question is limited to: a year, a decade, a century."""

import re
from dataclasses import dataclass

from rag import terms
from rag.words import ordered, words

_CENTURY = re.compile(r"\b(?:(\d{1,2})(?:st|nd|rd|th)|(\w+))[- ]centur(?:y|ies)\b", re.I)
_DECADE = re.compile(r"\b(?:in|during|of) the (\d{3}0)s\b")
_YEAR = re.compile(r"\b(?:in|during|of|since) (1\d{3}|20\d\d)\b")
_YEARS = re.compile(r"\b([1-9]\d{2,3})s?\b")


@dataclass(frozen=True)
class Period:
    """Years from `first` to `last`, and the words by which the question names them."""

    first: int
    last: int
    wording: str

    @classmethod
    def of(cls, text: str) -> "Period | None":
        """Return the period that the text is limited to, None where it names none."""
        for century, span in _centuries(text):
            return cls(100 * century - 99, 100 * century, span)
        if decade := _DECADE.search(text):
            first = int(decade.group(1))
            return cls(first, first + 9, decade.group())
        if year := _YEAR.search(text):
            return cls(int(year.group(1)), int(year.group(1)), year.group())
        return None

    @property
    def stems(self) -> frozenset[str]:
        """The stems of the words that name it."""
        return frozenset(terms.stems(self.wording))

    def told_in(self, text: str) -> bool:
        """Whether a text names a year of it or, in words or figures, the century."""
        years = (int(y) for y in _YEARS.findall(text))
        return any(self.first <= y <= self.last for y in years) or any(
            self.first <= 100 * c and 100 * c - 99 <= self.last for c, _ in _centuries(text)
        )


def _centuries(text: str) -> list[tuple[int, str]]:
    found = []
    for match in _CENTURY.finditer(text):
        number = int(match.group(1)) if match.group(1) else _ordinal(match.group(2).lower())
        if number:
            found.append((number, match.group()))
    return found


def _ordinal(word: str) -> int:
    names = ordered("numbers", "ordinals")
    last = word.rsplit("-", 1)[-1]
    if last not in words("numbers", "ordinals"):
        return 0
    return names.index(last) + 1 + (20 if word.endswith(f"twenty-{last}") else 0)
