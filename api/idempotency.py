"""Requests that may be sent twice and are done once (the header `Idempotency-Key`)."""

import json
import re
import sqlite3
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import Request

from api.database import Database
from api.problems import Code, FieldFault, Problem

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}

_KEPT_SECONDS = 86_400
_RETRY_SECONDS = 1
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Claim:
    """A request under an idempotency key; `result` is what came of it, None if it is new."""

    owner: str
    key: str
    result: str | None


class Idempotency:
    """Remembers for a day what came of each key of each owner.

    A request that is neither finished nor released after `longest` seconds died with its process.
    """

    def __init__(self, database: Database, *, longest: float) -> None:
        self._database = database
        self._longest = longest

    def claim(self, owner: str, key: str, fingerprint: str, now: float) -> Claim:
        """Return what came of the key before, or take it for a new request.

        A new claim must end in `finish` or `release`.

        Raises:
            Problem: the first request is still worked on, or was another one.
        """
        with self._database.writing() as db:
            db.execute("DELETE FROM idempotency WHERE created < ?", (now - _KEPT_SECONDS,))
            row = db.execute(
                "SELECT * FROM idempotency WHERE owner = ? AND key = ?", (owner, key)
            ).fetchone()
            if row is None:
                db.execute(
                    "INSERT INTO idempotency (owner, key, fingerprint, created)"
                    " VALUES (?, ?, ?, ?)",
                    (owner, key, fingerprint, int(now)),
                )
                return Claim(owner, key, None)
            if row["fingerprint"] != fingerprint:
                raise Problem(Code.IDEMPOTENCY_MISMATCH)
            if row["result"] is not None:
                return Claim(owner, key, row["result"])
            if row["created"] >= now - self._longest:
                raise Problem(Code.IDEMPOTENCY_IN_PROGRESS, retry_after=_RETRY_SECONDS)
            db.execute(
                "UPDATE idempotency SET created = ? WHERE owner = ? AND key = ?",
                (int(now), owner, key),
            )
            return Claim(owner, key, None)

    def release(self, claim: Claim) -> None:
        """Forget a new claim that came to nothing, so that the same request can be sent again."""
        with self._database.writing() as db:
            db.execute(
                "DELETE FROM idempotency WHERE owner = ? AND key = ? AND result IS NULL",
                (claim.owner, claim.key),
            )


def finish(db: sqlite3.Connection, claim: Claim, result: str) -> None:
    """Remember what came of a new claim, in the transaction that makes it come true."""
    db.execute(
        "UPDATE idempotency SET result = ? WHERE owner = ? AND key = ?",
        (result, claim.owner, claim.key),
    )


def key_of(request: Request) -> str | None:
    """Return the request's idempotency key.

    Raises:
        Problem: it has characters that none may have, or too many.
    """
    key = request.headers.get(HEADER)
    if key is not None and not _KEY.fullmatch(key):
        fault = FieldFault(f"@{HEADER}", "1 to 255 visible ASCII characters")
        raise Problem(Code.INVALID_REQUEST, errors=[fault])
    return key


def fingerprint(request: Request, body: bytes) -> str:
    """Return what tells a request from another under the same key."""
    place = json.dumps([request.method, request.url.path, request.url.query])
    return sha256(place.encode() + b"\n" + body).hexdigest()
