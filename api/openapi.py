"""The OpenAPI document: FastAPI's own, completed by what the routes cannot say."""

import json
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from api import chat_schemas, schemas
from api.describe import ref

_REF = "#/components/schemas/{model}"
DONE_ONCE = (
    "/v1/answers",
    "/v1/answers/{answer_id}/feedback",
    "/v1/chat/completions",
    "/v1/documents",
    "/v1/documents:batch",
)
_ANCHORED = ("Citation", "NearestPassage")


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application."""
    if app.openapi_schema is None:
        data = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            description=app.description,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        components = data["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            components.pop(unused, None)
        for name, schema in _more_schemas().items():
            components.setdefault(name, schema)
        for name in _ANCHORED:
            _anchor(components[name])
        _optional_number(components["SourceCard"])
        _secure(data)
        _add_headers(data)
        app.openapi_schema = data
    return app.openapi_schema


def _more_schemas() -> dict[str, Any]:
    """Return what no route's model mentions: problems, selectors, and the events of a stream."""
    models: list[type[BaseModel]] = [
        schemas.ProblemDocument,
        schemas.Selector,
        schemas.Locator,
        chat_schemas.OpenAIError,
        chat_schemas.Chunk,
    ]
    _, found = models_json_schema([(model, "serialization") for model in models], ref_template=_REF)
    more: dict[str, Any] = dict(found["$defs"])
    events = []
    for name, kind in schemas.EVENTS.items():
        schema = TypeAdapter(kind).json_schema(mode="serialization", ref_template=_REF)
        more.update(schema.pop("$defs", {}))
        title = schema["title"]
        more[title] = schema
        events.append(
            {
                "type": "object",
                "title": name,
                "properties": {
                    "event": {"const": name},
                    "id": {"type": "string", "pattern": "^[1-9][0-9]*$"},
                    "data": _json_text(title),
                },
                "required": ["event", "id", "data"],
            }
        )
    more["StreamEvent"] = {
        "oneOf": events,
        "description": "One of the server-sent events of a stream; its data is one JSON object in"
        " one line. Ids count from 1. The last event, and only the last, is `answer.completed` or"
        " `error`. Comments (`: ping`) keep the connection open.",
    }
    more["ChunkEvent"] = {
        "type": "object",
        "properties": {"data": _json_text("Chunk")},
        "required": ["data"],
        "description": "One of the server-sent events of a stream, without name or id; the data of"
        " the last one is `[DONE]`, or an OpenAIError.",
    }
    more["ReportOrBundle"] = {
        "type": "object",
        "description": "`citeproof/bundle@1`, `citeproof/report@1`, or an answer in code points.",
    }
    return more


def _json_text(title: str) -> dict[str, Any]:
    return {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": ref(title),
    }


def _anchor(schema: dict[str, Any]) -> None:
    schema["properties"]["selector"] = ref("Selector")
    schema["properties"]["locator"] = ref("Locator")
    schema["required"] = [*schema["required"], "selector", "locator"]


def _optional_number(schema: dict[str, Any]) -> None:
    """Only cited sources have a number."""
    schema["required"] = [name for name in schema["required"] if name != "n"]


def _secure(data: dict[str, Any]) -> None:
    data["components"]["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A secret key (`sk_...`), or a publishable one (`pk_...`) from a page"
            " of its origins. On loopback, a server without keys answers without one.",
        }
    }
    for path, operations in data["paths"].items():
        for operation in operations.values():
            operation["security"] = [{"key": []}] if path.startswith("/v1") else []
            operation["responses"].pop("422", None)


def _add_headers(data: dict[str, Any]) -> None:
    """Describe the headers that are read before a route is."""
    once = {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Of two requests with the same key and content one is done; the other gets"
        " what came of it, for a day.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    }
    match = {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The ETag of the version to be changed.",
        "schema": {"type": "string"},
    }
    for path in DONE_ONCE:
        data["paths"][path]["post"].setdefault("parameters", []).append(once)
    data["paths"]["/v1/documents/{document_id}"]["delete"]["parameters"].append(match)


def main() -> None:
    """Write the document of this release, as `openapi.json` has it."""
    from api.app import api_document

    print(as_text(api_document()))


def as_text(data: dict[str, Any]) -> str:
    """Return the document as JSON that is easily compared."""
    return json.dumps(data, indent=1, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    main()
