"""Correctness by short answers: of an item's gold findings, those that the answer tells.

With one group of wordings a finding is told if the answer has one of them (ALCE's "STR-EM": Gao et
al., 2023; Stelmakh et al., 2022); with several, if one sentence has one of each. A refusal tells
nothing, and an answer that should have been a refusal is not scored here but by abstention.
"""

from evals.items import Finding
from evals.metrics.metric import Case, Metric, Unscorable, Value
from evals.wording import says, squeeze


def tells(case: Case, finding: Finding) -> bool:
    """Whether an answer tells a finding."""
    if case.answer.refused:
        return False
    sentences = [squeeze(sentence.text) for sentence in case.parsed.sentences]
    if len(finding.all_of) == 1:
        return says(" ".join(sentences), finding)
    return any(says(sentence, finding) for sentence in sentences)


def _share(case: Case) -> Value:
    findings = case.item.findings
    if not findings:
        raise Unscorable("no gold finding")
    return Value(sum(tells(case, f) for f in findings) / len(findings))


def _all(case: Case) -> Value:
    return Value(float(_share(case).x == 1.0))


def recall() -> Metric[Case]:
    """Return the mean share of findings told."""
    return Metric("short_answer_recall", "gold findings that the answer tells, by answer", _share)


def complete() -> Metric[Case]:
    """Return the share of answers that tell every finding (ALCE's "STR-Hit")."""
    return Metric("complete_answers", "answers that tell every gold finding", _all)
