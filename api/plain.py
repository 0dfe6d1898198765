"""Our frozen dataclasses as plain data."""

from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from rag.events import Event, SourcesFound


def event_data(event: Event) -> dict[str, Any]:
    """Return an event as plain data; sources that are not cited have no `n`, as in a report."""
    data: dict[str, Any] = _adapters()[event.name].dump_python(event, mode="json")
    if isinstance(event, SourcesFound):
        for card in data["sources"]:
            del card["n"]
    return data


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    return {kind.name: TypeAdapter(kind) for kind in get_args(Event)}
