"""What every command shares: its options, its streams, and how its errors end."""

import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.compose import InstalledModels, Models
from rag.cli.errors import Exit, explain_error, status_of

if TYPE_CHECKING:
    from rich.console import Console

    from rag.settings import Settings

_WIDTH = 100


@dataclass
class Session:
    """One run of the command line. Data goes to stdout, everything else to stderr."""

    models: Models = field(default_factory=InstalledModels)
    today: date = field(default_factory=date.today)
    launcher: tuple[str, ...] = (sys.executable, "-m", "rag")
    index: Path | None = None
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @cached_property
    def settings(self) -> "Settings":
        """The settings, those that an option gives before the environment's."""
        from rag.settings import load_settings

        return load_settings(**self.given)

    @property
    def given(self) -> dict[str, Any]:
        """The settings that options give."""
        return {"index": self.index}

    def program(self, *arguments: str) -> list[str]:
        """Return the command that runs this program anew, on the same index."""
        return [*self.launcher, *arguments, "--index", str(self.settings.index)]

    @cached_property
    def out(self) -> "Console":
        """The console of stdout: plain text of 100 columns where it is no terminal."""
        from rich.console import Console

        width = None if sys.stdout.isatty() else _WIDTH
        return Console(
            highlight=False, markup=False, emoji=False, width=width, no_color=self._no_color
        )

    @cached_property
    def err(self) -> "Console":
        """The console of stderr, silent with --quiet."""
        from rich.console import Console

        return Console(
            stderr=True,
            highlight=False,
            markup=False,
            emoji=False,
            quiet=self.quiet,
            no_color=self._no_color,
        )

    @property
    def _no_color(self) -> bool | None:
        """None leaves it to NO_COLOR."""
        return True if self.no_color else None

    def tell(self, message: str) -> None:
        """Write a message for a person to stderr, whole and unwrapped."""
        from corpus.text import one_line

        self.err.print(one_line(message), soft_wrap=True)


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function of a session and the command's own options.

    It gets the options that all commands share, and ends in the status that belongs to an error,
    said in a sentence; with --verbose the traceback comes first.
    """

    def run(
        context: typer.Context,
        index: Annotated[
            Path | None,
            typer.Option(metavar="FOLDER", help="Folder of the index (else CITEPROOF_INDEX)."),
        ] = None,
        quiet: Annotated[
            bool, typer.Option("--quiet", "-q", help="No progress and no messages.")
        ] = False,
        verbose: Annotated[
            bool, typer.Option("--verbose", "-v", help="Say more, with tracebacks.")
        ] = False,
        no_color: Annotated[
            bool, typer.Option("--no-color", help="No colours (also: NO_COLOR=1).")
        ] = False,
        **own: Any,
    ) -> None:
        session = context.ensure_object(Session)
        session.index, session.quiet = index, quiet
        session.verbose, session.no_color = verbose, no_color
        if verbose:
            import logging

            logging.basicConfig(level=logging.INFO, stream=sys.stderr)
        _guarded(session, lambda: function(session, **own))

    shared = [p for p in _parameters(run) if p.kind is not inspect.Parameter.VAR_KEYWORD]
    _describe(run, function, [shared[0], *_parameters(function)[1:], *shared[1:]])
    return run


def _guarded(session: Session, work: Callable[[], None]) -> None:
    try:
        work()
        sys.stdout.flush()
    except (typer.Exit, typer.BadParameter):
        raise
    except KeyboardInterrupt:
        print(
            "citeproof: interrupted; what was stored is kept, and the same command goes on there",
            file=sys.stderr,
        )
        raise typer.Exit(Exit.INTERRUPTED) from None
    except BrokenPipeError:
        # Whoever read stdout has read enough; nothing more may be flushed into it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(Exit.OK) from None
    except Exception as error:  # the border of the process
        if session.verbose:
            import traceback

            traceback.print_exc()
        print(f"citeproof: {explain_error(error)}", file=sys.stderr)
        raise typer.Exit(status_of(error)) from None


def _parameters(function: Callable[..., None]) -> list[inspect.Parameter]:
    return [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        else p
        for p in inspect.signature(function, eval_str=True).parameters.values()
    ]


def _describe(
    run: Callable[..., None], function: Callable[..., None], parameters: list[inspect.Parameter]
) -> None:
    """Give a function the name, documentation and signature from which its options are made."""
    run.__name__, run.__doc__ = function.__name__, function.__doc__
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
