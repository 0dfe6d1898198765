"""Golden files: what a rendering looked like when a person last approved of it."""

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "data" / "golden"


def assert_golden(name: str, text: str) -> None:
    """Compare with the approved file; UPDATE_GOLDEN=1 writes it anew, to be read in the diff."""
    path = _FOLDER / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
