"""The work on one job, in a process of its own: read its files in the sandbox, index them, tell."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api.sandbox import Sandbox
from api.uploads import Shelf
from corpus.loading import LoadError
from index.annotations import Annotator
from index.index import Index
from index.progress import PUBLISHING

READING = "reading files"

Tell = Callable[[dict[str, Any]], None]


class Telling:
    """Progress of the index, told line by line; `publishing` is called before it publishes."""

    def __init__(self, tell: Tell, publishing: Callable[[], None]) -> None:
        self._tell = tell
        self._publishing = publishing

    def stage(self, name: str, total: int) -> None:
        """Tell of a stage."""
        if name == PUBLISHING:
            self._publishing()
        self._tell({"stage": name.lower(), "total": total})

    def advance(self, steps: int = 1) -> None:
        """Tell of steps."""
        self._tell({"advance": steps})


def read_files(
    sandbox: Sandbox, staged: Shelf, kept: Shelf, files: Sequence[tuple[str, str]], tell: Tell
) -> list[str]:
    """Read the files (our name, the owner's name) that are still staged; return the good ones.

    A file that was kept by a run before, which was cut off, is good.
    """
    tell({"isolation": sandbox.isolation})
    tell({"stage": READING, "total": len(files)})
    good = []
    for stored, name in files:
        if staged.holds(stored):
            try:
                loaded = sandbox.parse(staged.path(stored), name)
                if not loaded.documents:
                    first = loaded.problems[0]
                    raise LoadError(name, first.reason, first.advice)
            except LoadError as error:
                tell({"file": stored, "reason": error.reason, "advice": error.advice})
            else:
                staged.keep_reading(stored, loaded)
                good.append(stored)
        elif kept.holds(stored):
            good.append(stored)
        tell({"advance": 1})
    return good


def index_files(
    index: Index,
    annotator: Annotator | None,
    staged: Shelf,
    kept: Shelf,
    good: Sequence[str],
    tell: Tell,
    uninterrupted: Callable[[], None],
) -> None:
    """Keep the good files and index them; documents that were deleted come back if sent again.

    What is interrupted can be undone by `leave_out`. `uninterrupted` is called when it is too late
    for that: from then on nothing may interrupt.
    """
    for stored in good:
        staged.swap(stored, kept)
    keys = {stored: kept.keys(stored) for stored in good}

    def publishing() -> None:
        uninterrupted()
        staged.publish()

    summary = index.sync(
        [kept.folder],
        load=kept.load,
        restore=[key for found in keys.values() for key in found],
        annotator=annotator,
        progress=Telling(tell, publishing),
    )
    for problem in summary.problems:
        if problem.path in keys:
            tell({"file": problem.path, "reason": problem.reason, "advice": problem.advice})
    ids = index.ids(kept.folder)
    documents = {
        stored: [ids[key] for key in found if key in ids] for stored, found in keys.items()
    }
    told = asdict(summary)
    counts = ("generation", "added", "updated", "reindexed", "unchanged")
    tell({"documents": documents, "summary": {name: told[name] for name in counts}})


def leave_out(staged: Shelf, kept: Shelf, files: Sequence[str]) -> bool:
    """Let the kept files be what they were before these; False where they may be published."""
    if staged.published:
        return False
    kept.make()
    for stored in files:
        staged.put_back(stored, kept)
    return True


def collection_folder(state: Path, site: str) -> Path:
    """Return the folder of a site's documents."""
    return state / "documents" / site


def staging_folder(state: Path, job_id: str) -> Path:
    """Return the folder where a job's files wait."""
    return state / "jobs" / job_id
