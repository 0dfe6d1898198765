"""The word lists of words.toml, each read once."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((files("index.annotate") / "words.toml").read_text("utf-8"))


@cache
def words(*names: str) -> frozenset[str]:
    """Return the words of one list, or of several together.

    Raises:
        KeyError: there is no such list.
    """
    return frozenset(word for name in names for word in _lists()[name].split())


@cache
def phrases(name: str) -> tuple[str, ...]:
    """Return the entries of a list whose entries have spaces, longest first.

    They are divided by bars and line ends.

    Raises:
        KeyError: there is no such list.
    """
    entries = _lists()[name].strip().replace("\n", "|").split("|")
    return tuple(sorted((e for e in entries if e), key=len, reverse=True))


@cache
def table(name: str) -> dict[str, str]:
    """Return a list of `word=value` entries as a mapping.

    Raises:
        KeyError: there is no such list.
    """
    return dict(entry.split("=", 1) for entry in _lists()[name].split())


@cache
def lines(name: str) -> tuple[str, ...]:
    """Return the lines of a list whose lines are groups.

    Raises:
        KeyError: there is no such list.
    """
    return tuple(line for line in _lists()[name].splitlines() if line)
