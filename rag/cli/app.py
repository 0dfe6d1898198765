"""The commands of `citeproof`."""

from collections.abc import Callable
from typing import Annotated

import typer

from evals.cli.app import evaluation
from rag.cli import (
    asking,
    checking,
    doctoring,
    explaining,
    indexing,
    ingesting,
    keys,
    serving,
    syncing,
)
from rag.cli.output import STDOUT, write, write_json
from rag.cli.session import Session, command

EPILOG = (
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 wrong setting, 5 unavailable, "
    "6 refused or not verified, 130 interrupted."
)

app = typer.Typer(
    name="citeproof",
    help="Answer questions from your documents, and prove every citation.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
index = typer.Typer(
    help="Look after the index.", no_args_is_help=True, epilog=EPILOG, rich_markup_mode=None
)

key = typer.Typer(
    help="Make and end the keys of the server.",
    no_args_is_help=True,
    epilog=EPILOG,
    rich_markup_mode=None,
)


def version(
    _: Session,
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON to stdout.")] = False,
) -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    found = installed("citeproof")
    if as_json:
        write_json("citeproof/version@1", {"version": found})
    else:
        write(STDOUT, f"citeproof {found}\n")


for function in (
    syncing.sync,
    asking.ask,
    checking.source,
    checking.verify,
    explaining.explain,
    serving.serve,
    doctoring.doctor,
    version,
):
    app.command(function.__name__, epilog=EPILOG)(command(function))
app.command("ingest", hidden=True)(command(ingesting.ingest))
_GROUPS: tuple[tuple[typer.Typer, str, Callable[..., None]], ...] = (
    (index, "list", indexing.list_documents),
    (index, "check", indexing.check),
    (key, "create", keys.create),
    (key, "list", keys.list_keys),
    (key, "revoke", keys.revoke),
    (key, "rotate", keys.rotate),
)
for group, name, action in _GROUPS:
    group.command(name, epilog=EPILOG)(command(action))
app.add_typer(index, name="index")
app.add_typer(key, name="keys")
app.add_typer(evaluation, name="eval")
