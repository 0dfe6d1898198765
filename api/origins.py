"""Pages in browsers: where they come from, and whether they may read what they are sent (CORS)."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from api.caller import Caller

_EXPOSED = (
    "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
)
PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-None-Match,"
    " Last-Event-ID, X-Deadline-Seconds, X-Request-Id",
    "Access-Control-Max-Age": "86400",
}


def is_preflight(method: str, headers: Headers) -> bool:
    """Say whether a browser asks what pages of an origin may send."""
    return method == "OPTIONS" and "origin" in headers and _ASKED in headers


_ASKED = "access-control-request-method"


def allowed(origin: str) -> dict[str, str]:
    """Return the headers that let pages of an origin read a response; cookies are never used."""
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


def cors_headers(headers: Headers, caller: Caller) -> dict[str, str]:
    """Return the headers that let the page read the response, none where it must not.

    A secret key must not be in any page, so its responses cannot be read there.
    """
    origin = headers.get("origin")
    own = caller.key_id is None or (origin is not None and origin in caller.origins)
    return allowed(origin) if origin is not None and own else {}


def page_origin(headers: Headers, scope: Scope) -> str | None:
    """Return the origin of the page that sends a request, None where it is not known.

    Browsers leave it out when a page reads from its own server, and say so in another header.
    """
    origin = headers.get("origin")
    if origin is None and headers.get("sec-fetch-site") == "same-origin":
        return f"{scope.get('scheme', 'http')}://{headers.get('host', '')}"
    return origin


def is_own_name(address: str) -> bool:
    """Say whether a URL or `//host` names this machine as only itself can."""
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
