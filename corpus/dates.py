"""Dates only as precise as the source gives them."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

_FORM = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A year, a month or a day: `2020`, `2020-01` or `2020-01-15`."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """Read an ISO 8601 date of any of the three precisions.

        Raises:
            ValueError: the text has another form, or names a day that does not exist.
        """
        match = _FORM.fullmatch(text.strip())
        if not match:
            raise ValueError(f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None
        try:
            date(year, month or 1, day or 1)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a date: {error}") from None
        return cls(year, month, day)

    @property
    def first_day(self) -> date:
        """The earliest day that the date can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """The latest day that the date can mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def month_in_words(self) -> str:
        """Return the date as English prose without its day: `January 2020`, or `2020`."""
        return PartialDate(self.year, self.month).in_words()

    def in_words(self) -> str:
        """Return the date as English prose: `15 January 2020`, `January 2020` or `2020`."""
        words = [str(self.year)]
        if self.month is not None:
            words.insert(0, calendar.month_name[self.month])
        if self.day is not None:
            words.insert(0, str(self.day))
        return " ".join(words)
