"""Choosing evidence: what bears directly on the question, and what has been told already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rag.evidence import Evidence, Pool
from rag.plan import redundancy, stance
from rag.plan.plan import Finding, Part

DIRECT = 0.66
COVERED = 0.22
CLOSE = 0.62
NEARLY = 1.7


@dataclass
class Selection:
    """The evidence of one report: the pool, and what has been told so far."""

    pool: Pool
    said: list[Evidence] = field(default_factory=list)
    _disagrees: dict[int, bool] = field(default_factory=dict)

    def disagrees(self, evidence: Evidence) -> bool:
        """Whether a sentence denies or limits, so that it belongs with the objections."""
        known = self._disagrees.get(evidence.sentence.id)
        if known is None:
            asked = frozenset(self.pool.question.stems)
            known = stance.denies(evidence, asked) or stance.limits(evidence)
            self._disagrees[evidence.sentence.id] = known
        return known

    def direct(self, evidence: Evidence) -> bool:
        """Whether a sentence bears on the question itself, not only on its subject.

        It has enough of the question's words, or its meaning, or nearly enough of both.
        """
        words, meaning = evidence.coverage / COVERED, evidence.cosine / CLOSE
        return evidence.relevance >= DIRECT * self.pool.top and (
            max(words, meaning) >= 1 or words + meaning >= NEARLY
        )

    def fresh(
        self,
        where: Callable[[Evidence], bool] = lambda _: True,
        *,
        key: Callable[[Evidence], float] | None = None,
    ) -> list[Evidence]:
        """Return usable evidence not yet told that fits, best first (by relevance, or `key`)."""
        fitting = [e for e in self.pool.usable if where(e) and not redundancy.repeats(e, self.said)]
        return sorted(fitting, key=lambda e: -key(e)) if key else fitting

    def take(
        self,
        candidates: Sequence[Evidence],
        n: int,
        part: Part,
        *,
        topic: str = "",
        per_document: int = 1,
        per_publisher: int = 2,
        stacked: bool = True,
    ) -> list[Finding]:
        """Make findings of the first `n` distinct candidates, and remember them as told."""
        chosen = redundancy.distinct(
            candidates,
            n,
            said=self.said,
            per_document=per_document,
            per_publisher=per_publisher,
        )
        findings = []
        for evidence in chosen:
            also = redundancy.stack(evidence, self.pool) if stacked else ()
            items = self.pool.items(evidence)
            findings.append(Finding(evidence, part, also, topic, items))
            self.said += [evidence, *also, *items]
        return findings

    def forget(self, findings: Sequence[Finding]) -> None:
        """Take back what was taken and will not be told."""
        for finding in findings:
            for evidence in finding.cited:
                self.said.remove(evidence)


def by_date(findings: Sequence[Finding]) -> list[Finding]:
    """Return findings in order of publication, undated ones first."""
    return sorted(findings, key=lambda f: f.evidence.date)
