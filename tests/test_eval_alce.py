"""The counts of citation recall and precision against those of ALCE's program, on ten answers.

`published` computes what that program computes, slips included, from the same judge.
"""

import re
from dataclasses import dataclass

import pytest
from judging import TableJudge

from evals.items import Answer, AnswerSource, Item
from evals.metrics.alce import support
from evals.metrics.metric import Case
from rag.verify.support import Premise

TEXTS = ("gold is heavy", "tin is light", "iron rusts [2024]")
JUDGE = TableJudge()


def entails(texts: list[str], sentence: str) -> bool:
    return JUDGE.judge(sentence, [Premise(text) for text in texts]).supports


def published(text: str) -> tuple[float, float]:
    """Recall and precision as ALCE's program computes them for one answer."""
    supported = needed = citations = 0
    sentences = [s.strip() for s in re.findall(r"[^.]+\.(?:\s*\[[^]]*\])*", text)]
    for sentence in sentences:
        claim = re.sub(r"\s*\[[^]]*\]", "", sentence)
        refs = [int(n) - 1 for n in re.findall(r"\[(\d+)", sentence)]
        if not refs or any(r >= len(TEXTS) for r in refs):
            continue
        citations += len(refs)
        if not entails([TEXTS[r] for r in refs], claim):
            continue
        supported += 1
        for r in refs:
            others = [TEXTS[o] for o in refs if o != r]
            alone = entails([TEXTS[r]], claim)
            needed += len(refs) == 1 or alone or not entails(others, claim)
    return supported / len(sentences), needed / citations if citations else 0.0


@dataclass(frozen=True)
class Worked:
    """An answer, its recall and precision by hand, and whether ALCE's program agrees."""

    text: str
    recall: float
    precision: float
    same: bool = True


WORKED = [
    Worked("Gold is heavy [1].", 1, 1),
    Worked("Gold is heavy.", 0, 0),
    Worked("Gold is heavy [2].", 0, 0),
    # The second citation is not needed: 1 of 2.
    Worked("Gold is heavy [1][2].", 1, 1 / 2),
    # Neither alone supports it, both together do: 2 of 2.
    Worked("Gold and tin is heavy light and [1][2].", 0, 0),
    Worked("Gold is heavy light [1][2].", 1, 1),
    # One of two sentences; 1 of 2 citations is needed.
    Worked("Gold is heavy [1]. Iron is heavy [3].", 1 / 2, 1 / 2),
    # The slips: only the 1 is read; the last source is cited; the sentence is lost with its year.
    Worked("Gold is heavy light [1, 2].", 1, 1, same=False),
    Worked("Iron rusts [0].", 0, 0, same=False),
    Worked("Iron rusts [2024] [3].", 1, 1, same=False),
]


@pytest.mark.parametrize("worked", WORKED, ids=lambda w: w.text)
def test_counts_agree_with_alce_except_where_it_slips(worked: Worked) -> None:
    sources = tuple(AnswerSource(n, text) for n, text in enumerate(TEXTS, 1))
    found = support(Case(Item("i", "q", "g"), Answer("i", worked.text, sources)), JUDGE)
    assert (found.recall, found.precision) == pytest.approx((worked.recall, worked.precision))
    assert (published(worked.text) == pytest.approx((worked.recall, worked.precision))) is (
        worked.same
    )


def test_citations_of_sources_that_are_not_there_count_as_not_needed() -> None:
    text = "Gold is heavy [1]. Tin is light [9]."
    sources = tuple(AnswerSource(n, text) for n, text in enumerate(TEXTS, 1))
    found = support(Case(Item("i", "q", "g"), Answer("i", text, sources)), JUDGE)
    assert (found.recall, found.precision) == (1 / 2, 1 / 2)
    # ALCE's program leaves the citations of such a sentence out: 1 of 1.
    assert published(text) == (1 / 2, 1)
