"""How a report leads, heads and dates what it tells."""

import pytest
from desk import Desk, told

from rag.write.relative import tells_relative_time
from rag.write.speakers import relay, relayed


@pytest.mark.parametrize(
    "text",
    [
        "The ferry sank on Monday.",
        "The guild said today that it would strike.",
        "Rents rose last year.",
        "The mill closed two weeks ago.",
        "The count ended late on Friday evening.",
    ],
)
def test_a_time_seen_from_the_day_of_writing_is_known(text: str) -> None:
    assert tells_relative_time(text)


@pytest.mark.parametrize(
    "text",
    [
        "The ferry sank on Monday, 3 June 2024.",
        "The ferry sails on Mondays.",
        "The ferry sank on 3 June 2024.",
        "Man Friday is a character of a novel.",
    ],
)
def test_a_date_of_its_own_is_no_time_seen_from_the_day_of_writing(text: str) -> None:
    assert not tells_relative_time(text)


def test_what_happened_on_monday_is_told_with_the_day_of_the_document(ask: Desk) -> None:
    notes = {"Ferry": "The ferry Anna was sold to Velmar on Monday."}
    report = ask("When was the ferry Anna sold?", notes, published="2024-05-08")
    assert "Office A said on 8 May 2024 that the ferry Anna was sold to Velmar on Monday" in told(
        report
    )


def test_today_needs_no_telling_beside_the_day_of_the_document(ask: Desk) -> None:
    notes = {"Ferry": "Office A announced today that the ferry Anna sank off Velmar."}
    report = ask("What sank off Velmar?", notes, published="2024-05-08", doc_type="notice")
    assert "In a notice of 8 May 2024, Office A announced that the ferry Anna sank off" in told(
        report
    )


def test_who_passes_a_sentence_on_is_read_from_its_opening() -> None:
    assert relay("As reported by the Courier, the mill burnt.") == "as reported by the Courier"
    assert relayed("According to the Courier, the mill burnt.")
    assert not relayed("The Courier reported that the mill burnt.")


def test_the_newest_figure_comes_first_where_no_year_is_asked_for(ask: Desk) -> None:
    notes = {
        "2024-05-03": "Nine boats have been lost off Velmar in storms.",
        "2024-06-04": "Twelve boats have been lost off Velmar since winter.",
    }
    for dates in (list(notes), list(reversed(notes))):
        report = ask(
            "How many boats have been lost off Velmar?",
            {f"Losses to {date}": notes[date] for date in dates},
            published=dates,
        )
        assert [("twelve" in s.text) for s in report.summary] == [True, False]


def test_only_who_says_so_speaks_for_it(ask: Desk) -> None:
    report = ask(
        "Does the Orme Guild sell salt?",
        {
            "Claim": "The Orme Guild sells salt, Ada Holm said.",
            "Finding": "At a pound a sack the Orme Guild would sell salt to every house twice.",
        },
        evidence_role="fact-check",
    )
    heard = [s for s in report.sections if s.heading == "The case for"]
    assert not [t for s in heard for t in s.statements if "every house twice" in t.text]
