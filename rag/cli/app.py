"""The commands of `citeproof`, their errors in words, and their exit statuses."""

import sys
from enum import IntEnum
from typing import Annotated

import typer

from rag.cli import asking, inspecting, syncing


class Exit(IntEnum):
    """What the exit status tells."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFIG = 4
    UNAVAILABLE = 5
    NOT_VERIFIED = 6
    INTERRUPTED = 130


app = typer.Typer(
    name="citeproof",
    help="Answers questions from your documents and proves every citation.",
    epilog="Exit status: 0 ok, 1 failure, 2 usage, 3 not found, 4 settings, 5 unavailable, "
    "6 refused or not verified, 130 interrupted.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    index: Annotated[
        str | None, typer.Option(help="Folder of the index (setting CITEPROOF_INDEX).")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show tracebacks.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress or messages.")] = False,
    no_color: Annotated[bool, typer.Option("--no-color", help="Plain text.")] = False,
) -> None:
    """Hold what every command shares."""
    import os

    if index is not None:
        os.environ["CITEPROOF_INDEX"] = index
    if no_color:
        os.environ["NO_COLOR"] = "1"
    if quiet:
        os.environ["CITEPROOF_CLI_QUIET"] = "1"
    del verbose


app.command("sync")(syncing.sync)
app.command("ask")(asking.ask)
app.command("source")(inspecting.source)
app.command("verify")(inspecting.verify)
app.command("explain")(inspecting.explain)
app.command("doctor")(inspecting.doctor)
app.command("version")(inspecting.version)


def run() -> None:
    """Run a command; what goes wrong is said in a sentence, with what to do about it."""
    try:
        app()
    except KeyboardInterrupt:
        _fail(
            "interrupted; what was stored is kept, and the same command goes on from there",
            Exit.INTERRUPTED,
        )
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.OK)
    except Exception as error:
        if "-v" in sys.argv or "--verbose" in sys.argv:
            raise
        _fail(_message(error), _status(error))


def _message(error: Exception) -> str:
    if type(error).__name__ == "ValidationError":
        first = error.errors()[0]  # type: ignore[attr-defined]
        name = "_".join(str(part) for part in first["loc"]).upper()
        return f"the setting CITEPROOF_{name}: {first['msg']}"
    return str(error) or type(error).__name__


def _status(error: Exception) -> Exit:
    by_name = {
        "IndexNotFound": Exit.NOT_FOUND,
        "DocumentNotFound": Exit.NOT_FOUND,
        "FileNotFoundError": Exit.NOT_FOUND,
        "ValidationError": Exit.CONFIG,
        "ModelRefused": Exit.CONFIG,
        "EmbedderMismatch": Exit.CONFIG,
        "IndexLocked": Exit.UNAVAILABLE,
        "StorageError": Exit.UNAVAILABLE,
        "QuestionError": Exit.USAGE,
        "ReportFormatError": Exit.USAGE,
    }
    return by_name.get(type(error).__name__, Exit.FAILURE)


def _fail(message: str, status: Exit) -> None:
    print(f"citeproof: {message}", file=sys.stderr)
    sys.exit(status)
