"""`citeproof eval label`: a person reads sentence and cited text, and presses one of four keys."""

import getpass
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import Session

if TYPE_CHECKING:
    from evals.labels import Unlabelled

_KEYS = {"f": "full", "p": "partial", "n": "none", "u": "unclear"}


def label(
    session: Session,
    paths: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Folders of runs; several are mixed.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many citations to label, of each.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random choice.")] = 0,
    author: Annotated[str | None, typer.Option(help="Whose labels these are.")] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the citations as JSON Lines, to label elsewhere."),
    ] = None,
    read: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take labels from such a file, with `label` filled in."),
    ] = None,
) -> None:
    """Label citations: does the cited text support all of the sentence, part of it, or nothing?

    Keys: f full, p partial, n none, u cannot be told, q stop. Judge by sentence and text alone:
    of several runs the citations are mixed, and nothing tells which system wrote them. Labels are
    kept in the runs with their author; scoring again uses them.
    """
    from evals.labels import Unlabelled, mixed, read_labels
    from evals.runs import Run

    runs = [Run.open(path) for path in paths]
    author = author or getpass.getuser()
    wanted = mixed(runs, count, seed=seed)
    if sheet is not None:
        rows = [json.dumps(pair.row, ensure_ascii=False) + "\n" for pair in wanted]
        sheet.write_text("".join(rows), "utf-8")
        session.tell(f"Written: {sheet}, {len(rows):,} citations")
        return
    if read is not None:
        session.tell(f"{_read(wanted, read, author):,} labels taken.")
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("labelling needs a terminal: use --sheet and --read instead")
    done = {run.path: {x.pair for x in read_labels(run.path) if x.author == author} for run in runs}
    left: list[Unlabelled] = [p for p in wanted if p.pair.key not in done[p.run]]
    _ask(session, left, author)


def _ask(session: Session, left: "list[Unlabelled]", author: str) -> None:
    for number, wanted in enumerate(left, 1):
        pair = wanted.pair
        session.out.rule(f"{number} of {len(left)}")
        session.out.print(f"Sentence: {_safe(pair.sentence.text)}\n")
        title = f"{_safe(pair.title)}\n" if pair.title else ""
        session.out.print(f"Text: {title}{_safe(pair.text)}\n")
        key = ""
        while key not in (*_KEYS, "q"):
            key = typer.prompt("full, partial, none, unclear or quit (f/p/n/u/q)").strip().lower()
        if key == "q":
            return
        _store(wanted, _KEYS[key], author, "")


def _read(wanted: "list[Unlabelled]", filled: Path, author: str) -> int:
    from evals.errors import RunError

    known = {pair.id: pair for pair in wanted}
    count = 0
    for number, line in enumerate(filled.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            if not row["label"]:
                continue
            _store(known[row["id"]], row["label"], author, row.get("reason", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(
                f"{filled}:{number} is no label of these runs with this count and seed: {error!r}"
            ) from error
        count += 1
    return count


def _store(wanted: "Unlabelled", label: str, author: str, reason: str) -> None:
    from datetime import UTC, datetime

    from evals.labels import Label, Labelled, append_label

    now = datetime.now(UTC).isoformat(timespec="seconds")
    append_label(wanted.run, Labelled(*wanted.pair.key, Label(label), author, reason, now))


def _safe(text: str) -> str:
    from corpus.text import one_line

    return one_line(text)
