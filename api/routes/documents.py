"""`/v1/documents`: files and texts in, as jobs; what a site has in the index; gone at once."""

import hashlib
import json
import re
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from api.asking import claimed
from api.caller import Caller, Permission
from api.describe import problems
from api.guard import GuardedRoute, needs
from api.idempotency import REPLAYED, Claim
from api.ids import new_id
from api.ingest import collection_folder, staging_folder
from api.jobs import FileFault, JobFile
from api.ports import Ingest
from api.problems import Code, FieldFault, Problem
from api.responses import cacheable, encode, json_response, require_match, tag_of
from api.routes.answers import After, Limit
from api.routes.jobs import shown
from api.routes.sources import card_of
from api.schemas import AddDocuments, Document, DocumentPage, VersionList
from api.schemas import Job as JobModel
from api.services import Asker, Parts, Services
from api.uploads import Shelf, Upload, shown_name, stored_name
from api.worker import Worker
from corpus.loading import MEDIA_TYPES
from index.errors import DocumentNotFound, IndexLocked
from index.records import StoredDocument
from index.snapshot import Snapshot

router = APIRouter(prefix="/v1/documents", tags=["documents"], route_class=GuardedRoute)

_ID = re.compile(r"doc_[0-9a-hjkmnp-tv-z]{26}")
_FIELDS = 10
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "description": "Files: " + ", ".join(MEDIA_TYPES),
                        }
                    },
                    "required": ["file"],
                }
            }
        },
    }
}


class Sent(NamedTuple):
    """A file as it arrived: its owner's name for it, and ours."""

    name: str
    stored: str
    data: bytes


@router.post("", status_code=202, responses=problems(JobModel, status=202), openapi_extra=_UPLOAD)
@needs(Permission.INGEST, secret=True, body="upload")
async def upload(request: Request, parts: Parts, caller: Asker) -> Response:
    """Take files in, to be read and indexed by a job; a file of the same name is a new version."""
    _require_ingest(parts)
    async with request.form(max_files=parts.settings.max_files, max_fields=_FIELDS) as form:
        files = [part for name, part in form.multi_items() if name == "file"]
        others = sorted({name for name, _ in form.multi_items()} - {"file"})
        if others or not files or not all(isinstance(part, UploadFile) for part in files):
            faults = [FieldFault(f"/{name}", "no such field") for name in others[:20]]
            faults = faults or [FieldFault("/file", "at least one file is needed")]
            raise Problem(Code.INVALID_REQUEST, errors=faults)
        sent = [
            Sent(name := shown_name(part.filename), stored_name(name), await part.read())
            for part in files
            if isinstance(part, UploadFile)
        ]
    return await _accept(request, parts, caller, sent)


@router.post(":batch", status_code=202, responses=problems(JobModel, status=202))
@needs(Permission.INGEST, secret=True, body="batch")
async def batch(body: AddDocuments, request: Request, parts: Parts, caller: Asker) -> Response:
    """Take texts in, to be indexed by a job; a text of the same `id` is a new version."""
    _require_ingest(parts)
    ids = [document.id for document in body.documents]
    twice = [i for i, name in enumerate(ids) if name in ids[:i]]
    if twice:
        faults = [FieldFault(f"/documents/{i}/id", "stands twice") for i in twice[:20]]
        raise Problem(Code.INVALID_REQUEST, errors=faults)
    sent = [
        Sent(d.id, stored_name(f"{d.id}.jsonl"), encode(d.model_dump(exclude_none=True)))
        for d in body.documents
    ]
    return await _accept(request, parts, caller, sent)


@router.get("", responses=problems(DocumentPage))
@needs(Permission.INGEST, secret=True)
def index(parts: Parts, caller: Asker, limit: Limit = 20, after: After = None) -> Response:
    """List the documents that the site sent, oldest first."""
    listing = f"documents/{caller.site}"
    place = parts.cursors.read(listing, after)
    with parts.assistant.index.snapshot() as snapshot:
        ids = snapshot.collected(_collection(parts, caller), after=place or "", limit=limit + 1)
        documents = snapshot.documents(ids)
    found = [documents[i] for i in ids if i in documents]
    page = parts.cursors.page(listing, found, limit, place=lambda d: d.id, show=_shown)
    return json_response(page)


@router.get("/{document_id}", responses=problems(Document, cached=True))
@needs(Permission.INGEST, secret=True)
def read(document_id: str, request: Request, parts: Parts, caller: Asker) -> Response:
    """Return a document of the site; its text is at `/v1/sources/{id}`."""
    with parts.assistant.index.snapshot() as snapshot:
        document = _own(snapshot, document_id, parts, caller)
    return cacheable(request, _shown(document))


