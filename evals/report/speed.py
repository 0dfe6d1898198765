"""A bench in the report: distributions of times, figures beside each other, every measurement."""

from collections import defaultdict
from collections.abc import Mapping

from evals.bench.figures import CHARTS
from evals.report import plots
from evals.report.figures import told
from evals.runs import Run
from evals.scoring import Score, Scored


def speed_plots(run: Run, scored: Scored) -> list[str]:
    """Return what can be drawn of a bench; nothing of another run."""
    samples = run.samples()
    if not samples:
        return []
    stages = {item.id: item.topic for item in run.items}
    found = []
    for chart in CHARTS:
        measured = [s for s in samples.values() if stages.get(s.item) == chart.stage]
        series = {
            legend: [s.values[name] * 1000 for s in measured if name in s.values]
            for legend, name in chart.lines
        }
        found.append(plots.distributions(chart.title, series, across="ms"))
    by_unit: dict[str, list[Score]] = defaultdict(list)
    for score in scored.scores:
        by_unit[score.unit].append(score)
    for unit, scores in by_unit.items():
        title = "Times the floor of the same run" if unit == "x" else f"Figures in {unit}"
        found.append(plots.forest(title, scores, mark=1.0 if unit == "x" else None))
    return [plot for plot in found if plot]


def shown_values(values: Mapping[str, float]) -> str:
    """Return the numbers of a sample in one line."""
    return ", ".join(f"{told(name)} {value:.4g}" for name, value in values.items())
