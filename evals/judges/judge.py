"""The seam of judging, and a memory so that nothing is judged twice."""

import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.verify.support import Premise


class JudgeFailed(Exception):
    """The judge could not judge a sentence: an error of the measurement, not of the answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the texts together support the whole sentence, and how surely, 0 to 1."""

    supports: bool
    score: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge did on claims that people had judged, none of which it was fitted on."""

    data: str
    n: int
    auroc: float
    balanced_accuracy: float
    alpha: float


class Judge(Protocol):
    """Judges whether texts support a sentence."""

    @property
    def name(self) -> str:
        """Method and version, as printed beside every figure."""
        ...

    @property
    def agreement(self) -> tuple[Agreement, ...]:
        """What is known of its agreement with people."""
        ...

    @property
    def fitted_on(self) -> frozenset[str]:
        """The data sets some of whose claims it was fitted on."""
        ...

    def judge(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        """Judge one sentence, without its marks, against the union of its premises.

        Raises:
            JudgeFailed: it cannot.
        """
        ...


class Remembering:
    """A judge that keeps every verdict in a file, so that scoring again costs nothing.

    A line that is torn or unreadable is passed over: that sentence is judged anew. A score that is
    no number from 0 to 1 is a failure of the judge.
    """

    def __init__(self, judge: Judge, path: Path) -> None:
        self._judge = judge
        self._path = path
        self._known = read_verdicts(path)
        self._failed: dict[str, str] = {}
        self.name = judge.name
        self.agreement = judge.agreement
        self.fitted_on = judge.fitted_on

    def judge(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        """Return the verdict, from memory where it is known; see `Judge`."""
        key = verdict_key(self.name, sentence, premises)
        if key in self._failed:
            raise JudgeFailed(self._failed[key])
        if key not in self._known:
            try:
                verdict = self._checked(sentence, premises)
            except JudgeFailed as error:
                # Remembered for this process only: the next may have a judge in better health.
                self._failed[key] = str(error)
                raise
            self._known[key] = verdict
            with self._path.open("a", encoding="utf-8") as file:
                row = {"key": key, "supports": verdict.supports, "score": verdict.score}
                file.write(json.dumps(row) + "\n")
        return self._known[key]

    def sync(self) -> None:
        """Make what was written last through a loss of power."""
        if self._path.exists():
            with self._path.open("a", encoding="utf-8") as file:
                os.fsync(file.fileno())

    def _checked(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        verdict = self._judge.judge(sentence, premises)
        if not (math.isfinite(verdict.score) and 0 <= verdict.score <= 1):
            raise JudgeFailed(f"its score is {verdict.score}")
        return verdict


def read_verdicts(path: Path) -> dict[str, Verdict]:
    """Return the verdicts of a file by `verdict_key`; what cannot be read is passed over."""
    known: dict[str, Verdict] = {}
    if path.exists():
        for line in path.read_text("utf-8", "replace").splitlines():
            try:
                row = json.loads(line)
                known[row["key"]] = Verdict(bool(row["supports"]), float(row["score"]))
            except (ValueError, KeyError, TypeError):
                continue
    return known


def verdict_key(judge: str, sentence: str, premises: Sequence[Premise]) -> str:
    """Return what a verdict is remembered by: who judged what against what."""
    parts = [judge, sentence, *(part for p in premises for part in (p.about, p.text))]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
