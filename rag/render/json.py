"""The report as JSON, `citeproof/report@1`, written and read."""

from functools import cache
from typing import TYPE_CHECKING, Any

from rag.report import SCHEMA, Report

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_MAX_BYTES = 64 * 2**20


class ReportFormatError(ValueError):
    """A file is no report that can be read; the message says where it goes wrong."""


@cache
def _adapter() -> "TypeAdapter[Report]":
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def to_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data, `schema` first."""
    data: dict[str, Any] = _adapter().dump_python(report, mode="json")
    for card in data["consulted"]:
        card.pop("n")
    return {"schema": data.pop("schema"), **data}


def to_json(report: Report) -> str:
    """Return the report as indented JSON with a newline at its end."""
    import json

    return json.dumps(to_data(report), ensure_ascii=False, indent=2) + "\n"


def from_data(data: object) -> Report:
    """Return the report that plain data describes; unknown fields are passed over.

    Raises:
        ReportFormatError: a field is missing or of another type, or the schema is another.
    """
    from pydantic import ValidationError

    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ReportFormatError(f"this is no {SCHEMA}: its field `schema` says otherwise")
    data = {**data, "consulted": [{"n": None, **c} for c in _cards(data)]}
    try:
        return _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ReportFormatError(f"the report's field {place!r}: {first['msg']}") from error


def _cards(data: dict[str, Any]) -> list[dict[str, Any]]:
    cards = data.get("consulted", [])
    if not isinstance(cards, list) or not all(isinstance(c, dict) for c in cards):
        raise ReportFormatError("the report's field 'consulted' is no list of sources")
    return cards


def from_json(text: str) -> Report:
    """Return the report that `to_json` wrote.

    Raises:
        ReportFormatError: the text is no JSON, too large, or no such report.
    """
    import json

    if len(text) > _MAX_BYTES:
        raise ReportFormatError("the report is larger than 64 MiB")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportFormatError(f"the report is no JSON: {error}") from error
    return from_data(data)
