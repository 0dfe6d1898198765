"""What is told with the sentences before it, because only they explain it."""

import re

import pytest
from desk import Desk, told

from rag.citations import marks
from rag.report import Status


def test_a_sentence_that_needs_the_one_before_is_told_with_it(ask: Desk) -> None:
    report = ask(
        "Who founded the mill of Orme?",
        {"Mills": "Ada Holm met Berta Tarnley in Orme. She founded the mill of Orme."},
    )
    assert report.status is Status.ANSWERED
    [statement] = report.summary
    assert re.search(
        r"Ada Holm met Berta Tarnley in Orme \[1\]\. She founded the mill of Orme \[1\]\.$",
        (statement.text),
    )
    assert [c.quote for c in statement.citations] == [
        "Ada Holm met Berta Tarnley in Orme.",
        "She founded the mill of Orme.",
    ]


def test_every_sentence_of_a_passage_has_its_mark(ask: Desk) -> None:
    report = ask(
        "Why did the gate of Orme fail?",
        {
            "Findings": "The council was asked why the gate of Orme failed. It heard nine people. "
            "It finds that the gate of Orme failed because its chain parted."
        },
    )
    [statement] = report.summary
    assert "because its chain parted" in statement.text
    assert len(list(marks(statement.text))) == len(statement.citations)
    assert statement.text.count(" [1].") == len(statement.citations)


@pytest.mark.parametrize(
    "body",
    [
        # Who speaks to somebody is not understood from the sentence before.
        "Ada Holm was a potter. You founded the mill of Orme, said a guest.",
        # Nothing before it names anybody.
        "She liked clay. She founded the mill of Orme.",
    ],
)
def test_what_the_sentence_before_does_not_explain_is_not_told(ask: Desk, body: str) -> None:
    report = ask("Who founded the mill of Orme?", {"Clay": body})
    assert "founded the mill" not in told(report)


def test_what_answers_alone_is_told_alone(ask: Desk) -> None:
    report = ask(
        "Who founded the mill of Orme?",
        {
            "Potters": "Ada Holm met Berta Tarnley in Orme. She founded the mill of Orme.",
            "Orme": "The mill of Orme was founded by Ada Holm.",
        },
    )
    assert "met Berta" not in told(report)


def test_nothing_of_a_passage_is_told_twice(ask: Desk) -> None:
    report = ask(
        "Who founded the mill of Orme?",
        {
            "Mills": "Ada Holm met Berta Tarnley in Orme. She founded the mill of Orme. "
            "She founded the mill of Orme with a loan."
        },
    )
    assert told(report).count("met Berta") == 1
