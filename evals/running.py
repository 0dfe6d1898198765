"""Asking a system every question of a data set, once, whatever interrupts it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from evals.items import Answer, Dataset, Item
from evals.runs import Run
from evals.systems.system import System


def select(
    dataset: Dataset, *, limit: int | None = None, seed: int = 0, topic: str | None = None
) -> Dataset:
    """Return the data set with the items and claims of a topic, and at most `limit` of each.

    A sample is drawn without replacement by the seed and stays in the data set's order: the
    same seed gives the same items whatever the system.
    """
    items = [i for i in dataset.items if topic is None or i.topic == topic]
    claims = [c for c in dataset.claims if topic is None or c.topic == topic]
    return replace(
        dataset,
        items=tuple(items[i] for i in _sample(len(items), limit, seed)),
        claims=tuple(claims[i] for i in _sample(len(claims), limit, seed)),
    )


def _sample(total: int, limit: int | None, seed: int) -> list[int]:
    if limit is None or limit >= total:
        return list(range(total))
    return sorted(np.random.default_rng(seed).permutation(total)[:limit].tolist())


def answer_all(run: Run, system: System, *, told: Callable[[int, int], None] | None = None) -> None:
    """Ask what is not answered yet, and store each answer before the next question.

    A system that fails on an item has answered with an error, which is not tried again.
    """
    run.mend()
    known = run.answers()
    items = run.items
    for done, item in enumerate(items, 1):
        if item.id not in known:
            run.append(_ask(system, item))
        if told is not None:
            told(done, len(items))


def _ask(system: System, item: Item) -> Answer:
    try:
        return system.answer(item)
    except (ArithmeticError, LookupError, TypeError, ValueError, AssertionError) as error:
        return Answer(item.id, "", error=f"{type(error).__name__}: {error}"[:300])
