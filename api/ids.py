"""Ids and slugs that the server mints; none ever comes from a request, a document or a model."""

import re
import secrets
import unicodedata

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_SLUG_WORDS = 60


def new_id(prefix: str, now: float) -> str:
    """Return `prefix`, `_` and 26 characters of Crockford's base 32, later ids sorting later.

    48 bits of `now` in milliseconds are followed by 80 random ones.
    """
    number = int(now * 1000) << 80 | secrets.randbits(80)
    return f"{prefix}_" + "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -5, -5))


def new_slug(question: str) -> str:
    """Return the question's words for an address, and 8 random characters that make it unique."""
    ascii_only = unicodedata.normalize("NFKD", question).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    if len(words) > _SLUG_WORDS:
        words = words[:_SLUG_WORDS].rpartition("-")[0] or words[:_SLUG_WORDS]
    tail = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"{words or 'question'}-{tail}"