@router.get("/{document_id}/versions", responses=problems(VersionList))
@needs(Permission.INGEST, secret=True)
def versions(document_id: str, parts: Parts, caller: Asker) -> Response:
    """List the versions of a document of the site, oldest first, also of one that was deleted."""
    with parts.assistant.index.snapshot() as snapshot:
        _require_own(snapshot, document_id, parts, caller)
        found = snapshot.versions(document_id)
    data = [
        {
            "object": "version",
            "sha256": version.sha256,
            "title": version.source.title,
            "length": version.length,
            "since": version.since,
            "live": version.live,
        }
        for version in found
    ]
    return json_response({"object": "list", "data": data})


@router.delete("/{document_id}", status_code=204, responses=problems(None))
@needs(Permission.INGEST, secret=True)
def delete(document_id: str, request: Request, parts: Parts, caller: Asker) -> Response:
    """Take a document out of every search and answer at once; `If-Match` names its version.

    Its text stays for the answers that cite it.
    """
    ingest, _ = _require_ingest(parts)

    def require(snapshot: Snapshot) -> None:
        require_match(request, tag_of(_shown(_own(snapshot, document_id, parts, caller))))

    with parts.assistant.index.snapshot() as snapshot:
        require(snapshot)
    try:
        with ingest.writing() as writable:
            with writable.snapshot() as snapshot:
                require(snapshot)
            writable.delete(document_id)
    except IndexLocked:
        raise Problem(Code.INDEX_BUSY, retry_after=5) from None
    except DocumentNotFound:
        raise _absent() from None
    return Response(None, 204)


async def _accept(request: Request, parts: Services, caller: Caller, sent: list[Sent]) -> Response:
    digests = [[name, hashlib.sha256(data).hexdigest()] for name, _, data in sent]
    claim = await claimed(request, parts, caller, content=json.dumps(digests).encode())
    return await run_in_threadpool(_queue, parts, caller, sent, claim)


def _queue(parts: Services, caller: Caller, sent: list[Sent], claim: Claim | None) -> Response:
    """Stage the files durably and queue a job for them, or return the one of before."""
    headers = {}
    if claim is not None and claim.result is not None:
        job_id = claim.result
        headers = dict(REPLAYED)
    else:
        now = parts.clock()
        job_id = new_id("job", now)
        try:
            files = _staged(Shelf(staging_folder(parts.settings.state, job_id)), sent)
            parts.jobs.add(job_id, caller.site, files, now, claim)
        except BaseException:
            Shelf(staging_folder(parts.settings.state, job_id)).remove()
            if claim is not None:
                parts.idempotency.release(claim)
            raise
        if parts.worker is not None:
            parts.worker.wake()
    job = parts.jobs.get(job_id, caller.site)
    headers["Location"] = f"/v1/jobs/{job_id}"
    return json_response(shown(job, parts.clock()), status=202, headers=headers)


def _staged(shelf: Shelf, sent: list[Sent]) -> list[JobFile]:
    shelf.make()
    files: list[JobFile] = []
    for name, stored, data in sent:
        upload = Upload(name, stored, len(data))
        fault = _fault(upload, files)
        if fault is None:
            shelf.write(upload.stored, data)
        files.append(JobFile(upload, fault))
    return files


def _fault(upload: Upload, before: list[JobFile]) -> FileFault | None:
    if not upload.stored:
        suffix = PurePosixPath(upload.name).suffix or "no suffix"
        return FileFault(f"{suffix} is not read", f"known are {', '.join(MEDIA_TYPES)}")
    if upload.size == 0:
        return FileFault("it is empty", "leave it out, or send its content")
    if any(file.upload.stored == upload.stored for file in before):
        return FileFault("another file of this upload has its name", "give it another name")
    return None


def _require_ingest(parts: Services) -> tuple[Ingest, Worker]:
    if parts.ingest is None or parts.worker is None:
        raise Problem(Code.INGEST_DISABLED)
    return parts.ingest, parts.worker


def _collection(parts: Services, caller: Caller) -> str:
    from index.sync import collection_of

    folder = collection_folder(parts.settings.state, caller.site)
    return collection_of(folder, parts.assistant.index.path)


def _require_own(snapshot: Snapshot, document_id: str, parts: Services, caller: Caller) -> None:
    try:
        if _ID.fullmatch(document_id) and (
            snapshot.collection_of(document_id) == _collection(parts, caller)
        ):
            return
    except DocumentNotFound:
        pass
    raise _absent()


def _own(snapshot: Snapshot, document_id: str, parts: Services, caller: Caller) -> StoredDocument:
    _require_own(snapshot, document_id, parts, caller)
    try:
        return snapshot.document(document_id)
    except DocumentNotFound:
        raise _absent() from None


def _absent() -> Problem:
    return Problem(Code.NOT_FOUND, "The site has sent no document of this id.")


def _shown(document: StoredDocument) -> dict[str, Any]:
    return {
        "id": document.id,
        "object": "document",
        "key": document.source.key,
        "card": card_of(document),
        "sha256": document.sha256,
        "length": len(document.text),
    }
