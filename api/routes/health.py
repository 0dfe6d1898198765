"""Whether the process lives, whether it can answer, what it is, and what its errors mean."""

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from api.describe import Responses
from api.problems import errors_page
from api.responses import cacheable, json_response
from api.services import Parts
from index.errors import IndexFault
from rag.report import SCHEMA

router = APIRouter(tags=["health"])

_NOT_READY: Responses = {503: {"description": "Not able to answer now"}}


class Markdown(PlainTextResponse):
    """Text in Markdown."""

    media_type = "text/markdown"


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """Whether questions can be answered; `generation` is that of the index."""

    status: Literal["ready", "draining", "index_unavailable"]
    generation: str | None


class Version(BaseModel):
    """What this server is."""

    version: str
    report_schema: str
    api: Literal["v1"]


@router.get("/livez", responses={200: {"model": Alive}})
async def livez() -> Response:
    """Say that the process answers."""
    return json_response({"status": "ok"})


@router.get("/healthz", responses={200: {"model": Ready}, **_NOT_READY})
@router.get("/readyz", responses={200: {"model": Ready}, **_NOT_READY})
def readyz(parts: Parts) -> Response:
    """Say whether questions can be answered: the index opens and the server is not stopping."""
    if parts.runs.draining:
        return json_response({"status": "draining", "generation": None}, status=503)
    try:
        with parts.assistant.index.snapshot() as snapshot:
            generation = snapshot.stats.generation
    except IndexFault:
        return json_response({"status": "index_unavailable", "generation": None}, status=503)
    return json_response({"status": "ready", "generation": generation})


@router.get("/version", responses={200: {"model": Version}})
async def show_version() -> Response:
    """Say which release this is."""
    return json_response({"version": version("citeproof"), "report_schema": SCHEMA, "api": "v1"})


@router.get(
    "/errors",
    response_class=Markdown,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def errors() -> Response:
    """Describe every error code, in Markdown."""
    return Markdown(errors_page())


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    return cacheable(request, request.app.openapi())
