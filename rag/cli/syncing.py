"""`citeproof sync`: folders in, one progress bar, a summary of what was done and what was not."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.dates import PartialDate
from rag.cli.asking import partial_date
from rag.cli.errors import Exit
from rag.cli.output import write_json
from rag.cli.progress import progress_bar
from rag.cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress

    from index.sync import SyncSummary

_COUNTS = (
    ("added", "added"),
    ("updated", "updated"),
    ("reindexed", "indexed anew, content unchanged"),
    ("removed", "removed"),
    ("unchanged", "unchanged"),
    ("kept", "kept although the file has a problem"),
    ("skipped_by_date", "left out by date"),
    ("deleted", "deleted on request earlier"),
)


class Bar:
    """The one progress bar, told by the index what is going on.

    A first Ctrl-C ends the work after the step in hand, which is stored; a second one at once.
    """

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("Preparing", total=None)
        self.stopping = False

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""
        self._progress.reset(self._task, total=total, description=name)

    def advance(self, steps: int = 1) -> None:
        """Take note of `steps` more steps.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        self._progress.advance(self._task, steps)
        if self.stopping:
            raise KeyboardInterrupt

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the first Ctrl-C inside wait for the end of a step."""

        def stop(number: int, frame: FrameType | None) -> None:
            if self.stopping:
                signal.default_int_handler(number, frame)
            self.stopping = True
            self._progress.print("Stopping after this step; press Ctrl-C again to stop at once.")

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def sync(
    session: Session,
    folders: Annotated[list[Path], typer.Argument(help="Folders of documents.")],
    published_until: Annotated[
        PartialDate | None,
        typer.Option(
            parser=partial_date,
            metavar="DATE",
            help="Leave out what was published after YYYY, YYYY-MM or YYYY-MM-DD.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the summary as JSON to stdout.")
    ] = False,
) -> None:
    """Index folders: add, update and remove documents as their files are.

    Files that cannot be read are named with the reason, and everything else is indexed: then the
    exit status is 1. Ctrl-C keeps what is done; the same command goes on from there.
    """
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(2, "it is no folder of documents", str(folder))
    summary = _synchronise(session, folders, published_until)
    if as_json:
        write_json("citeproof/sync@1", _as_data(summary))
    else:
        _print(session, summary)
    if summary.problems:
        raise typer.Exit(Exit.FAILURE)


def _synchronise(
    session: Session, folders: list[Path], published_until: PartialDate | None
) -> "SyncSummary":
    from index.index import Index

    settings = session.settings
    if not (settings.index / "models").is_dir():
        session.tell("Preparing the embedder, once for each index.")
    with progress_bar(session) as progress:
        bar = Bar(progress)
        with bar.interruptible():
            embedder = session.models.for_ingest(settings)
            with Index.open(settings.index, embedder, writable=True) as index:
                return index.sync(
                    folders,
                    published_until=published_until,
                    annotator=session.models.annotator(settings),
                    progress=bar,
                )


def _as_data(summary: "SyncSummary") -> dict[str, object]:
    from dataclasses import asdict

    seconds = {stage: round(value, 3) for stage, value in summary.seconds.items()}
    return {**asdict(summary), "seconds": seconds}


def _print(session: Session, summary: "SyncSummary") -> None:
    from rich.table import Table
    from rich.text import Text

    from corpus.text import one_line

    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right")
    table.add_column()
    for name, words in _COUNTS:
        if count := getattr(summary, name):
            table.add_row(f"{count:,}", f"documents {words}" if count > 1 else f"document {words}")
    table.add_row(f"{summary.chunks:,}", f"passages in the index, {summary.sentences:,} sentences")
    session.out.print(table)
    seconds = sum(summary.seconds.values())
    session.out.print(f"Index {summary.generation} is ready after {seconds:.1f} s.")
    if not summary.problems:
        return
    count = len(summary.problems)
    session.out.print()
    session.out.print(f"{count:,} problem{'s' * (count > 1)}; everything else is indexed:")
    for problem in summary.problems:
        session.out.print(Text(f"· {one_line(str(problem))}"), soft_wrap=True)
