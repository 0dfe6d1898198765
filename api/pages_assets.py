"""The files of widget and pages: public, the same for everyone, named by what they hold."""

import base64
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.problems import Code, Problem
from api.responses import etag, matches

router = APIRouter(prefix="/w", include_in_schema=False)

FOLDER = Path(__file__).parent / "static"
LATEST = "1"
"""The version in addresses that always lead to the files of this server."""

_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# Any page may load these, also one that isolates itself (Cross-Origin-Embedder-Policy).
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}


class Asset(NamedTuple):
    """A file: its bytes, the same compressed, and its media type."""

    body: bytes
    packed: bytes
    media_type: str


@dataclass(frozen=True)
class Assets:
    """All files by their path under the folder, and a version that changes when any does."""

    files: Mapping[str, Asset]
    version: str

    def address(self, name: str) -> str:
        """Return the path of a file on the server, good for ever.

        Raises:
            KeyError: there is no such file.
        """
        self.files[name]
        return f"/w/{self.version}/{name}"

    def integrity(self, name: str) -> str:
        """Return the value of the attribute `integrity` for a file.

        Raises:
            KeyError: there is no such file.
        """
        digest = hashlib.sha384(self.files[name].body).digest()
        return f"sha384-{base64.b64encode(digest).decode()}"


@cache
def assets() -> Assets:
    """Return the files that come with this release, read once."""
    files = {}
    whole = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.suffix not in _MEDIA_TYPES or path.name == "package.json":
            continue
        name = path.relative_to(FOLDER).as_posix()
        body = path.read_bytes()
        files[name] = Asset(body, gzip.compress(body, 9, mtime=0), _MEDIA_TYPES[path.suffix])
        whole.update(f"{name}\0{len(body)}\0".encode() + body)
    return Assets(files, whole.hexdigest()[:12])


@router.get("/{version}/{name:path}")
async def read(version: str, name: str, request: Request) -> Response:
    """Return a file: kept for ever under the release's own version, asked again under `1`.

    A page that pins a version and a digest must never get other bytes: other versions are not
    found.
    """
    held = assets()
    asset = held.files.get(name)
    if asset is None or version not in (held.version, LATEST):
        raise Problem(Code.NOT_FOUND, "There is no such file in this release.", headers=dict(_OPEN))
    lasting = version == held.version
    tag = etag(f"{held.version}-{name}")
    headers = {
        **_OPEN,
        "ETag": tag,
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "public, no-cache",
    }
    if matches(request.headers.get("if-none-match"), tag, weak=True):
        return Response(None, 304, headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.packed, 200, {**headers, "Content-Encoding": "gzip"}, asset.media_type
        )
    return Response(asset.body, 200, headers, asset.media_type)
