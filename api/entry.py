"""Who is let in: by which key, from which page, and how often."""

from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from api.caller import LOCAL, Caller, Permission
from api.keys import Keys, is_token
from api.limits import Limits
from api.origins import PREFLIGHT, allowed, cors_headers, is_own_name, page_origin
from api.ports import Clock
from api.problems import Code, Problem
from api.responses import bearer_token

_PROXIED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who sent a request, the headers that go with every response, and a refusal for today."""

    caller: Caller
    headers: dict[str, str]
    refusal: Problem | None = None


@dataclass(frozen=True)
class Admission:
    """Who is let in: holders of live keys, and without any keys this machine's own user.

    `keyless` says whether the latter is answered at all. `page_key` is the publishable key by which
    the server's own pages ask, "" where they do not.
    """

    keys: Keys
    limits: Limits
    clock: Clock
    keyless: bool
    page_key: str = ""

    @property
    def answers_without_key(self) -> bool:
        """Whether this machine's own user needs no key: there is none."""
        return self.keyless and not self.keys.any_live(self.clock())

    @property
    def published_key(self) -> str:
        """The key that stands in the server's own pages: "" where it does not open answers."""
        key = self.keys.find(self.page_key, self.clock())
        return self.page_key if key and Permission.ASK in key.caller.permissions else ""

    def admit(self, headers: Headers, scope: Scope) -> Admitted:
        """Find out who sends a request, and count it.

        Raises:
            Problem: nobody that may.
        """
        caller = self.identify(headers, scope)
        readable = cors_headers(headers, caller)
        address = scope["client"][0] if scope.get("client") else ""
        try:
            left = self.limits.admit(caller, address, self.clock())
        except Problem as refusal:
            return Admitted(caller, readable, refusal)
        return Admitted(caller, {**readable, **left})

    def admit_form(self, headers: Headers, scope: Scope) -> Caller:
        """Return who asks by a form of the server's own pages, and count the question.

        Raises:
            Problem: these pages may not ask, or not from there, or not so often.
        """
        if self.answers_without_key:
            require_own_machine(headers)
            caller = LOCAL
        elif token := self.published_key:
            caller = self._holder(token, headers, scope)
        else:
            raise Problem(Code.UNAUTHENTICATED, "This server has no public page to ask from.")
        address = scope["client"][0] if scope.get("client") else ""
        self.limits.admit(caller, address, self.clock())
        return caller

    def identify(self, headers: Headers, scope: Scope) -> Caller:
        """Return who sends a request.

        Raises:
            Problem: nobody that may.
        """
        token = bearer_token(headers)
        # Clients that cannot do without a token send words like "none" to a server without keys.
        if (token is None or not is_token(token)) and self.answers_without_key:
            require_own_machine(headers)
            return LOCAL
        return self._holder(token, headers, scope)

    def preflight(self, headers: Headers) -> Response:
        """Tell a browser whether pages of an origin may send requests here."""
        origin = headers["origin"]
        local = is_own_name(origin) and self.answers_without_key
        if local or self.keys.allows(origin, self.clock()):
            return Response(None, 204, {**allowed(origin), **PREFLIGHT, "Vary": "Origin"})
        return Response(None, 403, {"Vary": "Origin"})

    def _holder(self, token: str | None, headers: Headers, scope: Scope) -> Caller:
        key = self.keys.find(token, self.clock()) if token is not None else None
        if key is None:
            raise Problem(Code.UNAUTHENTICATED)
        if not key.caller.secret and page_origin(headers, scope) not in key.caller.origins:
            raise Problem(Code.ORIGIN_NOT_ALLOWED)
        return key.caller


def require_own_machine(headers: Headers) -> None:
    """Return for a request that this machine's user makes knowingly.

    A web page can send requests to 127.0.0.1, also under a name of its own that leads there; it
    cannot hide that name, nor its origin. A proxy can, but says that it is one.

    Raises:
        Problem: the address or the page's origin is not this machine, or a proxy sent it.
    """
    origin = headers.get("origin")
    named = [f"//{headers.get('host', '')}", *([origin] if origin is not None else [])]
    if not all(map(is_own_name, named)) or any(name in headers for name in _PROXIED):
        raise Problem(
            Code.ORIGIN_NOT_ALLOWED,
            "Without keys only this machine is answered, under the name localhost or 127.0.0.1;"
            " make a key with `citeproof keys create` to open the server to others.",
        )
