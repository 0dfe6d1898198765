"""Themes: what the evidence of an open question is about beside the question."""

from pathlib import Path

import pytest
from desk import Desk

from index.annotate.parser import SpacyAnnotator
from rag.plan.planner import make_plan
from rag.plan.themes import Theme, themes
from rag.question import Question

QUESTION = "What is the Orme Guild?"
NOTES = {
    "Guild": "The Orme Guild is a guild of rowers. The Orme Guild keeps forty boats.",
    "Court": "The Velmar Court fined the Orme Guild in May. The Velmar Court closed a house of "
    "the Orme Guild. The Velmar Court freed a rower of the Orme Guild.",
    "Salt": "The Orme Guild buys grey salt in May. The Orme Guild sells grey salt at Velmar. "
    "The Orme Guild stores grey salt in a house of brick.",
}


@pytest.fixture
def found(tmp_path: Path) -> list[Theme]:
    desk = Desk(tmp_path, SpacyAnnotator())
    desk(QUESTION, NOTES)
    with desk.opened[-1].snapshot() as snapshot:
        pool = make_plan(Question.parse(QUESTION), snapshot).pool
        return themes(pool, pool.usable, limit=3)


def test_a_theme_is_a_name_or_phrase_that_the_question_does_not_have(found: list[Theme]) -> None:
    assert {t.label for t in found} == {"the Velmar Court", "grey salt"}


def test_no_sentence_is_in_two_themes(found: list[Theme]) -> None:
    ids = [e.sentence.id for t in found for e in t.evidence]
    assert len(ids) == len(set(ids)) == 6
