"""Measuring every stage of a bench, once, whatever interrupts it."""

import math
import subprocess
from collections.abc import Callable, Sequence

from evals.bench.stage import Measure, Stage
from evals.items import Item, Sample
from evals.runs import Run


def measure_all(
    run: Run, stages: Sequence[Stage], *, told: Callable[[Item], None] | None = None
) -> None:
    """Measure what is not measured yet, and store each sample before the next is taken.

    A measurement that failed is a sample with an error, which is not tried again. A stage of
    which nothing is left is not even made ready.
    """
    run.mend()
    known = run.samples()
    for stage in stages:
        left = [item for item in stage.items if item.id not in known]
        if not left:
            continue
        with stage.ready() as measure:
            for item in left:
                if told is not None:
                    told(item)
                run.append(_sample(measure, item))


def _sample(measure: Measure, item: Item) -> Sample:
    try:
        values = dict(measure(item))
    except subprocess.CalledProcessError as error:
        return Sample(item.id, error=f"exit status {error.returncode}: {error.cmd}"[:300])
    except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as error:
        return Sample(item.id, error=f"{type(error).__name__}: {error}"[:300])
    if wrong := [name for name, value in values.items() if not math.isfinite(value)]:
        return Sample(item.id, error=f"not a number: {', '.join(wrong)}")
    return Sample(item.id, values)
