"""Scores as tables: Markdown for people, CSV for spreadsheets."""

import csv
import io

from evals.comparing import compare_runs
from evals.report.figures import (
    FITTED_HERE,
    measured,
    reconciled,
    shown,
    span,
    told,
    unit,
)
from evals.runs import Run


def to_markdown(run: Run, baseline: Run | None = None) -> str:
    """Return the scores as Markdown, with differences where a baseline is given.

    Raises:
        RunError, NotComparable: a run was not scored, or they are of different data.
    """
    manifest, scored = run.manifest, run.scored()
    system = ", ".join(f"{k} {v}" for k, v in manifest.system.items())
    lines = [
        f"# {manifest.dataset}: {manifest.system.get('name', '')}",
        "",
        f"{manifest.count:,} items, {len(run.faults):,} unreadable rows; data "
        f"{manifest.digest[:12]}, seed {manifest.seed}; {system}.",
        "",
        reconciled(run),
        "",
        "| metric | judge | value | 95 % interval | scored | unscorable | errors | about |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with_value, without = measured(scored.scores)
    lines += [
        f"| {told(s.metric)} | {s.judge or ''} | {shown(s.value, s.unit)} {unit(s)} | {span(s)} "
        f"| {s.n:,} | {s.unscorable:,} | {s.errors:,} | {s.about} |"
        for s in with_value
    ]
    if without:
        lines += ["", f"Not measured here: {', '.join(told(s.metric) for s in without)}."]
    for judge in run.judges():
        for a in judge["agreement"]:
            lines += [
                "",
                f"{judge['name']} against people on {a['data']} ({a['n']:,} claims, none fitted "
                f"on): AUROC {a['auroc']:.3f}, balanced accuracy {a['balanced_accuracy']:.3f}, "
                f"alpha {a['alpha']:.3f}.",
            ]
        if judge.get("fitted_here"):
            lines += ["", f"{judge['name']} {FITTED_HERE}."]
        if not judge["agreement"]:
            lines += ["", f"{judge['name']}: no agreement with people on record."]
        if found := judge.get("labels"):
            lines += [
                "",
                f"{judge['name']} against the labels of this run: {found['pairs']} citations, "
                f"same {found['same']}, alpha {found['alpha']}.",
            ]
    if baseline is not None:
        lines += _differences(baseline, run)
    return "\n".join(lines) + "\n"


def _differences(baseline: Run, run: Run) -> list[str]:
    found = compare_runs(baseline, run)
    lines = [
        "",
        f"Against {baseline.path.name}:",
        "",
        "| metric | judge | before | after | difference | 95 % interval | p | detectable |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for c in found.changes:
        if c.difference is None:
            continue
        d = c.difference
        lines.append(
            f"| {told(c.metric)} | {c.judge or ''} | {c.before:.3f} | {c.after:.3f} | "
            f"{d.value:+.3f} | {d.low:+.3f} – {d.high:+.3f} | {d.p:.3f} | {d.detectable:.3f} |"
        )
    return lines


def to_csv(run: Run) -> str:
    """Return the scores as CSV with a head line.

    Raises:
        RunError: the run was not scored.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["metric", "judge", "value", "low", "high", "n", "unscorable", "errors", "unit"]
    )
    for s in run.scored().scores:
        writer.writerow(
            [s.metric, s.judge, s.value, s.low, s.high, s.n, s.unscorable, s.errors, s.unit]
        )
    return out.getvalue()
