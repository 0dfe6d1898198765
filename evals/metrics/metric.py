"""The seam of measuring: a case in, a pair of numbers out, or the reason why there is none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, NamedTuple, TypeVar

from evals.items import Answer, Item
from evals.parsing import Parsed, parse
from evals.statistics.intervals import Statistic, ratio


class Unscorable(Exception):
    """This metric says nothing about this case; the message is the reason, counted by its words."""


class Value(NamedTuple):
    """What one case adds: with the statistic `ratio`, x of y; else a pair as the metric says."""

    x: float
    y: float = 1.0


@dataclass(frozen=True)
class Case:
    """An item and what was answered to it."""

    item: Item
    answer: Answer

    @cached_property
    def parsed(self) -> Parsed:
        """The answer's sentences and sources."""
        return parse(self.answer)

    @property
    def answered(self) -> bool:
        """Whether there is an answer at all: neither a refusal nor empty."""
        return not self.answer.refused and bool(self.parsed.sentences)

    def require_answer(self) -> None:
        """Raise where there is no sentence to look at.

        Raises:
            Unscorable: the system refused, or its answer is empty.
        """
        if self.answer.refused:
            raise Unscorable("refused")
        if not self.parsed.sentences:
            raise Unscorable("no sentence")

    def require_texts(self) -> None:
        """Raise where an answer cannot be judged: there is none, or a cited text is not there.

        A source that only has an address can be cited validly; whether it supports anything is
        unknown, not untrue.

        Raises:
            Unscorable: the system refused, its answer is empty, or a cited source has no text.
        """
        self.require_answer()
        refs = (ref for sentence in self.parsed.sentences for ref in sentence.refs)
        if any(not self.parsed.has_text(ref) for ref in refs if ref.n in self.parsed.sources):
            raise Unscorable("a cited text is not there")


C = TypeVar("C")


@dataclass(frozen=True)
class Metric(Generic[C]):
    """A metric of cases of one kind.

    `measure` may raise `Unscorable`, and `JudgeFailed` where it has a judge, whose name is `judge`.
    `unit` says how to print the value: a share of 1, seconds, words or tokens. `over` raises
    `Unscorable` where all cases together leave the value nothing to tell, whatever was answered.
    """

    name: str
    about: str
    measure: Callable[[C], Value]
    statistic: Statistic = ratio
    higher_is_better: bool = True
    judge: str | None = None
    unit: str = "share"
    over: Callable[[Sequence[C]], None] | None = None
