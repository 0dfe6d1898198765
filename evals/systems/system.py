"""The seam of answering."""

from collections.abc import Mapping
from typing import Protocol

from evals.items import Answer, Item


class System(Protocol):
    """Answers items."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What answers: name, versions, models; part of the run's manifest."""
        ...

    def answer(self, item: Item) -> Answer:
        """Answer one item, in its own time.

        Raises:
            SystemUnavailable: it cannot answer anything now, so the run must stop.
        """
        ...
