"""`/v1/search`: the passages that meaning and words bring nearest, without an answer."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.caller import Caller, Permission
from api.describe import problems
from api.guard import GuardedRoute, needs
from api.responses import json_response
from api.routes.answers import question_of
from api.routes.sources import card_of, pointers
from api.schemas import Search, SearchResult
from api.services import Asker, Parts, Services
from index.records import Hit, StoredDocument
from rag.question import Question

router = APIRouter(prefix="/v1/search", tags=["search"], route_class=GuardedRoute)


@router.post("", responses=problems(SearchResult))
@needs(Permission.ASK)
async def search(body: Search, parts: Parts, caller: Asker) -> Response:
    """Return passages, best first; each is a span of a stored text."""
    query = question_of(body.query, body.as_of, "/query")
    return await parts.runs.work(caller.site, lambda: _found(query, body, parts, caller))


def _found(query: Question, body: Search, parts: Services, caller: Caller) -> Response:
    with parts.assistant.index.snapshot() as snapshot:
        hits = snapshot.search(query.text, body.k, as_of=query.as_of)
        documents = snapshot.documents({hit.document_id for hit in hits})
        stats, dropped = snapshot.stats, snapshot.dropped
    parts.metrics.dropped.inc(dropped)
    scored = Permission.EVAL in caller.permissions

    def shown(hit: Hit, document: StoredDocument) -> dict[str, Any]:
        span = hit.span
        found = pointers(document, span.start, span.end, body.offset_encoding)
        data = {
            "source": card_of(document),
            "start": found["locator"]["start"],
            "end": found["locator"]["end"],
            "quote": span.slice(document.text),
            "sha256": hit.sha256,
            **found,
        }
        if scored:
            data["scores"] = _scores(hit)
        return data

    return json_response(
        {
            "object": "search",
            "query": query.text,
            "corpus": {
                "generation": stats.generation,
                "documents": stats.documents,
                "chunks": stats.chunks,
                "latest_published": _text(stats.latest_published),
            },
            "offset_encoding": body.offset_encoding,
            "disclaimer": parts.assistant.disclaimer,
            "data": [
                shown(hit, documents[hit.document_id])
                for hit in hits
                if documents.get(hit.document_id, None) is not None
                and documents[hit.document_id].sha256 == hit.sha256
            ],
        }
    )


def _scores(hit: Hit) -> dict[str, float | int | None]:
    return {
        "fused": hit.score,
        "dense_rank": hit.dense_rank,
        "dense_score": hit.dense_score,
        "lexical_rank": hit.lexical_rank,
        "lexical_score": hit.lexical_score,
    }


def _text(value: object) -> str | None:
    return str(value) if value is not None else None
