"""A judge that knows only what it is told, for tests of what is computed from verdicts."""

from collections.abc import Sequence

from evals.judges.judge import Agreement, JudgeFailed, Verdict
from rag.verify.support import Premise


class TableJudge:
    """Says that texts support a sentence if together they hold all of its words.

    `fails` are sentences that it cannot judge, `scores` replaces the score of a sentence.
    """

    name = "table@1"
    agreement: tuple[Agreement, ...] = ()
    fitted_on: frozenset[str] = frozenset()

    def __init__(self, *, fails: Sequence[str] = (), scores: dict[str, float] | None = None):
        self.fails = fails
        self.scores = scores or {}
        self.judged = 0

    def judge(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        self.judged += 1
        if sentence in self.fails:
            raise JudgeFailed("out of order")
        known = {word.strip(".") for p in premises for word in p.text.lower().split()}
        supports = {word.strip(".") for word in sentence.lower().split()} <= known
        return Verdict(supports, self.scores.get(sentence, float(supports)))
