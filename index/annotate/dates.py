"""Dates in a sentence, as partial ISO 8601."""

import calendar
import re
from typing import NamedTuple

_NUMBERS = {
    **{name.lower(): i for i, name in enumerate(calendar.month_name) if name},
    **{name.lower(): i for i, name in enumerate(calendar.month_abbr) if name},
    "sept": 9,
}
MONTH = "|".join([*calendar.month_name[1:], "Sept", *calendar.month_abbr[1:]])
_DATE = re.compile(
    rf"\b(?:(?P<before>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?)?(?P<month>{MONTH})\b\.?"
    rf"(?: (?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:),?)?"
    rf"(?:,? (?:of )?(?P<year>1\d{{3}}|20\d{{2}})\b)"
    rf"|\b(?P<alone>1\d{{3}}|20\d{{2}})\b(?![%\w’']|[.,]\d|-\d{{1,2}}\b| ?(?:percent|per cent))"
)
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|In|of|since|Since|by|By|until|Until|from|From|early|late|mid|spring|summer|autumn|"
    r"fall|winter|year|during|During|circa|around|to|between|and|before|after)[ -]|\()$"
)


class Dated(NamedTuple):
    """A date and where it stands in the text."""

    start: int
    end: int
    iso: str


def dates(text: str) -> list[Dated]:
    """Return the dates of a text that tell their year: a day, a month or a year alone.

    A bare number is a year only after a word such as "in" or an opening bracket.
    """
    found = []
    for match in _DATE.finditer(text):
        year = match["year"] or match["alone"]
        if match["alone"] and not _BEFORE_YEAR.search(text[: match.start()]):
            continue
        iso = year
        if match["month"]:
            month = _NUMBERS[match["month"].lower()]
            iso += f"-{month:02d}"
            day = int(match["before"] or match["after"] or 0)
            if 1 <= day <= calendar.monthrange(int(year), month)[1]:
                iso += f"-{day:02d}"
        found.append(Dated(match.start(), match.end(), iso))
    return found
