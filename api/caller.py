"""Who is asking, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from starlette.types import Scope

LOCAL_SITE = "local"


class Permission(StrEnum):
    """What a key can be for."""

    ASK = "ask"
    READ = "read"
    FEEDBACK = "feedback"
    INGEST = "ingest"
    EVAL = "eval"
    ADMIN = "admin"


PUBLISHABLE = frozenset({Permission.ASK, Permission.READ, Permission.FEEDBACK})


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated client; `key_id` is None for the machine's own user without a key.

    `secret` is False for publishable keys, which anybody can read in a page of its `origins`.
    `answers_per_day` is a hard budget, None where there is none.
    """

    site: str
    permissions: frozenset[Permission]
    key_id: str | None = None
    secret: bool = True
    origins: frozenset[str] = frozenset()
    per_minute: int | None = None
    answers_per_day: int | None = None

    @property
    def owner(self) -> str:
        """Whose idempotency keys these are."""
        return self.key_id or self.site


LOCAL = Caller(LOCAL_SITE, frozenset(Permission))

_CALLER = "citeproof.caller"
_REQUEST_ID = "citeproof.request_id"


def set_caller(scope: Scope, caller: Caller) -> None:
    """Note who is asking."""
    scope[_CALLER] = caller


def caller_of(scope: Scope) -> Caller | None:
    """Return who is asking, None for nobody known."""
    caller: Caller | None = scope.get(_CALLER)
    return caller


def set_request_id(scope: Scope, request_id: str) -> None:
    """Note the request's id."""
    scope[_REQUEST_ID] = request_id


def request_id_of(scope: Scope) -> str:
    """Return the request's id."""
    found: str = scope.get(_REQUEST_ID, "")
    return found
