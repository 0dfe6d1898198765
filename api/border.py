"""The outermost layer of the server: request ids, header limits, logs, counts, last resort."""

import logging
import re
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caller import caller_of, request_id_of, set_request_id
from api.ids import new_id
from api.metrics import Metrics
from api.ports import Clock
from api.problems import Code, Problem
from api.responses import problem_response

_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_log = logging.getLogger("api.access")


class Border:
    """Gives each request an id, and sees to it that whatever happens inside ends in a response.

    A client's own `X-Request-Id` of 8 to 64 letters, digits, `_`, `.` and `-` is kept.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Clock,
        metrics: Metrics,
        max_header_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._clock = clock
        self._metrics = metrics
        self._max_header_bytes = max_header_bytes
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; other connections are passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else new_id("req", self._clock())
        set_request_id(scope, request_id)
        started, status = self._monotonic(), 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                out = MutableHeaders(scope=message)
                out["X-Request-Id"] = request_id
                out["X-Content-Type-Options"] = "nosniff"
                out.setdefault("Referrer-Policy", "no-referrer")
                out.setdefault("Cache-Control", "no-store")
                seconds = self._monotonic() - started
                self._metrics.request_seconds.labels(_route(scope)).observe(seconds)
            await send(message)

        try:
            if sum(len(k) + len(v) for k, v in scope["headers"]) > self._max_header_bytes:
                problem = Problem(Code.HEADERS_TOO_LARGE)
                await problem_response(problem, scope)(scope, receive, marked)
                return
            await self._app(scope, receive, marked)
        except TimeoutError:
            # The client read nothing for too long: there is nobody to tell.
            _log.info("client stopped reading", extra={"request_id": request_id})
            raise
        except Exception:  # the border of the process
            _log.exception("request failed", extra={"request_id": request_id})
            if status:
                raise
            await problem_response(Problem(Code.INTERNAL), scope)(scope, receive, marked)
        finally:
            self._metrics.requests.labels(_route(scope), _method(scope), str(status)).inc()
            self._log(scope, headers, status, self._monotonic() - started)

    def _log(self, scope: Scope, headers: Headers, status: int, seconds: float) -> None:
        caller = caller_of(scope)
        trace = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
        _log.info(
            "request",
            extra={
                "request_id": request_id_of(scope),
                "trace_id": trace[1] if trace else None,
                "method": _method(scope),
                "route": _route(scope),
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "site": caller.site if caller else None,
                "key": caller.key_id if caller else None,
            },
        )


def _route(scope: Scope) -> str:
    """Return the template of the route, never the path itself: labels must stay few."""
    route = scope.get("route")
    return getattr(route, "path_format", None) or "none"


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return method if method in known else "other"
