"""Responses: JSON, with an ETag where it can be kept, and problems in the client's dialect."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from api.caller import request_id_of
from api.problems import MEDIA_TYPE, Code, Problem

OPENAI_PATHS = ("/v1/chat/", "/v1/models")


def json_response(
    data: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the data as JSON."""
    return Response(encode(data), status, dict(headers or {}), "application/json")


def cacheable(request: Request, data: Mapping[str, Any]) -> Response:
    """Return the data as JSON with an ETag, or 304 where the client has it already."""
    body = encode(data)
    tag = tag_of(data)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("if-none-match"), tag, weak=True):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")


def tag_of(data: Mapping[str, Any]) -> str:
    """Return the ETag of the data as `cacheable` sends it."""
    return etag(hashlib.sha256(encode(data)).hexdigest()[:32])


def encode(data: Mapping[str, Any]) -> bytes:
    """Return the data as compact JSON in UTF-8."""
    return to_json(data)


def etag(value: str) -> str:
    """Return a strong entity tag."""
    return f'"{value}"'


def matches(header: str | None, tag: str, *, weak: bool = False) -> bool:
    """Say whether a list of entity tags names `tag`; weak ones count only for reading."""
    if header is None:
        return False
    tags = [part.strip() for part in header.split(",")]
    if weak:
        tags = [part.removeprefix("W/") for part in tags]
    return "*" in tags or tag in tags


def require_match(request: Request, tag: str) -> None:
    """Return where the client has seen the version that it wants to change.

    Raises:
        Problem: it names none, or another.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise Problem(Code.PRECONDITION_REQUIRED)
    if not matches(header, tag):
        raise Problem(Code.PRECONDITION_FAILED, headers={"ETag": tag})


def problem_response(problem: Problem, scope: Scope) -> Response:
    """Return the problem as RFC 9457 has it, or on OpenAI's routes as their clients read it."""
    request_id = request_id_of(scope)
    path: str = scope["path"]
    if path.startswith(OPENAI_PATHS):
        data, media_type = problem.openai_data(request_id=request_id), "application/json"
    else:
        data, media_type = problem.data(instance=path, request_id=request_id), MEDIA_TYPE
    # Only ASCII: a path or a field's name may hold what no UTF-8 text can.
    body = json.dumps(data, ensure_ascii=True).encode()
    headers = {"Cache-Control": "no-store", **problem.all_headers()}
    return Response(body, problem.status_code, headers, media_type)


def bearer_token(headers: Headers) -> str | None:
    """Return the token of the header `Authorization: Bearer`, if there is one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
