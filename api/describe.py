"""How routes describe their responses in OpenAPI."""

from typing import Any

from pydantic import BaseModel

from api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]


def ref(name: str) -> dict[str, str]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def problems(
    model: type[BaseModel] | None,
    *,
    status: int | None = None,
    stream: bool = False,
    cached: bool = False,
    bundle: bool = False,
    openai: bool = False,
) -> Responses:
    """Return the responses of a route: its model, events where it streams, and its refusals.

    `status` is that of the model, 201 for a route that also streams, else 200.
    """
    found: Responses = {}
    if model is not None:
        found[status or (201 if stream and not openai else 200)] = {"model": model}
    if stream:
        events = {"text/event-stream": {"schema": ref("ChunkEvent" if openai else "StreamEvent")}}
        found.setdefault(200, {"description": "Server-sent events"})["content"] = events
    if bundle:
        content = {"application/json": {"schema": ref("ReportOrBundle")}}
        found[200] = {"description": "The bundle", "content": content}
    if cached:
        found[304] = {"description": "What the client has is still right"}
    if openai:
        refusal = {"application/json": {"schema": ref("OpenAIError")}}
    else:
        refusal = {MEDIA_TYPE: {"schema": ref("ProblemDocument")}}
    found["4XX"] = {"description": "Refused, with the reason", "content": refusal}
    found["5XX"] = {"description": "Not possible now, with the reason", "content": refusal}
    return found
