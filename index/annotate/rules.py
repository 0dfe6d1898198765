"""The word lists of words.toml, read once."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files("index.annotate") / "words.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """Return one list.

    Raises:
        KeyError: there is no such list.
    """
    return frozenset(_lists()[name].split())
