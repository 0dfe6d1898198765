"""Nothing under /v1 is reached by anybody unknown, and nothing of a body is read before."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caller import Caller, Permission, caller_of, set_caller
from api.entry import Admission
from api.origins import (
    is_preflight,
)
from api.problems import Code, FieldFault, Problem
from api.responses import problem_response

GUARDED = "/v1"
_ADMITTED_AT_ONCE = 8

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Result = TypeVar("Result")
_NEEDS = "citeproof_needs"

Body = Literal["json", "bundle", "batch", "upload"]
_MEDIA_TYPES: dict[Body, str] = {
    "json": "application/json",
    "bundle": "application/json",
    "batch": "application/json",
    "upload": "multipart/form-data",
}


class Guard:
    """Finds out who is asking, before anything else is done with a request under /v1."""

    def __init__(self, app: ASGIApp, *, admission: Admission) -> None:
        self._app = app
        self._admission = admission
        # Threads of its own: routes that are slow must not keep others from being refused.
        self._threads = CapacityLimiter(_ADMITTED_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on with its caller."""
        if scope["type"] != "http" or not is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if is_preflight(scope["method"], headers):
            response = await self._in_thread(lambda: self._admission.preflight(headers))
            await response(scope, receive, send)
            return
        more: dict[str, str] = {"Vary": "Origin"}

        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in more.items():
                    out[name] = value
            await send(message)

        try:
            admitted = await self._in_thread(lambda: self._admission.admit(headers, scope))
            more |= admitted.headers
            if admitted.refusal is not None:
                raise admitted.refusal
        except Problem as problem:
            await problem_response(problem, scope)(scope, receive, marked)
            return
        set_caller(scope, admitted.caller)
        await self._app(scope, receive, marked)

    async def _in_thread(self, do: Callable[[], Result]) -> Result:
        return await to_thread.run_sync(do, limiter=self._threads)


def is_guarded(path: str) -> bool:
    """Say whether a path needs a caller."""
    return path == GUARDED or path.startswith(f"{GUARDED}/")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request to an endpoint must have: a permission, perhaps a secret key, a fit body."""

    permission: Permission
    secret: bool = False
    body: Body = "json"

    def check_caller(self, caller: Caller | None) -> None:
        """Return where the caller may do this.

        Raises:
            Problem: the caller is unknown, or may not.
        """
        if caller is None:
            raise Problem(Code.UNAUTHENTICATED)
        if self.permission not in caller.permissions or (self.secret and not caller.secret):
            kind = "a secret key" if self.secret else "a key"
            raise Problem(
                Code.INSUFFICIENT_SCOPE, f"This takes {kind} with the scope `{self.permission}`."
            )

    def limited(self, request: Request, most: int, seconds: float) -> Request:
        """Return the request with a body that can be read up to `most` bytes, in so many seconds.

        FastAPI's own `max_body_size` would answer in plain text where the length is declared.

        Raises:
            Problem: the body is declared to be longer, or of another media type.
        """
        too_large = Problem(
            Code.BODY_TOO_LARGE,
            f"A body of at most {most:,} bytes is read here.",
            headers={"Connection": "close"},
        )
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            raise too_large
        if declared not in ("", "0") or "transfer-encoding" in request.headers:
            media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if media_type != _MEDIA_TYPES[self.body]:
                raise Problem(
                    Code.UNSUPPORTED_MEDIA_TYPE,
                    f"The body must be `{_MEDIA_TYPES[self.body]}`.",
                )
        seen = 0
        until = time.monotonic() + seconds
        whole = False

        async def receive() -> Message:
            nonlocal seen, whole
            if whole:
                return await request.receive()
            try:
                async with asyncio.timeout(until - time.monotonic()):
                    message = await request.receive()
            except TimeoutError:
                raise Problem(Code.BODY_TIMEOUT, headers={"Connection": "close"}) from None
            whole = not message.get("more_body", False)
            seen += len(message.get("body", b""))
            if seen > most:
                raise too_large
            return message

        return Request(request.scope, receive)


def needs(
    permission: Permission, *, secret: bool = False, body: Body = "json"
) -> Callable[[Endpoint], Endpoint]:
    """Mark an endpoint with what it needs."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _NEEDS, Needs(permission, secret, body))
        return endpoint

    return mark


def needs_of(endpoint: Callable[..., Any]) -> Needs | None:
    """Return what an endpoint was marked with."""
    found: Needs | None = getattr(endpoint, _NEEDS, None)
    return found


class GuardedRoute(APIRoute):
    """A route that checks caller, parameters and declared body before any of the body is read.

    A parameter that nothing reads is refused: it would be a mistake that nobody sees. An endpoint
    without `needs` is a mistake found when the route is made.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the checks."""
        wanted = needs_of(self.endpoint)
        assert wanted is not None, f"{self.path} has no `needs`"
        handle = super().get_route_handler()
        known = {parameter.alias for parameter in self.dependant.query_params}

        async def guarded(request: Request) -> Response:
            wanted.check_caller(caller_of(request.scope))
            if unknown := [name for name in request.query_params if name not in known]:
                faults = [FieldFault(f"?{name}", "no such parameter") for name in unknown[:20]]
                raise Problem(Code.INVALID_REQUEST, errors=faults)
            services = request.app.state.services
            most = services.body_limit(wanted.body)
            return await handle(wanted.limited(request, most, services.settings.body_seconds))

        return guarded
