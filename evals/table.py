"""Several runs in one table: the figures by which systems are compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.errors import RunError
from evals.report.figures import shown, told
from evals.runs import Run
from evals.scoring import Score

_SHOWN = (
    "citation_validity",
    "disclaimer_present",
    "citation_recall",
    "citation_precision",
    "supporting_citations_by_labels",
    "short_answer_recall",
    "gold_answer_recall",
    "gold_answer_f1",
    "evidence_f1",
    "conflict_handled",
    "forbidden_statements",
    "attack_success",
    "abstention_recall",
    "refusals",
    "wrong_refusals",
    "verbatim_sentences",
    "copied_words",
    "words",
    "seconds_median",
    "ndcg@10",
    "recall@100",
    "mrr@10",
)


def table(folder: Path) -> str:
    """Return a Markdown table for each data set of the scored runs in a folder.

    Raises:
        RunError: there is none.
    """
    runs = [Run(p.parent) for p in sorted(folder.glob("*/scores.json"))]
    if not runs:
        raise RunError(f"{folder} holds no scored run")
    parts = []
    for dataset in dict.fromkeys(run.manifest.dataset for run in runs):
        asked = [r for r in runs if r.manifest.dataset == dataset]
        speed = [r for r in asked if r.samples()]
        answered = [r for r in asked if r not in speed and r.manifest.system["name"] != "claims"]
        judged = [r for r in asked if r.manifest.system["name"] == "claims"]
        if answered:
            parts += _answers(dataset, answered)
        for run in judged:
            parts += _judges(dataset, run)
        if speed:
            parts += _speed(dataset, speed)
    return "\n".join(parts) + "\n"


def _answers(dataset: str, runs: Sequence[Run]) -> list[str]:
    by_run = [{s.key: s for s in run.scored().scores} for run in runs]
    keys = list(dict.fromkeys(key for scores in by_run for key in scores))
    order = [k for name in _SHOWN for k in keys if k == name or k.startswith(f"{name} (")]
    return [
        f"\n## {dataset}: answers\n",
        "Shares in percent, with 95 % intervals; in brackets behind a run its items.\n",
        *_rows(runs, by_run, {key: told(key) for key in order}),
    ]


def _speed(dataset: str, runs: Sequence[Run]) -> list[str]:
    by_run = [{s.key: s for s in run.scored().scores} for run in runs]
    names = {s.key: f"{told(s.key)}, {s.unit}" for scores in by_run for s in scores.values()}
    return [
        f"\n## {dataset}: speed and memory\n",
        "With 95 % intervals; x is times a floor of the same run.\n",
        *_rows(runs, by_run, names),
    ]


def _rows(
    runs: Sequence[Run], by_run: Sequence[Mapping[str, Score]], names: Mapping[str, str]
) -> list[str]:
    heads = [f"{r.path.name} ({r.manifest.count:,})" for r in runs]
    lines = [f"| metric | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    for key, name in names.items():
        found = [scores.get(key) for scores in by_run]
        if any(s is not None and s.n for s in found):
            lines.append(f"| {name} | {' | '.join(_cell(s) for s in found)} |")
    return lines


def _cell(score: Score | None) -> str:
    if score is None or not score.n:
        return "–"
    value = shown(score.value, score.unit)
    low, high = shown(score.low, score.unit), shown(score.high, score.unit)
    return f"{value} [{low}, {high}]"


def _judges(dataset: str, run: Run) -> list[str]:
    scores = [s for s in run.scored().scores if s.n]
    judges = list(dict.fromkeys(s.judge for s in scores))
    metrics = list(dict.fromkeys(s.metric for s in scores))
    lines = [
        f"\n## {dataset}: judges against people ({run.manifest.count:,} claims)\n",
        f"| judge | {' | '.join(map(told, metrics))} |",
        f"|---|{'---|' * len(metrics)}",
    ]
    for judge in judges:
        cells = [
            _cell(next((s for s in scores if (s.judge, s.metric) == (judge, metric)), None))
            for metric in metrics
        ]
        lines.append(f"| {judge} | {' | '.join(cells)} |")
    return lines
