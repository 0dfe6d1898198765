"""How much each client may ask: requests a minute, and answers a day as a hard budget."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from api.caller import Caller
from api.database import Database
from api.problems import Code, Problem

_MINUTE = 60
_DAY = 86_400
_SCHEMA = """
CREATE TABLE windows (
  name TEXT NOT NULL,
  start INTEGER NOT NULL,
  used INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  PRIMARY KEY (name, start)
) WITHOUT ROWID;
CREATE INDEX windows_by_end ON windows (ends);
CREATE TABLE last_use (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` in each window of `seconds`; `policy` is its name for the client."""

    policy: str
    counted: str
    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a quota, and the seconds until it is full again."""

    quota: Quota
    remaining: int
    resets: int


class Counters:
    """Counts by window of time, shared among processes; a crash of the machine may lose some."""

    def __init__(self, state: Path) -> None:
        self._database = Database(state / "counters.sqlite", _SCHEMA, version=1, durable=False)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def take(self, quotas: Sequence[Quota], now: float) -> tuple[bool, list[Left]]:
        """Count one more in each quota, or in none where one is used up, and say what is left."""
        used = []
        with self._database.writing() as db:
            db.execute("DELETE FROM windows WHERE ends < ?", (now - _MINUTE,))
            db.execute("SAVEPOINT taking")
            for quota in quotas:
                start, _ = _window(quota, now)
                row = db.execute(
                    "INSERT INTO windows (name, start, used, ends) VALUES (?, ?, 1, ?)"
                    " ON CONFLICT DO UPDATE SET used = used + 1 RETURNING used",
                    (quota.counted, start, start + quota.seconds),
                ).fetchone()
                used.append(row["used"])
            taken = all(n <= quota.most for n, quota in zip(used, quotas, strict=True))
            if not taken:
                db.execute("ROLLBACK TO taking")
                used = [n - 1 for n in used]
        left = [
            Left(quota, max(0, quota.most - n), _window(quota, now)[1])
            for n, quota in zip(used, quotas, strict=True)
        ]
        return taken, left

    def give_back(self, quota: Quota, now: float) -> None:
        """Undo one `take` of a quota in the same window."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE windows SET used = used - 1 WHERE name = ? AND start = ? AND used > 0",
                (quota.counted, _window(quota, now)[0]),
            )

    def note_use(self, key_id: str, now: float) -> None:
        """Remember to the minute when a key was used last."""
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO last_use (key, at) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                (key_id, int(now)),
            )

    def last_uses(self) -> Mapping[str, int]:
        """Return when each key was used last, in seconds since 1970."""
        with self._database.reading() as db:
            return {row["key"]: row["at"] for row in db.execute("SELECT key, at FROM last_use")}


@dataclass(frozen=True)
class Limits:
    """The quotas of one server; `per_site` and `per_address` are requests a minute."""

    counters: Counters
    per_site: int
    per_address: int
    _noted: dict[str, float] = field(default_factory=dict, repr=False)

    def admit(self, caller: Caller, address: str, now: float) -> dict[str, str]:
        """Count a request and return the headers that say what is left.

        Raises:
            Problem: a quota is used up; nothing was counted.
        """
        if not (quotas := self._of(caller, address)):
            return {}
        taken, left = self.counters.take(quotas, now)
        headers = _headers(left)
        if not taken:
            longest = max(found.resets for found in left if found.remaining == 0)
            raise Problem(Code.RATE_LIMITED, retry_after=longest, headers=headers)
        key_id = caller.key_id
        if key_id is not None and now >= self._noted.get(key_id, 0) + _MINUTE:
            self._noted[key_id] = now
            self.counters.note_use(key_id, now)
        return headers

    def spend(self, caller: Caller, now: float) -> None:
        """Count an answer on the caller's daily budget.

        Raises:
            Problem: it is used up; nothing was counted.
        """
        if (budget := _budget(caller)) is None:
            return
        taken, left = self.counters.take([budget], now)
        if not taken:
            raise Problem(
                Code.BUDGET_EXHAUSTED,
                f"The key's budget of {budget.most:,} answers a day is used up.",
                retry_after=left[0].resets,
            )

    def refund(self, caller: Caller, now: float) -> None:
        """Take back the count of an answer that was never begun."""
        if (budget := _budget(caller)) is not None:
            self.counters.give_back(budget, now)

    def _of(self, caller: Caller, address: str) -> list[Quota]:
        quotas = []
        if caller.key_id is not None and caller.per_minute is not None:
            quotas.append(Quota("key", f"key/{caller.key_id}", caller.per_minute, _MINUTE))
            quotas.append(Quota("site", f"site/{caller.site}", self.per_site, _MINUTE))
        if not caller.secret:
            counted = f"address/{caller.site}/{_network(address)}"
            quotas.append(Quota("address", counted, self.per_address, _MINUTE))
        return quotas


def _budget(caller: Caller) -> Quota | None:
    if caller.answers_per_day is None:
        return None
    return Quota("answers", f"answers/{caller.key_id}", caller.answers_per_day, _DAY)


def _window(quota: Quota, now: float) -> tuple[int, int]:
    """Return when the window at `now` began, and in how many seconds it ends, at least one."""
    start = int(now) // quota.seconds * quota.seconds
    return start, max(1, start + quota.seconds - int(now))


def _headers(left: Sequence[Left]) -> dict[str, str]:
    """Return `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers)."""
    policies = (f'"{a.quota.policy}";q={a.quota.most};w={a.quota.seconds}' for a in left)
    states = (f'"{a.quota.policy}";r={a.remaining};t={a.resets}' for a in left)
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(states)}


def _network(address: str) -> str:
    """Return what one client can be told by: an address, of version 6 its network of 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
