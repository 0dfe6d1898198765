"""Fit the independent judge on public claims, and record how it does on sources left out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.datasets.reading import Reader, Row
from evals.judges.aligned import features
from evals.judges.judge import JudgeFailed
from evals.judges.tokens import TokenStates
from evals.metrics.verifier import auroc, balanced_accuracy
from evals.statistics.agreement import krippendorff_alpha
from evals.statistics.intervals import Floats

NAME = "token-alignment@1"
# Rows of each source at most; the judge is for answers with passages, so those come whole.
SHARES = {
    "wice_dev": 10_000,
    "wice_nst_train": 10_000,
    "expertqa_public": 10_000,
    "attrbench_dev": 10_000,
    "fever_rte": 300,
    "conjnli": 200,
    "cad_snli": 150,
    "fm2_dev": 200,
}
# Never fitted on: the answers judged by the table come from its questions.
HELD_OUT = "hagrid"
_HELD_OUT_ROWS = 500
_SEED = 7
PASSAGES = ("wice_dev", "attrbench", "expertqa")


class _Pair(Row):
    src: str
    premise: str
    hypothesis: str
    label: int


def fit(path: Path, output: Path) -> list[dict[str, Any]]:
    """Fit on the pairs of `path` (src, premise, hypothesis, label), write weights, return records.

    Agreement is measured on each source with that source left out of the fit, and on HAGRID's,
    which are never in it. The threshold is the one with the best balanced accuracy over the
    sources left out.

    Raises:
        DatasetError: the file is missing or unreadable.
    """
    rows = _sample(path)
    states = TokenStates()
    x, y, sources = _features(rows, states)
    known = np.array([s != HELD_OUT for s in sources])
    left_out = np.full(len(y), np.nan)
    for source in sorted(set(sources)):
        test = np.array([s == source for s in sources])
        train = known & ~test
        left_out[test] = _fitted(x[train], y[train]).predict_proba(x[test])[:, 1]
    passages = np.array([s.startswith(PASSAGES) for s in sources])
    threshold = _threshold(left_out[passages], y[passages])
    records = []
    for source in sorted(set(sources), key=_order):
        rows_of = np.array([s == source for s in sources])
        # Nothing can be said of a source whose claims are all alike.
        if len(set(y[rows_of])) == 2:
            records.append(_record(source, left_out[rows_of], y[rows_of], threshold))
    model = _fitted(x[known], y[known])
    scaler, regression = model[0], model[1]
    data = {
        "name": NAME,
        "mean": _rounded(scaler.mean_),
        # A feature that never varies in so few pairs has no scale.
        "scale": [max(v, 1e-3) for v in _rounded(scaler.scale_)],
        "coefficients": _rounded(regression.coef_[0]),
        "intercept": round(float(regression.intercept_[0]), 6),
        "threshold": round(threshold, 4),
        "fitted_on": {s: sources.count(s) for s in sorted(set(sources)) if s != HELD_OUT},
        "agreement": records,
    }
    output.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    return records


def _sample(path: Path) -> list[_Pair]:
    reader = Reader(path.parent)
    by_source: dict[str, list[_Pair]] = {}
    for _, row in reader.read(path, _Pair):
        by_source.setdefault(row.src, []).append(row)
    rng = np.random.default_rng(_SEED)
    chosen = []
    for source, rows in sorted(by_source.items()):
        limit = next((n for s, n in SHARES.items() if source.startswith(s)), 0)
        if source.startswith(HELD_OUT):
            limit = _HELD_OUT_ROWS
        picked = rng.permutation(len(rows))[:limit]
        chosen += [rows[i] for i in sorted(picked)]
    return chosen


def _features(rows: Sequence[_Pair], states: TokenStates) -> tuple[Floats, Floats, list[str]]:
    found, labels, sources = [], [], []
    for row in rows:
        try:
            found.append(features(row.hypothesis, [row.premise], states))
        except JudgeFailed:
            continue
        labels.append(row.label)
        sources.append(HELD_OUT if row.src.startswith(HELD_OUT) else row.src)
    return np.stack(found), np.asarray(labels, dtype=float), sources


def _fitted(x: Floats, y: Floats) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.3, max_iter=2000, class_weight="balanced")
    )
    return model.fit(x, y)


def _threshold(scores: Floats, labels: Floats) -> float:
    tried = np.linspace(0.2, 0.8, 61)
    values = [balanced_accuracy((scores >= t).astype(float), labels) for t in tried]
    return float(tried[int(np.argmax(values))])


def _order(source: str) -> tuple[bool, bool, str]:
    """Sort what was held out of every fit first, then claims with whole passages."""
    return source != HELD_OUT, not source.startswith(PASSAGES), source


def _record(source: str, scores: Floats, truth: Floats, threshold: float) -> dict[str, Any]:
    accepted = (scores >= threshold).astype(float)
    pairs = [(bool(a), bool(b)) for a, b in zip(accepted, truth, strict=True)]
    return {
        "data": source,
        "n": len(pairs),
        "auroc": round(auroc(scores, truth), 3),
        "balanced_accuracy": round(balanced_accuracy(accepted, truth), 3),
        "alpha": round(krippendorff_alpha(pairs), 3),
    }


def _rounded(values: Any) -> list[float]:
    return [round(float(v), 6) for v in values]
