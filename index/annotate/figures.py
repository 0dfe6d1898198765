"""Numbers that are no dates, with the unit or thing they count."""

import re
from typing import Any

from index.annotations import Figure

_NUMBER = re.compile(
    r"(?<![\w.])([$€£]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?( (?:million|billion|trillion|thousand))?"
)
_SCALE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_MONTH = re.compile(
    r"^ (?:January|February|March|April|May|June|July|August|September|October|November|December)"
)


def figures(sentence: Any) -> tuple[Figure, ...]:
    """Return the figures of a sentence in order; years and days of dates are left out."""
    text = sentence.text
    found = []
    for match in _NUMBER.finditer(text):
        currency, whole, fraction, scale = match.groups()
        rest = text[match.end() :]
        value = float(whole.replace(",", "") + (fraction or ""))
        plain_year = not currency and not fraction and "," not in whole and 1400 <= value <= 2100
        if _MONTH.match(rest) or (
            plain_year and not rest.startswith(("%", " percent", " per cent"))
        ):
            continue
        if re.search(
            r"(?:January|February|March|April|May|June|July|August|September|October|"
            r"November|December) $",
            text[: match.start()],
        ):
            continue
        value *= _SCALE.get((scale or "").strip(), 1.0)
        found.append(Figure(match.start(), match.end(), value, _unit(currency, rest)))
    return tuple(found)


def _unit(currency: str, rest: str) -> str:
    if currency:
        return currency
    if re.match(r" ?(?:%|percent|per cent)", rest):
        return "%"
    following = re.match(r" ((?:[a-z][\w-]* ?){1,3})", rest)
    return following.group(1).strip() if following else ""
