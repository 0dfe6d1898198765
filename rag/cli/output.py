"""Data to stdout, everything else to stderr; no colours where nobody looks."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console() -> "Console":
    """Return the console of stdout: plain text off a terminal or where NO_COLOR is set."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 100
    return Console(highlight=False, markup=False, soft_wrap=False, width=width)


def messages() -> "Console":
    """Return the console of stderr, silent with --quiet."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, quiet=quiet())


def quiet() -> bool:
    """Whether --quiet was given."""
    return "CITEPROOF_CLI_QUIET" in os.environ


def write(target: str, text: str) -> None:
    """Write text to a file, or to stdout for "-"."""
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        Path(target).write_text(text, "utf-8")
