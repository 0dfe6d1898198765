"""`citeproof sync`: folders in, one progress bar, a summary of what was done and what was not."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from index.sync import SyncSummary


class Bar:
    """The one progress bar, told by the index what is going on."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("starting", total=None)

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""
        self._progress.reset(self._task, total=total, description=name)

    def advance(self, steps: int = 1) -> None:
        """Take note of `steps` more steps."""
        self._progress.advance(self._task, steps)


def sync(
    folders: Annotated[list[Path], typer.Argument(help="Folders of documents.")],
    published_until: Annotated[
        str | None,
        typer.Option(help="Leave out what was published after this date (YYYY[-MM[-DD]])."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as JSON on stdout.")] = False,
) -> None:
    """Index folders: add, update and remove documents as their files are.

    Files that cannot be read are named with the reason; everything else is indexed. Then the exit
    status is 1.
    """
    from corpus.dates import PartialDate
    from index.embedders.choice import find_model, for_ingest
    from index.index import Index
    from rag.cli.output import messages
    from rag.settings import Settings

    settings = Settings()
    until = PartialDate.parse(published_until) if published_until else None
    missing = next((f for f in folders if not f.is_dir()), None)
    if missing is not None:
        raise FileNotFoundError(f"{missing} is no folder: name a folder that holds documents")
    out = messages()
    first = not (settings.index / "models").is_dir()
    if first:
        out.print("Preparing the embedder (once for each index) ...")
    model = find_model(settings.embedder, allow_network=settings.allow_network)
    settings.index.mkdir(parents=True, exist_ok=True)
    index = Index.open(settings.index, for_ingest(model, settings.index), writable=True)
    try:
        summary = _run(index, folders, until, annotate=settings.annotate)
    finally:
        index.close()
    if as_json:
        _print_json(summary)
    else:
        _print(summary)
    if summary.problems:
        raise typer.Exit(1)


def _run(
    index: "Index",  # type: ignore[name-defined] # noqa: F821
    folders: list[Path],
    until: "PartialDate | None",  # type: ignore[name-defined] # noqa: F821
    *,
    annotate: bool,
) -> "SyncSummary":
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from rag.cli.output import messages, quiet

    annotator = None
    if annotate:
        from index.annotate.parser import SpacyAnnotator

        annotator = SpacyAnnotator()
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    hidden = quiet() or not sys.stderr.isatty()
    with Progress(*columns, console=messages(), disable=hidden, transient=True) as progress:
        return index.sync(  # type: ignore[no-any-return]
            folders, published_until=until, annotator=annotator, progress=Bar(progress)
        )


def _print(summary: "SyncSummary") -> None:
    from rag.cli.output import messages

    out = messages()
    counts = [
        (summary.added, "added"),
        (summary.updated, "updated"),
        (summary.reindexed, "indexed anew"),
        (summary.removed, "removed"),
        (summary.unchanged, "unchanged"),
        (summary.skipped_by_date, "left out by date"),
        (summary.deleted, "deleted earlier"),
    ]
    told = ", ".join(f"{n} {what}" for n, what in counts if n) or "nothing to do"
    seconds = sum(summary.seconds.values())
    out.print(
        f"Documents: {told}. Index {summary.generation}: {summary.chunks} chunks, "
        f"{summary.sentences} sentences; {seconds:.1f} s."
    )
    for problem in summary.problems:
        out.print(f"not indexed: {problem}")
    if summary.problems:
        out.print(f"{len(summary.problems)} problem(s); everything else is indexed.")


def _print_json(summary: "SyncSummary") -> None:
    import json
    from dataclasses import asdict

    data = asdict(summary)
    data["seconds"] = dict(summary.seconds)
    data["problems"] = [str(p) for p in summary.problems]
    print(json.dumps({"schema": "citeproof/sync@1", **data}, ensure_ascii=False, indent=2))
