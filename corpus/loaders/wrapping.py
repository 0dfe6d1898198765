"""Undoing hard line ends: the lines of a paragraph become one again."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

_WIDTHS = range(45, 161)
_FULL_SHARE = 0.5
_ITEM = re.compile(r"[-–—*+•▪‣●◦■·]\s|\(?(?:\d{1,3}|[A-Za-z]|[ivxlc]{2,5})[.)]\s")
_STOP = re.compile(r"[.!?…。！？][\"'”’»)\]]*\Z")
_COMPOUND = re.compile(r"\w+-\w+")
_BROKEN_WORD = re.compile(r"(\w*[^\W\d_])-\Z")
_FIRST_WORD = re.compile(r"[^\W\d_]\w*")


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """A text with one line for each paragraph; `starts[i]` is where the given line i begins in it.

    An empty line begins where the text before it ends.
    """

    text: str
    starts: tuple[int, ...]


def unwrap(lines: Sequence[str], *, slack: float = 1.0) -> Unwrapped:
    """Join each line to the next one of its paragraph; an empty line ends a paragraph.

    A line goes on where it is full, that is, the next line's first word would not have fitted
    within `slack` times the usual width, and before a lower-case letter. A word broken by a hyphen
    is made whole, unless the text has it with its hyphen elsewhere. A line that is not full and
    ends with a stop ends its paragraph. Where most lines are not full, or their usual width is not
    that of prose (45 to 160 characters), every line stays a line.

    `lines` are normalised and without outer white space; so is the text returned.
    """
    width = _usual_width(lines) * slack
    wrapped = _usual_width(lines) in _WIDTHS and _full_share(lines, width) >= _FULL_SHARE
    compounds = {word.lower() for line in lines for word in _COMPOUND.findall(line)}
    parts: list[str] = []
    starts: list[int] = []
    length, previous, gap = 0, "", ""
    for line in lines:
        if not line:
            starts.append(length)
            gap = "\n\n" if parts else ""
            continue
        if previous and not gap:
            gap = _gap(previous, line, width, compounds) if wrapped else "\n"
        if gap == _BROKEN:
            parts[-1], length, gap = parts[-1][:-1], length - 1, ""
        parts += [gap, line]
        starts.append(length + len(gap))
        length, previous, gap = length + len(gap) + len(line), line, ""
    return Unwrapped("".join(parts), tuple(starts))


_BROKEN = "-"


def _gap(line: str, following: str, width: float, compounds: Set[str]) -> str:
    """Return what stands between two lines of a wrapped text in place of the line end."""
    if _ITEM.match(following):
        return "\n"
    first = _FIRST_WORD.match(following)
    broken = _BROKEN_WORD.search(line)
    if broken and first and first[0][0].islower():
        compound = f"{broken[1]}-{first[0]}".lower()
        return "" if compound in compounds else _BROKEN
    if _is_full(line, following, width) or following[0].islower():
        return " "
    return "\n\n" if _STOP.search(line) else "\n"


def _is_full(line: str, following: str, width: float) -> bool:
    return len(line) + 1 + len(following.split(maxsplit=1)[0]) > width


def _full_share(lines: Sequence[str], width: float) -> float:
    """Return the share of full lines among those with a line below."""
    pairs = [(line, following) for line, following in pairwise(lines) if line and following]
    return sum(_is_full(*pair, width) for pair in pairs) / max(1, len(pairs))


def _usual_width(lines: Sequence[str]) -> int:
    """Return the length that nine lines in ten do not pass."""
    lengths = sorted(map(len, filter(None, lines)))
    return lengths[min(len(lengths) - 1, len(lengths) * 9 // 10)] if lengths else 0
