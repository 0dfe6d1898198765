"""What the server needs of the layers below; `rag.assistant.Assistant` and `index.Index` fit."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from index.index import Index
from index.snapshot import Snapshot
from rag.events import Event
from rag.question import Question
from rag.verify.support import Verifier

Clock = Callable[[], float]
"""Returns the seconds since 1970."""


class Library(Protocol):
    """An index that is open for questions."""

    @property
    def path(self) -> Path:
        """Its folder."""
        ...

    def snapshot(self) -> Snapshot:
        """Return the published generation."""
        ...


@dataclass(frozen=True)
class Ingest:
    """How documents get into the index.

    `command` is the program that works on a job, see `citeproof ingest`; `writing` opens the
    index for a change that takes no time.
    """

    command: Sequence[str]
    writing: Callable[[], AbstractContextManager[Index]]


class Answering(Protocol):
    """Answers questions from one library."""

    @property
    def index(self) -> Library:
        """What is searched."""
        ...

    @property
    def verifier(self) -> Verifier:
        """What judges sentences."""
        ...

    @property
    def disclaimer(self) -> str:
        """The notice that goes with everything shown."""
        ...

    def stream(self, question: Question, *, today: date) -> Iterator[Event]:
        """Yield the steps of the answer; the last one carries the whole report."""
        ...


def day(now: float) -> date:
    """Return the day in UTC."""
    return datetime.fromtimestamp(now, UTC).date()
