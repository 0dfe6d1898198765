"""How values are written: shares as percentages, each with its interval and its denominator."""

from evals.runs import Run
from evals.scoring import Score

# Said of a judge's figures on claims that it knows.
FITTED_HERE = (
    "was fitted on claims of this data set, so its figures here say nothing of how it would do on "
    "others: see its record, of fits without them"
)


def shown(value: float | None, unit: str) -> str:
    """Return a value in its unit; a dash where there is none."""
    if value is None:
        return "–"
    match unit:
        case "share":
            return f"{100 * value:.1f}"
        case "s":
            return f"{value:.3f}"
        case "x":
            return f"{value:,.2f}"
        case _:
            return f"{value:,.1f}"


def span(score: Score) -> str:
    """Return the interval of a score, empty where there is none."""
    if score.low is None or score.high is None:
        return ""
    return f"{shown(score.low, score.unit)} – {shown(score.high, score.unit)}"


def unit(score: Score) -> str:
    """Return what the number counts."""
    return "%" if score.unit == "share" else score.unit


def told(name: str) -> str:
    """Return a metric's name as words."""
    return name.replace("_", " ")


def reconciled(run: Run) -> str:
    """Return how many things every metric counts, each once."""
    if run.samples():
        return "Every figure counts the items of its stage, each once."
    faults = len(run.faults)
    rows = f" and {faults:,} rows that could not be read" if faults else ""
    return f"Under every metric {run.manifest.count:,} items{rows} are counted, each once."


def measured(scores: tuple[Score, ...]) -> tuple[tuple[Score, ...], tuple[Score, ...]]:
    """Return the scores that have a value, and those of which no item could be scored.

    What code computes comes before what a judge's verdicts make.
    """
    ordered = sorted(scores, key=lambda s: s.judge is not None)
    return tuple(s for s in ordered if s.n), tuple(s for s in ordered if not s.n)
