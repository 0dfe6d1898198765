"""The most of a kind, where one is asked for."""

import pytest
from desk import Desk, told

from rag.plan.superlatives import Superlative
from rag.question import Kind, Question
from rag.report import Status


@pytest.mark.parametrize(
    ("question", "text", "tells"),
    [
        ("What is the longest road in Orme?", "The A1 is the longest road in Orme.", True),
        ("What is the longest road in Orme?", "The A1 is the second-longest road in Orme.", False),
        ("What is the longest road in Orme?", "The A1 is one of the longest roads.", False),
        ("What is the longest road in Orme?", "Orme has the longest beach of all.", False),
        (
            "What is the largest species of turtle?",
            "It is the biggest of all living turtles.",
            True,
        ),
        ("Which is the most populous town?", "Velmar is the most populous town.", True),
        ("Which is the most populous town?", "Velmar is the most famous town.", False),
    ],
)
def test_the_most_of_a_kind_is_told_from_what_comes_near(
    question: str, text: str, tells: bool
) -> None:
    most = Superlative.of(Question.parse(question))
    assert most is not None
    assert most.told_in(text) is tells


@pytest.mark.parametrize("question", ["Who built the forest road?", "What is a mill?"])
def test_a_question_without_a_superlative_asks_for_none(question: str) -> None:
    assert Superlative.of(Question.parse(question)) is None


def test_the_most_of_a_kind_is_one(ask: Desk) -> None:
    question = "What is the largest species of turtle?"
    assert Question.parse(question).kind is Kind.SINGLE
    report = ask(
        question,
        {
            "Turtles": "The pond turtle is one of the largest species of turtle in Orme.",
            "Seas": "Leatherbacks are the largest species of turtle.",
        },
    )
    assert report.status is Status.ANSWERED
    assert "leatherbacks" in report.summary[0].text


def test_where_nothing_is_called_the_most_that_is_said(ask: Desk) -> None:
    report = ask(
        "What is the longest road in Orme?",
        {"Roads": "The A1 is a long road in Orme. The B2 is one of the longest roads in Orme."},
    )
    assert report.status is not Status.ANSWERED
    assert "which is the longest" in " ".join(report.gaps)
    assert "A1" not in told(report) or report.status is Status.PARTLY_ANSWERED
