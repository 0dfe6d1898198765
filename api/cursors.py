"""Pages of a list: opaque signed cursors that stay right while the list grows."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from api.problems import Code, FieldFault, Problem

_SIGNATURE = 16

Item = TypeVar("Item")


@dataclass(frozen=True)
class Cursors:
    """Signs places in lists, so that a cursor of another list, site or server is refused."""

    secret: bytes

    def sign(self, listing: str, place: str | int) -> str:
        """Return the cursor of a place in the named list."""
        body = json.dumps([listing, place], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._tag(body) + body).rstrip(b"=").decode()

    def read(self, listing: str, cursor: str | None) -> Any:
        """Return the place that a cursor names, None without one.

        Raises:
            Problem: it is no cursor of this list.
        """
        if cursor is None:
            return None
        try:
            data = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (ValueError, binascii.Error):
            data = b""
        tag, body = data[:_SIGNATURE], data[_SIGNATURE:]
        if body and hmac.compare_digest(tag, self._tag(body)):
            found, place = json.loads(body)
            if found == listing:
                return place
        raise Problem(
            Code.INVALID_CURSOR, errors=[FieldFault("?after", "not a cursor of this list")]
        )

    def page(
        self,
        listing: str,
        items: Sequence[Item],
        limit: int,
        *,
        place: Callable[[Item], str | int],
        show: Callable[[Item], dict[str, Any]],
    ) -> dict[str, Any]:
        """Return a page of the first `limit` of the items; one more means that there are more."""
        shown, more = items[:limit], len(items) > limit
        data = [show(item) for item in shown]
        return {
            "object": "list",
            "data": data,
            "first_id": data[0]["id"] if data else None,
            "last_id": data[-1]["id"] if data else None,
            "has_more": more,
            "next_after": self.sign(listing, place(shown[-1])) if more else None,
        }

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.secret, b"cursor:" + body, sha256)[:_SIGNATURE]
