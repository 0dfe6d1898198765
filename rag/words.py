"""The general word lists of words.toml, read once."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("rag") / "words.toml").read_text("utf-8"))


@cache
def words(group: str, name: str) -> frozenset[str]:
    """Return the words of one list.

    Raises:
        KeyError: there is no such list.
    """
    return frozenset(_lists()[group][name].split())


@cache
def ordered(group: str, name: str) -> tuple[str, ...]:
    """Return the words of one list in the order in which they are written."""
    return tuple(_lists()[group][name].split())


@cache
def phrases(group: str, name: str) -> tuple[str, ...]:
    """Return the phrases of one list, longest first; they are separated by bars or line ends."""
    text = _lists()[group][name].replace("\n", "|")
    return tuple(sorted((p.strip() for p in text.split("|") if p.strip()), key=len, reverse=True))
