"""Keys: minted here, shown once, kept as digests, found again by their public half."""

import hmac
import json
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from api.caller import PUBLISHABLE, Caller, Permission
from api.database import Database
from api.errors import KeyNotFound, KeyRefused
from api.ids import CROCKFORD, new_id

Kind = Literal["sk", "pk"]

_TOKEN = re.compile(r"(sk|pk)_([0-9a-hjkmnp-tv-z]{26})_([0-9a-hjkmnp-tv-z]{32})")
_SITE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key is for: secret keys (`sk`) have scopes, publishable ones (`pk`) origins.

    `per_minute` bounds requests; `answers_per_day`, counted by days in UTC, is a hard budget.

    Raises:
        KeyRefused: this is no key that could be used safely.
    """

    kind: Kind
    site: str
    name: str = ""
    scopes: frozenset[Permission] = PUBLISHABLE
    origins: frozenset[str] = frozenset()
    per_minute: int = 120
    answers_per_day: int | None = None

    def __post_init__(self) -> None:
        if not _SITE.fullmatch(self.site):
            raise KeyRefused(f"the site {self.site!r} must be 1 to 63 of a-z, 0-9 and -")
        if len(self.name) > 100 or not (self.name.isprintable() or not self.name):
            raise KeyRefused("the name must be at most 100 printable characters")
        if self.per_minute < 1 or (self.answers_per_day is not None and self.answers_per_day < 1):
            raise KeyRefused("limits must be at least 1")
        if not self.scopes:
            raise KeyRefused("a key needs at least one scope")
        if self.kind == "pk":
            if not self.origins:
                raise KeyRefused(
                    "a publishable key is read by everybody who sees its page: name the pages that"
                    " may use it with --origin https://www.example.org"
                )
            if self.scopes - PUBLISHABLE:
                raise KeyRefused("a publishable key can only ask, read and give feedback")
        elif self.origins:
            raise KeyRefused("a secret key must not be used in pages: leave --origin out")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept, without its secret; times are in seconds since 1970."""

    id: str
    terms: Terms
    created: int
    expires: int | None
    revoked: int | None
    replaced_by: str | None

    def live(self, now: float) -> bool:
        """Say whether the key opens anything."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    @property
    def caller(self) -> Caller:
        """Who comes with this key."""
        terms = self.terms
        return Caller(
            site=terms.site,
            permissions=terms.scopes,
            key_id=self.id,
            secret=terms.kind == "sk",
            origins=terms.origins,
            per_minute=terms.per_minute,
            answers_per_day=terms.answers_per_day,
        )


@dataclass(frozen=True, slots=True)
class Minted:
    """A new key, and the token that is shown this once."""

    key: Key
    token: str


class Keys:
    """The keys of one server; of each only a digest under the server's secret is stored."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def create(self, terms: Terms, now: float, *, expires: int | None = None) -> Minted:
        """Store a new key and return it with its token."""
        with self._database.writing() as db:
            return self._insert(db, terms, now, expires)

    def find(self, token: str, now: float) -> Key | None:
        """Return the live key that a token belongs to, None where there is none."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM keys WHERE id = ?", (f"key_{match[2]}",)).fetchone()
        if row is None or not hmac.compare_digest(row["digest"], self._digest(token)):
            return None
        key = _key(row)
        return key if key.live(now) else None

    def all(self) -> list[Key]:
        """Return every key that was ever made, oldest first."""
        with self._database.reading() as db:
            return [_key(row) for row in db.execute("SELECT * FROM keys ORDER BY rowid")]

    def any_live(self, now: float) -> bool:
        """Say whether there is a key that opens anything."""
        with self._database.reading() as db:
            found = db.execute(
                "SELECT 1 FROM keys WHERE revoked IS NULL AND (expires IS NULL OR expires > ?)"
                " LIMIT 1",
                (now,),
            ).fetchone()
        return found is not None

    def allows(self, origin: str, now: float) -> bool:
        """Say whether a live publishable key may be used in pages of an origin."""
        with self._database.reading() as db:
            rows = db.execute("SELECT * FROM keys WHERE kind = 'pk' AND revoked IS NULL")
            keys = [_key(row) for row in rows]
        return any(origin in key.terms.origins for key in keys if key.live(now))

    def revoke(self, key_id: str, now: float) -> None:
        """Make a key open nothing any more, at once and for good.

        Raises:
            KeyNotFound: it is not live.
        """
        with self._database.writing() as db:
            self._live(db, key_id, now)
            db.execute("UPDATE keys SET revoked = ? WHERE id = ?", (int(now), key_id))

    def rotate(self, key_id: str, now: float, *, overlap: int) -> Minted:
        """Return a new key on the same terms; the old one stays live for `overlap` seconds.

        Raises:
            KeyNotFound: it is not live.
        """
        with self._database.writing() as db:
            old = self._live(db, key_id, now)
            minted = self._insert(db, old.terms, now, old.expires)
            until = min(int(now) + overlap, old.expires or 2**62)
            db.execute(
                "UPDATE keys SET expires = ?, replaced_by = ? WHERE id = ?",
                (until, minted.key.id, key_id),
            )
            return minted

    def _insert(
        self, db: sqlite3.Connection, terms: Terms, now: float, expires: int | None
    ) -> Minted:
        key = Key(new_id("key", now), terms, int(now), expires, None, None)
        half = "".join(secrets.choice(CROCKFORD) for _ in range(32))
        token = f"{terms.kind}_{key.id.removeprefix('key_')}_{half}"
        db.execute(
            "INSERT INTO keys (id, kind, site, name, digest, scopes, origins, per_minute,"
            " answers_per_day, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key.id,
                terms.kind,
                terms.site,
                terms.name,
                self._digest(token),
                _listed(terms.scopes),
                _listed(terms.origins),
                terms.per_minute,
                terms.answers_per_day,
                key.created,
                expires,
            ),
        )
        return Minted(key, token)

    def _live(self, db: sqlite3.Connection, key_id: str, now: float) -> Key:
        row = db.execute("SELECT * FROM keys WHERE id = ?", (key_id,)).fetchone()
        if row is None or not _key(row).live(now):
            raise KeyNotFound(key_id)
        return _key(row)

    def _digest(self, token: str) -> bytes:
        return hmac.digest(self._secret, b"key:" + token.encode(), sha256)


def is_token(text: str) -> bool:
    """Say whether a text is meant as a key of ours."""
    return text.startswith(("sk_", "pk_"))


def origins_of(addresses: Iterable[str]) -> frozenset[str]:
    """Return the addresses as browsers write an `Origin`.

    Raises:
        KeyRefused: one is no scheme and host, with a port perhaps.
    """
    return frozenset(map(_origin, addresses))


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address.strip().rstrip("/"))
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    bare = not (parts.path or parts.query or parts.fragment or parts.username or "*" in host)
    if parts.scheme not in _DEFAULT_PORTS or not host or not bare:
        raise KeyRefused(
            f"{address!r} is no origin: write scheme and host, as in https://www.example.org"
        )
    host = f"[{host}]" if ":" in host else host
    default = port is None or port == _DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if default else f"{parts.scheme}://{host}:{port}"


def _listed(values: Collection[str]) -> str:
    return json.dumps(sorted(values))


def _key(row: sqlite3.Row) -> Key:
    terms = Terms(
        kind=row["kind"],
        site=row["site"],
        name=row["name"],
        scopes=frozenset(map(Permission, json.loads(row["scopes"]))),
        origins=frozenset(json.loads(row["origins"])),
        per_minute=row["per_minute"],
        answers_per_day=row["answers_per_day"],
    )
    return Key(row["id"], terms, row["created"], row["expires"], row["revoked"], row["replaced_by"])
