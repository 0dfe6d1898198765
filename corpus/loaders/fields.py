"""The fields of a `Source` as files give them: declared by an author, or found in metadata."""

import re
from collections.abc import Mapping
from dataclasses import fields

from corpus.dates import PartialDate
from corpus.documents import Source
from corpus.text import one_line

MAX_FIELD = 1_000
_DATES = ("published", "fetched")
# The document's own name is written `id`; `key` is what it is called inside.
DECLARED = ("id", *(field.name for field in fields(Source) if field.name != "key"))
_URL = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")
_TIMESTAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ].*")


class FieldError(ValueError):
    """Fields of a document's head are unknown or wrong; the message lists them all."""


def parse_date(text: str) -> PartialDate:
    """Read a date of any precision; the time of a timestamp is left out.

    Raises:
        ValueError: the text is no such date.
    """
    return PartialDate.parse(_TIMESTAMP.sub(r"\1", text.strip()))


def declared_fields(raw: Mapping[str, object]) -> dict[str, str]:
    """Return the fields that an author wrote, checked, without those left empty.

    Values are texts; `id` and the dates may be whole numbers as well.

    Raises:
        FieldError: a key is unknown, or a value has the wrong type or form.
    """
    checked, wrong = {}, []
    for name, value in raw.items():
        try:
            if text := _checked(name, value):
                checked["key" if name == "id" else name] = text
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise FieldError("; ".join(wrong))
    return checked


def found_fields(raw: Mapping[str, str | None]) -> dict[str, str]:
    """Return those of the fields found in a file's metadata that are of the right form."""
    found = {}
    for name, value in raw.items():
        try:
            if text := _checked(name, value):
                found[name] = text
        except ValueError:
            continue
    return found


def _checked(name: str, value: object) -> str:
    """Return the value as one line of text; empty where there is none."""
    if name not in DECLARED:
        raise ValueError(f"{one_line(name)[:80]!r} is not a field (known: {', '.join(DECLARED)})")
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and name in {"id", *_DATES}:
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} must be a text, not {_KINDS.get(type(value), 'a number')}")
    text = one_line(value)
    if len(text) > MAX_FIELD:
        raise ValueError(f"{name!r} has {len(text):,} characters, more than {MAX_FIELD:,}")
    if text and name in _DATES:
        _as_named(name, text)
    if text and name == "url" and not _URL.fullmatch(text):
        raise ValueError(f"'url' must begin with http:// or https://, not be {text[:80]!r}")
    if text and name == "language" and not _LANGUAGE.fullmatch(text):
        raise ValueError(f"'language' must be a code such as en or es-VE, not {text[:80]!r}")
    return text


_KINDS: dict[type, str] = {list: "a list", dict: "a mapping", bool: "true or false"}


def _as_named(name: str, text: str) -> None:
    try:
        parse_date(text)
    except ValueError as error:
        raise ValueError(f"{name!r}: {error}") from None
