"""Writing what was asked for: to a file, or to stdout."""

import json
import sys
from pathlib import Path
from typing import Any

STDOUT = "-"


def write(target: str, text: str) -> None:
    """Write text to a file, or to stdout for "-".

    Raises:
        OSError: the file cannot be written.
    """
    if target == STDOUT:
        sys.stdout.write(text)
    else:
        Path(target).write_text(text, "utf-8")


def write_json(schema: str, data: dict[str, Any]) -> None:
    """Write an object to stdout, the name of its form first."""
    write(STDOUT, json.dumps({"schema": schema, **data}, ensure_ascii=False, indent=2) + "\n")
