"""Times told from the day of writing ("today", "on Monday"), which only its date explains."""

import re
from functools import cache

from rag.words import words


def tells_relative_time(text: str) -> bool:
    """Whether a sentence says when something happened only as seen from the day of writing.

    A weekday that stands beside a date is told by the date.
    """
    return _pattern().search(text) is not None


@cache
def _pattern() -> re.Pattern[str]:
    days, spans, moments = ("|".join(words("times", n)) for n in ("weekdays", "spans", "moments"))
    weekday = rf"(?:{days})(?!s|,? (?:the )?\d|,? [A-Z][a-z]+ \d)"
    return re.compile(
        rf"\b(?:{moments})\b"
        rf"|\b(?:on|by|until|since|before|after|from|for|last|next|this|late|early|of)"
        rf"(?: \w+)? {weekday}"
        rf"|\b(?:[Ll]ast|[Nn]ext|[Tt]his) (?:{spans})\b"
        rf"|\b(?:{spans})s? (?:ago|earlier this)\b"
    )
