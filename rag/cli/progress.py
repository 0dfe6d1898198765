"""The bar that long work shows on stderr."""

import sys
from typing import TYPE_CHECKING

from rag.cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress


def progress_bar(session: Session) -> "Progress":
    """Return a bar to be opened; it is hidden where messages are, and where nobody looks."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=session.err,
        disable=session.quiet or not sys.stderr.isatty(),
        transient=True,
    )
