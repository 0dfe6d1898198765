"""Plain text, and what every text format needs: from bytes to characters."""

import codecs

from corpus.loaders.blocks import make_document
from corpus.loaders.files import File, Loaded
from corpus.loaders.wrapping import unwrap
from corpus.text import normalise

# UTF-32 comes first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3\0", "a database"),
)
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32), 127])
_MOST_CONTROLS = 0.01
_STRAY_CONTROLS = 2


def read(file: File) -> Loaded:
    """Return the text as one document; hard-wrapped paragraphs become one line each.

    Raises:
        LoadError: the content is binary, or there is no text.
    """
    lines = [line.strip() for line in normalise(decode(file)).split("\n")]
    return Loaded((make_document(file, unwrap(lines).text, {}),))


def decode(file: File) -> str:
    """Return the characters of a text file.

    By its byte order mark, else as UTF-8, else as Windows-1252, else as Latin-1. Text that is
    UTF-8 but for a few bytes has U+FFFD in their place.

    Raises:
        LoadError: the content is binary.
    """
    data = file.data
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if kind := _binary_kind(data):
        raise file.error(
            f"its content is binary ({kind}), not text",
            "give it the suffix of its real type, or leave it out",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(data)


def _binary_kind(data: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic) and (len(magic) > 2 or b"\0" in data):
            return f"it begins like {kind}"
    if b"\0" in data:
        return "it holds NUL bytes"
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > max(_STRAY_CONTROLS, _MOST_CONTROLS * len(data)):
        return "it holds control characters"
    return None


def _decode_legacy(data: bytes) -> str:
    patched = data.decode("utf-8", "replace")
    lost = patched.count("\ufffd")
    beyond_ascii = len(patched) - len(patched.encode("ascii", "ignore"))
    if beyond_ascii - lost > lost:
        return patched
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
