"""Every figure of a bench, by the stage that is measured for it, and what is drawn of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.bench import annotation, cold, embedding, ingest, syncing, warm
from evals.items import Sample
from evals.metrics.metric import Metric


def figures() -> Mapping[str, Sequence[Metric[Sample]]]:
    """Return the figures by stage."""
    return {
        syncing.NAME: syncing.figures(),
        cold.NAME: cold.figures(),
        **{name: warm.figures(name) for name in (warm.NAME, warm.ADDED)},
        embedding.NAME: embedding.figures(),
        ingest.NAME: ingest.figures(),
        annotation.NAME: annotation.figures(),
    }


@dataclass(frozen=True, slots=True)
class Chart:
    """Times whose distributions are drawn together: a legend and a number of the samples each."""

    title: str
    stage: str
    lines: tuple[tuple[str, str], ...]


CHARTS = tuple(
    Chart(title, stage, tuple((step.replace("_", " "), step) for step in warm.STEPS))
    for title, stage in (
        ("Time to a report of a warm process", warm.NAME),
        ("The same with documents added", warm.ADDED),
    )
)
