"""Nothing under /v1 is reached by anybody unknown, and nothing of a body is read before."""

import ipaddress
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caller import LOCAL, Caller, Permission, caller_of, set_caller
from api.problems import Code, Problem
from api.responses import problem_response

GUARDED = "/v1"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_NEEDS = "citeproof_needs"

Body = Literal["json", "bundle", "upload"]
_MEDIA_TYPES: dict[Body, str] = {
    "json": "application/json",
    "bundle": "application/json",
    "upload": "multipart/form-data",
}


class Guard:
    """Finds out who is asking, before anything else is done with a request under /v1."""

    def __init__(self, app: ASGIApp, *, keyless: bool) -> None:
        self._app = app
        self._keyless = keyless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request or pass it on with its caller."""
        if scope["type"] != "http" or not is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            set_caller(scope, await self._caller(scope))
        except Problem as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller:
        if not self._keyless:
            raise Problem(Code.UNAUTHENTICATED)
        require_own_machine(Headers(scope=scope))
        return LOCAL


def is_guarded(path: str) -> bool:
    """Say whether a path needs a caller."""
    return path == GUARDED or path.startswith(f"{GUARDED}/")


def require_own_machine(headers: Headers) -> None:
    """Return for a request that this machine's user makes knowingly.

    A web page can send requests to 127.0.0.1, also under a name of its own that leads there; it
    cannot hide that name, nor its origin.

    Raises:
        Problem: the address or the page's origin is not this machine.
    """
    origin = headers.get("origin")
    named = [f"//{headers.get('host', '')}", *([origin] if origin is not None else [])]
    if not all(_is_loopback(name) for name in named):
        raise Problem(
            Code.ORIGIN_NOT_ALLOWED,
            "Without keys only this machine is answered, under the name localhost or 127.0.0.1;"
            " make a key with `citeproof keys create` to open the server to others.",
        )


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

    def limited(self, request: Request, most: int) -> Request:
        """Return the request with a body that can be read up to `most` bytes.

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

        async def receive() -> Message:
            nonlocal seen
            message = await request.receive()
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
    """A route that checks caller and declared body before anything of the body is read.

    An endpoint without `needs` is a mistake found when the route is made.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the checks."""
        wanted = needs_of(self.endpoint)
        assert wanted is not None, f"{self.path} has no `needs`"
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            wanted.check_caller(caller_of(request.scope))
            most = request.app.state.services.body_limit(wanted.body)
            return await handle(wanted.limited(request, most))

        return guarded


def _is_loopback(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
