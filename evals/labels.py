"""What people say of single citations, laid over a run: `labels.jsonl`, one label a line.

The rubric is that of Liu et al., 2023, from sentence and cited text alone: full support (all of
the sentence follows from the text), partial, none; or that it cannot be told.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from evals.errors import RunError
from evals.items import Ref, Sentence
from evals.judges.judge import Judge, JudgeFailed
from evals.metrics.alce import supports
from evals.metrics.metric import Case
from evals.metrics.supporting_citations import pairs
from evals.runs import Run
from evals.scoring import Score
from evals.statistics.agreement import krippendorff_alpha
from evals.statistics.correction import corrected_rate


class Label(StrEnum):
    """How far the cited text supports the sentence."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One person's label of one citation; a later one of the same author replaces it."""

    item: str
    sentence: int
    n: int
    quote: str | None
    label: Label
    author: str
    reason: str = ""
    at: str = ""

    @property
    def pair(self) -> tuple[str, int, int, str | None]:
        """What is labelled: item, position of the sentence, number and quote of the citation."""
        return self.item, self.sentence, self.n, self.quote


@dataclass(frozen=True, slots=True)
class Pair:
    """A citation to be labelled, with what the person sees."""

    item: str
    position: int
    sentence: Sentence
    ref: Ref
    title: str | None
    text: str

    @property
    def key(self) -> tuple[str, int, int, str | None]:
        """As `Labelled.pair`."""
        return self.item, self.position, self.ref.n, self.ref.quote


def sample(cases: Sequence[Case], count: int, *, seed: int = 0) -> list[Pair]:
    """Return up to `count` citations that resolve, drawn at random over all answers."""
    found = [pair for case in cases for pair in _pairs(case)]
    order = np.random.default_rng(seed).permutation(len(found))
    return [found[i] for i in order[:count]]


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """A citation to be labelled, and the folder of the run that it belongs to."""

    run: Path
    pair: Pair

    @property
    def id(self) -> str:
        """A name that tells nothing of the system."""
        text = json.dumps([self.run.name, *self.pair.key], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def row(self) -> dict[str, str | None]:
        """What a sheet shows: sentence and text, and room for a label."""
        pair = self.pair
        shown = {"sentence": pair.sentence.text, "title": pair.title, "text": pair.text}
        return {"id": self.id, **shown, "label": "", "reason": ""}


def mixed(runs: Sequence[Run], count: int, *, seed: int = 0) -> list[Unlabelled]:
    """Return up to `count` citations of each run, in an order that does not tell which."""
    found = []
    for run in runs:
        answers = run.answers()
        cases = [Case(item, answers[item.id]) for item in run.items if item.id in answers]
        found += [Unlabelled(run.path, pair) for pair in sample(cases, count, seed=seed)]
    order = np.random.default_rng(seed).permutation(len(found))
    return [found[i] for i in order]


def _pairs(case: Case) -> Iterator[Pair]:
    for position, sentence, ref in pairs(case):
        if case.parsed.resolves(ref) and case.parsed.has_text(ref):
            source = case.parsed.sources[ref.n]
            text = ref.quote if ref.quote is not None else source.text
            yield Pair(case.item.id, position, sentence, ref, source.title, text)


def read_labels(path: Path) -> list[Labelled]:
    """Return the labels of a run, of each author the last on each citation.

    Raises:
        RunError: a line is no label.
    """
    file = path / "labels.jsonl"
    if not file.exists():
        return []
    found: dict[tuple[Any, ...], Labelled] = {}
    for number, line in enumerate(file.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            label = Labelled(**{**row, "label": Label(row["label"])})
        except (ValueError, TypeError, KeyError) as error:
            raise RunError(f"{file}:{number} is no label: {error}") from error
        found[(*label.pair, label.author)] = label
    return list(found.values())


def append_label(path: Path, label: Labelled) -> None:
    """Store a label; it is on disk when this returns."""
    with (path / "labels.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(label), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())


def agreement(
    cases: Sequence[Case], labels: Sequence[Labelled], judge: Judge
) -> dict[str, float | int | None]:
    """Return how far a judge and people, and people among themselves, agree on full support."""
    verdicts = dict(_verdicts(cases, judge))
    people: dict[tuple[Any, ...], list[bool]] = {}
    for label in labels:
        if label.label is not Label.UNCLEAR:
            people.setdefault(label.pair, []).append(label.label is Label.FULL)
    both = [
        (verdicts[pair], value)
        for pair, values in people.items()
        if pair in verdicts
        for value in values
    ]
    alphas = (krippendorff_alpha(both), krippendorff_alpha(list(people.values())))
    with_judge, among_people = (round(a, 3) if np.isfinite(a) else None for a in alphas)
    return {
        "pairs": len(both),
        "same": round(sum(a == b for a, b in both) / len(both), 3) if both else None,
        "alpha": with_judge,
        "alpha_among_people": among_people,
    }


def corrected_score(
    cases: Sequence[Case], labels: Sequence[Labelled], judge: Judge
) -> Score | None:
    """Return the rate of citations that people would find fully supported, None without labels.

    Prediction-powered, see `evals.statistics.correction`; several people's labels are averaged.
    """
    verdicts = dict(_verdicts(cases, judge))
    people: dict[tuple[Any, ...], list[float]] = {}
    for label in labels:
        if label.label is not Label.UNCLEAR and label.pair in verdicts:
            people.setdefault(label.pair, []).append(float(label.label is Label.FULL))
    if len(people) < 2:
        return None
    labelled = [sum(v) / len(v) for v in people.values()]
    judged_too = [float(verdicts[pair]) for pair in people]
    judged = [float(v) for pair, v in verdicts.items() if pair not in people]
    found = corrected_rate(judged, labelled, judged_too)
    return Score(
        "supporting_citations_by_labels",
        judge.name,
        round(found.value, 6),
        round(found.low, 6),
        round(found.high, 6),
        n=len(verdicts),
        unscorable=0,
        errors=0,
        about=f"rate by people, from {len(people)} labels and the judge on the rest",
    )


def _verdicts(cases: Sequence[Case], judge: Judge) -> Iterator[tuple[tuple[Any, ...], bool]]:
    for case in cases:
        for pair in _pairs(case):
            try:
                yield pair.key, supports(case.parsed, pair.sentence, (pair.ref,), judge)
            except JudgeFailed:
                continue
