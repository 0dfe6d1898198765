"""`citeproof ingest`: the process in which the server works on one job; not meant for people."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from rag.cli.session import Session


def ingest(
    session: Session,
    staged: Annotated[Path, typer.Argument(help="Folder of the job's files.")],
    kept: Annotated[Path, typer.Argument(help="Folder of the site's documents.")],
) -> None:
    """Read and index the files of stdin, [[our name, owner's name], ...]; tell in JSON lines."""
    from api.ingest import index_files, read_files
    from api.sandbox import Bounds, Sandbox
    from api.settings import load_api_settings
    from api.uploads import Shelf
    from index.index import Index

    def tell(message: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def uninterrupted() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    # Whatever was inherited: this process is interrupted when its job is cancelled.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings = session.settings
    limits = load_api_settings(settings.index)
    files = [(stored, name) for stored, name in json.load(sys.stdin)]
    waiting, home = Shelf(staged), Shelf(kept)
    for shelf in (waiting, home):
        shelf.make()
    with Sandbox(Bounds(limits.parse_seconds, limits.parse_bytes)) as sandbox:
        good = read_files(sandbox, waiting, home, files, tell)
    if good:
        embedder = session.models.for_ingest(settings)
        with Index.open(settings.index, embedder, writable=True) as index:
            annotator = session.models.annotator(settings)
            index_files(index, annotator, waiting, home, good, tell, uninterrupted)
