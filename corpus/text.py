"""The one form in which text is stored: what is kept, what is mapped and what is dropped.

| characters | become |
|---|---|
| CR LF, CR, NEL U+0085, VT, U+2028 | one line end `\\n` |
| FF, U+2029 | a blank line |
| tab, NBSP and every other space (category Zs), U+2800 | a space |
| C0 and C1 controls, DEL, noncharacters, U+FFF9 to U+FFFB | nothing |
| Unicode's Default_Ignorable_Code_Point: BOM, zero-width characters, U+2060, bidi controls, soft \
hyphen, variation selectors, tags U+E0000 to U+E0FFF, fillers, deprecated formats | nothing |
| ZWNJ and ZWJ between letters of Arabic, Indic and neighbouring scripts, ZWJ after a virama and \
between emoji | kept: they are spelling |
| lone surrogates | U+FFFD, which is kept as the mark of a lost character |

Then the text is composed (NFC), a run of spaces within a line becomes one (indentation stays),
trailing spaces go, at most one blank line stands between lines, and none at either end.
"""

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x85\u2028]")
_BLANK_LINES = re.compile("[\x0c\u2029]")
_SPACES = re.compile("[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_NONCHARACTERS = "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
_DROPPED = re.compile(
    "["
    "\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    f"{_NONCHARACTERS}]"
)
_JOINING = "\u0620-\u1c4f\ua840-\ua87f\ua8e0-\ua8ff"
_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_EMOJI = "\u2190-\u2bff\U0001f000-\U0001faff"
_JOINER = re.compile(
    f"((?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
    f"|(?<=[{_VIRAMA}])\u200d"
    f"|(?<=[{_EMOJI}])\u200d(?=[{_EMOJI}]))"
    "|[\u200c\u200d]"
)
_JOINERS = re.compile("[\u200c\u200d]")
_SPACE_RUN = re.compile(r"(?<=[^ \n]) {2,}")
_TRAILING = re.compile(r"(?<! ) ++(?=\n|\Z)")
_NEWLINE_RUN = re.compile(r"\n{3,}")


def normalise(text: str) -> str:
    """Return `text` in the stored form of the table above; normalising again changes nothing.

    Offsets of documents, chunks and sentences are code points of the returned text.
    """
    if not text.isascii():
        text = _SURROGATES.sub("\ufffd", text)
    text = _BLANK_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text))
    text = _DROPPED.sub("", _SPACES.sub(" ", text))
    text = _composed(text)
    text = _TRAILING.sub("", _SPACE_RUN.sub(" ", text))
    return _NEWLINE_RUN.sub("\n\n", text).strip("\n")


def _composed(text: str) -> str:
    """Compose the text and drop the joiners that are no spelling."""
    text = unicodedata.normalize("NFC", text)
    if not _JOINERS.search(text):
        return text
    text = unicodedata.normalize("NFC", _JOINER.sub(r"\1", text))
    if _JOINER.sub(r"\1", text) == text:
        return text
    # Without the dropped joiners, marks have changed places around a kept one: no real spelling.
    return unicodedata.normalize("NFC", _JOINERS.sub("", text))


def one_line(text: str) -> str:
    """Return the normalised text on one line, its words separated by single spaces."""
    return " ".join(normalise(text).split())
