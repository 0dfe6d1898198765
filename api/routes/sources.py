"""`/v1/sources`: the stored text behind a citation, whole or around a span."""

import re
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.anchors import CONTEXT
from api.caller import Permission
from api.describe import problems
from api.guard import GuardedRoute, needs
from api.offsets import (
    OffsetEncoding,
    OffsetInsideCharacter,
    code_point_offset,
    encoded_offsets,
)
from api.problems import Code, FieldFault, Problem
from api.responses import cacheable
from api.schemas import Encoding, Passage, Sha256, Source
from api.services import Asker, Parts
from corpus.documents import page_at
from index.errors import DocumentNotFound
from index.records import StoredDocument
from index.snapshot import Snapshot

router = APIRouter(prefix="/v1/sources", tags=["sources"], route_class=GuardedRoute)

At = Annotated[
    Sha256 | None, Query(description="sha256 of the version that was cited; else the live one.")
]
_ID = re.compile(r"doc_[0-9a-hjkmnp-tv-z]{26}")


@router.get("/{source_id}", responses=problems(Source, cached=True))
@needs(Permission.READ)
def read(source_id: str, request: Request, parts: Parts, caller: Asker, at: At = None) -> Response:
    """Return a stored version of a source; its text only to holders of a secret key."""
    with parts.assistant.index.snapshot() as snapshot:
        document = stored_document(snapshot, source_id, at)
        live = _is_live(snapshot, document)
    data = {
        "id": document.id,
        "object": "source",
        "card": card_of(document),
        "sha256": document.sha256,
        "live": live,
        "length": len(document.text),
        "disclaimer": parts.assistant.disclaimer,
        "text": document.text if caller.secret else None,
    }
    return cacheable(request, data)


@router.get("/{source_id}/passage", responses=problems(Passage, cached=True))
@needs(Permission.READ)
def passage(
    source_id: str,
    request: Request,
    parts: Parts,
    start: Annotated[int, Query(ge=0)],
    end: Annotated[int, Query(ge=1)],
    at: At = None,
    context: Annotated[int, Query(ge=0, le=2000, description="Code points on each side.")] = 200,
    offset_encoding: Encoding = "codepoint",
) -> Response:
    """Return a span of a stored text with what surrounds it, its headings and its page."""
    with parts.assistant.index.snapshot() as snapshot:
        document = stored_document(snapshot, source_id, at)
        first, last = span_of(document.text, start, end, offset_encoding)
        live = _is_live(snapshot, document)
        headings = _headings(snapshot, document, first) if live else []
    text = document.text
    data = {
        "object": "passage",
        "source": card_of(document),
        "sha256": document.sha256,
        "live": live,
        "offset_encoding": offset_encoding,
        "start": start,
        "end": end,
        "before": text[max(0, first - context) : first],
        "exact": text[first:last],
        "after": text[last : last + context],
        "headings": headings,
        **pointers(document, first, last, offset_encoding),
        "disclaimer": parts.assistant.disclaimer,
    }
    return cacheable(request, data)


def stored_document(snapshot: Snapshot, source_id: str, at: str | None) -> StoredDocument:
    """Return a version of a document.

    Raises:
        Problem: there is no such document or version.
    """
    try:
        if _ID.fullmatch(source_id):
            return snapshot.document_at(source_id, at) if at else snapshot.document(source_id)
    except DocumentNotFound:
        pass
    version = " in this version" if at else " in the index"
    raise Problem(Code.NOT_FOUND, f"There is no source of this id{version}.")


def card_of(document: StoredDocument) -> dict[str, Any]:
    """Return what a report says about a source, without a number."""
    source = asdict(document.source)
    del source["key"]
    for name in ("published", "fetched"):
        if source[name] is not None:
            source[name] = str(getattr(document.source, name))
    return {"id": document.id, **source, "sha256": document.sha256}


def span_of(text: str, start: int, end: int, encoding: OffsetEncoding) -> tuple[int, int]:
    """Return a span in code points.

    Raises:
        Problem: it is empty, or no span of the text.
    """
    faults, offsets = [], []
    for name, offset in (("?start", start), ("?end", end)):
        try:
            offsets.append(code_point_offset(text, offset, encoding))
        except OffsetInsideCharacter as error:
            faults.append(FieldFault(name, str(error)))
    if not faults and offsets[0] >= offsets[1]:
        faults.append(FieldFault("?end", "the span is empty"))
    if faults:
        raise Problem(Code.INVALID_REQUEST, errors=faults)
    return offsets[0], offsets[1]


def pointers(
    document: StoredDocument, first: int, last: int, encoding: OffsetEncoding
) -> dict[str, Any]:
    """Return selector and locator of a span given in code points."""
    text = document.text
    places = encoded_offsets(text, (first, last), encoding)
    return {
        "selector": {
            "exact": text[first:last],
            "prefix": text[max(0, first - CONTEXT) : first],
            "suffix": text[last : last + CONTEXT],
        },
        "locator": {
            "type": "char",
            "start": places[first],
            "end": places[last],
            "page": page_at(document.pages, first),
        },
    }


def _is_live(snapshot: Snapshot, document: StoredDocument) -> bool:
    live = snapshot.documents([document.id]).get(document.id)
    return live is not None and live.sha256 == document.sha256


def _headings(snapshot: Snapshot, document: StoredDocument, offset: int) -> list[str]:
    """Return the headings above the sentence at or before an offset, outermost first."""
    above: tuple[str, ...] = ()
    for sentence in snapshot.neighbours(document.id).sentences:
        if sentence.span.start > offset:
            break
        above = sentence.headings
    return list(above)
