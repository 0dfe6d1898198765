"""`citeproof eval label`: a person reads sentence and cited text, and presses one of four keys."""

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.session import Session

if TYPE_CHECKING:
    from evals.labels import Label, Labelled, Pair

_KEYS = {"f": "full", "p": "partial", "n": "none", "u": "unclear"}


def label(
    session: Session,
    path: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    count: Annotated[int, typer.Option(min=1, help="How many citations to label.")] = 100,
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

    Keys: f full, p partial, n none, u cannot be told, q stop. Judge by sentence and text alone.
    Labels are kept in the run with their author; scoring it again uses them.
    """
    from evals.labels import read_labels, sample, unlabelled
    from evals.metrics.metric import Case
    from evals.runs import Run

    run = Run.open(path)
    answers = run.answers()
    cases = [Case(item, answers[item.id]) for item in run.items if item.id in answers]
    wanted = sample(cases, count, seed=seed)
    author = author or getpass.getuser()
    if sheet is not None:
        _write(sheet, wanted)
        session.tell(f"Written: {sheet}")
        return
    if read is not None:
        session.tell(f"{_read(path, read, author):,} labels taken.")
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("labelling needs a terminal: use --sheet and --read instead")
    left = unlabelled(wanted, read_labels(path), author)
    _ask(session, path, left, author)


def _ask(session: Session, path: Path, left: "list[Pair]", author: str) -> None:
    from evals.labels import Label, append_label

    for number, pair in enumerate(left, 1):
        session.out.rule(f"{number} of {len(left)}")
        session.out.print(f"Sentence: {_safe(pair.sentence.text)}\n")
        title = f"{_safe(pair.title)}\n" if pair.title else ""
        session.out.print(f"Text: {title}{_safe(pair.text)}\n")
        key = ""
        while key not in (*_KEYS, "q"):
            key = typer.prompt("full, partial, none, unclear or quit (f/p/n/u/q)").strip().lower()
        if key == "q":
            return
        append_label(path, _labelled(pair.key, Label(_KEYS[key]), author, ""))


def _write(sheet: Path, wanted: "list[Pair]") -> None:
    import json

    rows = [
        {
            "item": p.item,
            "sentence": p.position,
            "n": p.ref.n,
            "quote": p.ref.quote,
            "text_of_sentence": p.sentence.text,
            "title": p.title,
            "text": p.text,
            "label": "",
            "reason": "",
        }
        for p in wanted
    ]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    sheet.write_text("".join(lines), "utf-8")


def _read(path: Path, filled: Path, author: str) -> int:
    import json

    from evals.errors import RunError
    from evals.labels import Label, append_label

    count = 0
    for number, line in enumerate(filled.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            if not row["label"]:
                continue
            key = (row["item"], row["sentence"], row["n"], row["quote"])
            append_label(path, _labelled(key, Label(row["label"]), author, row.get("reason", "")))
        except (ValueError, KeyError, TypeError) as error:
            raise RunError(f"{filled}:{number} is no label: {error}") from error
        count += 1
    return count


def _labelled(
    key: tuple[str, int, int, str | None], value: "Label", author: str, reason: str
) -> "Labelled":
    from datetime import UTC, datetime

    from evals.labels import Labelled

    return Labelled(*key, value, author, reason, datetime.now(UTC).isoformat(timespec="seconds"))


def _safe(text: str) -> str:
    from corpus.text import one_line

    return one_line(text)
