from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import PartialDate

DATES = st.dates(min_value=date(1000, 1, 1))


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2020", date(2020, 1, 1), date(2020, 12, 31), "2020"),
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "February 2020"),
        ("2020-01-15", date(2020, 1, 15), date(2020, 1, 15), "15 January 2020"),
    ],
)
def test_a_date_is_as_precise_as_written(text: str, first: date, last: date, words: str) -> None:
    parsed = PartialDate.parse(text)
    assert (str(parsed), parsed.first_day, parsed.last_day) == (text, first, last)
    assert parsed.in_words() == words


@given(DATES, st.sampled_from([4, 7, 10]))
def test_parsing_what_is_written_gives_the_date_back(day: date, length: int) -> None:
    text = day.isoformat()[:length]
    parsed = PartialDate.parse(f" {text}\n")
    assert str(parsed) == text
    assert parsed.first_day <= day <= parsed.last_day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May 2020",
        "2020-1",
        "2020-13",
        "2021-02-29",
        "0000",
        "20-01-01",
        "2020-01-01T00:00",
        "２０２０",
    ],
)
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    ("iso", "words"),
    [("2025-05-15", "May 2025"), ("2025-05", "May 2025"), ("2025", "2025")],
)
def test_a_month_in_words_leaves_the_day_out(iso: str, words: str) -> None:
    assert PartialDate.parse(iso).month_in_words() == words
