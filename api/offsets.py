"""Offsets in the unit that the client counts in: code points, UTF-16 units or UTF-8 bytes."""

from collections.abc import Iterable
from typing import Literal

OffsetEncoding = Literal["codepoint", "utf16", "utf8"]


class OffsetInsideCharacter(ValueError):
    """An offset points between the units of one character, or outside the text."""

    def __init__(self, offset: int, encoding: OffsetEncoding) -> None:
        super().__init__(f"{offset} is not the {encoding} offset of a character of this text")
        self.offset = offset
        self.encoding = encoding


def encoded_offsets(text: str, offsets: Iterable[int], encoding: OffsetEncoding) -> dict[int, int]:
    """Return for each code point offset into `text` the same place counted in `encoding`.

    Raises:
        OffsetInsideCharacter: one lies outside the text.
    """
    found: dict[int, int] = {}
    before = units = 0
    for offset in sorted(set(offsets)):
        if not 0 <= offset <= len(text):
            raise OffsetInsideCharacter(offset, "codepoint")
        units += _length(text[before:offset], encoding)
        before = offset
        found[offset] = units
    return found


def code_point_offset(text: str, offset: int, encoding: OffsetEncoding) -> int:
    """Return the code point offset of a place counted in `encoding`.

    Raises:
        OffsetInsideCharacter: no character of the text begins or ends there.
    """
    if encoding == "codepoint":
        if not 0 <= offset <= len(text):
            raise OffsetInsideCharacter(offset, encoding)
        return offset
    codec, width = ("utf-16-le", 2) if encoding == "utf16" else ("utf-8", 1)
    data = text.encode(codec)
    if not 0 <= offset * width <= len(data):
        raise OffsetInsideCharacter(offset, encoding)
    try:
        return len(data[: offset * width].decode(codec))
    except UnicodeDecodeError:
        raise OffsetInsideCharacter(offset, encoding) from None


def _length(text: str, encoding: OffsetEncoding) -> int:
    if encoding == "codepoint" or text.isascii():
        return len(text)
    if encoding == "utf8":
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2
