"""`citeproof eval report`: a scored run as one HTML file, Markdown, CSV, JUnit and JSON."""

from pathlib import Path
from typing import Annotated

import typer

from rag.cli.output import write
from rag.cli.session import Session


def report(
    session: Session,
    path: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a scored run.")],
    baseline: Annotated[
        Path | None, typer.Option(metavar="RUN", help="Show differences to this run as well.")
    ] = None,
    bench: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Show the figures of this run of a bench as well."),
    ] = None,
    html: Annotated[str | None, typer.Option(metavar="FILE", help="Write HTML there.")] = None,
    markdown: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write Markdown; - for stdout.")
    ] = None,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write CSV; - for stdout.")
    ] = None,
    junit: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write JUnit XML; - for stdout.")
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write JSON; - for stdout.")
    ] = None,
) -> None:
    """Render a scored run; without options all renderings are written into the run's folder."""
    from evals.report import RENDERINGS, render, write_all
    from evals.runs import Run

    run = Run.open(path)
    before = Run.open(baseline) if baseline is not None else None
    speed = Run.open(bench) if bench is not None else None
    given = {"html": html, "md": markdown, "csv": csv, "junit.xml": junit, "json": json}
    assert given.keys() == set(RENDERINGS), "every rendering has an option"
    wanted = {kind: target for kind, target in given.items() if target is not None}
    if not wanted:
        write_all(run, before, speed)
        session.tell(f"Written: {path / 'report.html'}")
    for kind, target in wanted.items():
        write(target, render(kind, run, before, speed))
