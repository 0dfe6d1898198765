"""The commands of `citeproof eval`."""

import typer

from evals.cli import comparing, labelling, reporting, running
from rag.cli.session import command

evaluation = typer.Typer(
    help="Measure how accurate answers and their citations are, offline.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=(
        "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 wrong setting, "
        "5 unavailable, 6 the gate is closed, 130 interrupted."
    ),
)
for name, function in (
    ("run", running.run),
    ("score", running.score),
    ("report", reporting.report),
    ("compare", comparing.compare),
    ("repeats", comparing.repeats),
    ("gate", comparing.gate),
    ("label", labelling.label),
):
    evaluation.command(name)(command(function))
