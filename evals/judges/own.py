"""The verifier that decides what Citeproof shows, as a judge: named "self", and no goal.

It accepts its own answers by construction. Its figure tells whether what was shown is what was
checked, and how it would have judged the answers of others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.judges.judge import Agreement, JudgeFailed, Verdict
from rag.report import SupportVerdict
from rag.verify.support import Premise, Verifier


@dataclass(frozen=True)
class OwnJudge:
    """Judges as the gate does: a sentence that is partly supported is not supported."""

    verifier: Verifier
    agreement: tuple[Agreement, ...] = ()
    fitted_on: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The verifier's name, marked as our own."""
        return f"self:{self.verifier.name}"

    def judge(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        """Return the verifier's verdict; see `Judge`."""
        support = self.verifier.verify(sentence, premises)
        if support.verdict is SupportVerdict.COULD_NOT_JUDGE:
            raise JudgeFailed("; ".join(support.findings) or "the verifier could not judge")
        accepted = support.verdict is SupportVerdict.SUPPORTS and not support.findings
        return Verdict(accepted, support.score)
