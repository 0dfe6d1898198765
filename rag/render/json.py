"""The report as JSON, `citeproof/report@1`, written and read."""

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from corpus.dates import PartialDate
from rag.report import SCHEMA, Report

if TYPE_CHECKING:
    from pydantic import TypeAdapter

MAX_CHARACTERS = 64 * 2**20


class ReportFormatError(ValueError):
    """A text is no report (or bundle) that can be read; the message names the field and the fault.

    `field` is the path to it, as in `sections.0.statements.2.score`, or "".
    """

    def __init__(self, reason: str, field: str = "") -> None:
        place = f"{field}: " if field else ""
        super().__init__(f"this is no report that can be read: {place}{reason}")
        self.field = field
        self.reason = reason


def to_data(report: Report) -> dict[str, Any]:
    """Return the report as plain data, `schema` first; sources that are not cited have no `n`."""
    data: dict[str, Any] = _adapter().dump_python(report, mode="json")
    for card in data["consulted"]:
        del card["n"]
    return {"schema": data.pop("schema"), **data}


def to_json(report: Report) -> str:
    """Return the report as indented JSON; equal reports give equal text."""
    return json.dumps(to_data(report), ensure_ascii=False, indent=2) + "\n"


def from_json(text: str) -> Report:
    """Return the report that `to_json` wrote.

    Raises:
        ReportFormatError: the text is no JSON, too large, or no such report.
    """
    return from_data(parse(text))


def from_data(data: object) -> Report:
    """Return the report that plain data describes; unknown fields are passed over.

    No value is converted: a number in quotation marks is no number.

    Raises:
        ReportFormatError: a field is missing, of another type or form, or the schema is another.
    """
    from pydantic import ValidationError

    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ReportFormatError(f"its schema is not {SCHEMA}", "schema")
    try:
        # Only in JSON does the strict mode know lists as tuples and strings as members of enums.
        report = _adapter().validate_json(json.dumps(_with_numbers(data)), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ReportFormatError(first["msg"], ".".join(map(str, first["loc"]))) from error
    _require_dates(report)
    return report


def parse(text: str, *, limit: int = MAX_CHARACTERS) -> object:
    """Return the data of a JSON text in which no name stands twice in an object.

    Raises:
        ReportFormatError: it is no such JSON, or longer than `limit` characters.
    """
    if len(text) > limit:
        raise ReportFormatError(f"it has {len(text):,} characters, more than {limit:,}")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except ReportFormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise ReportFormatError(f"it is no JSON ({error})") from error


@cache
def _adapter() -> "TypeAdapter[Report]":
    from pydantic import TypeAdapter

    return TypeAdapter(Report)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ReportFormatError("the name stands twice in one object", twice)
    return dict(pairs)


def _constant(name: str) -> float:
    raise ReportFormatError(f"{name} is no JSON number")


def _with_numbers(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with `n`, which only cited sources have in JSON, for the others as well."""
    consulted = data.get("consulted")
    if not isinstance(consulted, list):
        return data
    cards = [{**card, "n": None} if isinstance(card, dict) else card for card in consulted]
    return {**data, "consulted": cards}


def _require_dates(report: Report) -> None:
    _require("checked_on", report.checked_on, date.fromisoformat)
    for field, value in (
        ("as_of", report.as_of),
        ("corpus.latest_published", report.corpus.latest_published),
        *(
            (f"{group}.{i}.{name}", getattr(card, name))
            for group, cards in (("sources", report.sources), ("consulted", report.consulted))
            for i, card in enumerate(cards)
            for name in ("published", "fetched")
        ),
    ):
        if value is not None:
            _require(field, value, PartialDate.parse)
    for i, card in enumerate(report.sources):
        if card.n is None or card.n < 1:
            raise ReportFormatError("a cited source has a number from 1", f"sources.{i}.n")


def _require(field: str, value: str, parse: Callable[[str], object]) -> None:
    try:
        parse(value)
    except ValueError as error:
        raise ReportFormatError(str(error), field) from error
