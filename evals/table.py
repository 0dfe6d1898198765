"""Several runs in one table: the figures by which systems are compared."""

from collections.abc import Sequence
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
        answered = [r for r in asked if r.manifest.system["name"] != "claims"]
        judged = [r for r in asked if r.manifest.system["name"] == "claims"]
        if answered:
            parts += _answers(dataset, answered)
        for run in judged:
            parts += _judges(dataset, run)
    return "\n".join(parts) + "\n"


def _answers(dataset: str, runs: Sequence[Run]) -> list[str]:
    names = [f"{r.path.name} ({r.manifest.count:,})" for r in runs]
    by_run = [{s.key: s for s in run.scored().scores} for run in runs]
    keys = list(dict.fromkeys(key for scores in by_run for key in scores))
    order = [k for name in _SHOWN for k in keys if k == name or k.startswith(f"{name} (")]
    lines = [
        f"\n## {dataset}: answers\n",
        "Shares in percent, with 95 % intervals; in brackets behind a run its items.\n",
        f"| metric | {' | '.join(names)} |",
        f"|---|{'---|' * len(names)}",
    ]
    for key in order:
        found = [scores.get(key) for scores in by_run]
        if any(s is not None and s.n for s in found):
            lines.append(f"| {told(key)} | {' | '.join(_cell(s) for s in found)} |")
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
