"""`citeproof eval compare` and `gate`: two runs side by side, and whether one is good enough."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.errors import Exit
from rag.cli.output import STDOUT, write, write_json
from rag.cli.session import Session

if TYPE_CHECKING:
    from evals.comparing import Comparison

_SHOWN = 20


def compare(
    session: Session,
    before: Annotated[Path, typer.Argument(metavar="A", help="Folder of the run before.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Folder of the run after.")],
    force: Annotated[
        bool, typer.Option("--force", help="Compare although the data sets differ.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON to stdout.")] = False,
) -> None:
    """Compare two scored runs item by item; what got worse comes first."""
    from dataclasses import asdict

    from evals.comparing import compare_runs
    from evals.runs import Run

    del session
    found = compare_runs(Run.open(before), Run.open(after), force=force)
    if as_json:
        write_json("citeproof/comparison@1", asdict(found))
    else:
        write(STDOUT, _as_text(found))


def repeats(
    session: Session,
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs of the same items.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON to stdout.")] = False,
) -> None:
    """Tell how far repeated runs vary: between items, and within one item from run to run."""
    from dataclasses import asdict

    from evals.repeats import repeats as repeated
    from evals.runs import Run

    del session
    found = repeated([Run.open(path) for path in runs])
    if as_json:
        write_json("citeproof/repeats@1", {"metrics": [asdict(r) for r in found]})
        return
    for r in found:
        s, judge = r.spread, f" ({r.judge})" if r.judge else ""
        write(
            STDOUT,
            f"{r.metric}{judge}: {s.value:.3f} [{s.low:.3f}, {s.high:.3f}] over {s.items} items in "
            f"{s.runs} runs; variance between items {s.between:.4f}, within {s.within:.4f}\n",
        )


def gate(
    session: Session,
    path: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a scored run.")],
    rules: Annotated[Path, typer.Option(metavar="TOML", help="The file of margins.")],
    baseline: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The run that margins compare with.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON to stdout.")] = False,
) -> None:
    """Check a run against the margins of a file; the exit status is 6 where one is missed."""
    from evals.gating import gate as judge
    from evals.gating import read_rules
    from evals.runs import Run

    del session
    verdicts = judge(
        Run.open(path), read_rules(rules), Run.open(baseline) if baseline is not None else None
    )
    if as_json:
        rows = [
            {"rule": v.rule.model_dump(), "passed": v.passed, "reason": v.reason} for v in verdicts
        ]
        write_json("citeproof/gate@1", {"passed": all(v.passed for v in verdicts), "rules": rows})
    else:
        for v in verdicts:
            judge_name = f" ({v.rule.judge})" if v.rule.judge else ""
            word = "pass" if v.passed else "FAIL"
            write(STDOUT, f"{word}  {v.rule.metric}{judge_name}: {v.reason}\n")
    if not all(v.passed for v in verdicts):
        raise typer.Exit(Exit.NOT_VERIFIED)


def _as_text(found: "Comparison") -> str:
    lines = []
    for name in ("dataset", "digest", "items"):
        lines.append(f"{name}: {getattr(found.before, name)} -> {getattr(found.after, name)}")
    before, after = found.before.system, found.after.system
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, "none"), after.get(name, "none")
        lines.append(f"{name}: {was}" if was == now else f"{name}: {was} -> {now}")
    if found.missing or found.new:
        lines.append(f"{len(found.missing)} items only before, {len(found.new)} only after")
    lines.append("")
    for c in found.changes:
        if c.before is None and c.after is None:
            continue
        judge = f" ({c.judge})" if c.judge else ""
        values = " -> ".join("none" if v is None else f"{v:.3f}" for v in (c.before, c.after))
        word = {True: "worse ", False: "better", None: "      "}[c.worse]
        unit = "" if c.unit == "share" else f" {c.unit}"
        line = f"{word} {c.metric}{judge}: {values}{unit}"
        if c.difference:
            d = c.difference
            line += (
                f"; {d.value:+.3f} [{d.low:+.3f}, {d.high:+.3f}], p = {d.p:.3f}, n = {d.n}, "
                f"detectable {d.detectable:.3f}"
            )
        lines.append(line)
    worst = sorted(found.regressions, key=lambda r: -abs(r.before - r.after))[:_SHOWN]
    if worst:
        lines += ["", f"{len(found.regressions):,} items got worse, the most:"]
        for r in worst:
            judge = f" ({r.judge})" if r.judge else ""
            lines.append(f"  {r.item}: {r.metric}{judge} {r.before:.3f} -> {r.after:.3f}")
    return "\n".join(lines) + "\n"
