"""The application: parts put together, layers in their order."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Match

from api import openapi, pages, pages_assets
from api.admission import Gate
from api.border import Border
from api.cursors import Cursors
from api.entry import Admission
from api.guard import Guard
from api.idempotency import Idempotency
from api.jobs import Jobs
from api.keys import Keys
from api.limits import Counters, Limits
from api.metrics import Metrics
from api.ports import Answering, Clock, Ingest
from api.problems import Code, FieldFault, Problem
from api.records import open_records
from api.responses import problem_response
from api.routes import answers, chat, documents, health, jobs, search, sources, verify
from api.runs import Runs, as_problem
from api.secret import server_secret
from api.services import Services
from api.settings import ApiSettings
from api.store import AnswerStore
from api.tracing import NoTrace, Tracer
from api.worker import Worker
from index.errors import IndexFault

ROUTERS = (
    answers.router,
    sources.router,
    documents.router,
    jobs.router,
    search.router,
    verify.router,
    chat.router,
    health.router,
)
PAGES = (pages.router, pages_assets.router)
# An answer that was stopped at its deadline may need so long to notice.
_GRACE_SECONDS = 30
_DESCRIPTION = (
    "Answers questions from a body of documents, with every citation checked. Every sentence of an"
    " answer ends in bracketed citations; each resolves to an exact span of a stored source."
)


def create_app(
    assistant: Answering,
    settings: ApiSettings,
    *,
    keyless: bool = False,
    degraded: Answering | None = None,
    ingest: Ingest | None = None,
    tracer: Tracer | None = None,
    clock: Clock = time.time,
) -> FastAPI:
    """Return the application that answers with `assistant`, its state in `settings.state`.

    `keyless` answers this machine's own user without a key as long as there are no keys.
    `degraded` answers instead while many wait. Without `ingest` no documents are taken.

    Raises:
        StateTooNew: a later release wrote the state.
        OSError: the state folder cannot be used.
    """
    records = open_records(settings.state)
    metrics = Metrics()
    gate = Gate(settings.answers_at_once, settings.queue, settings.queue_seconds)
    metrics.watch(gate, assistant.index)
    store = AnswerStore(records)
    idempotency = Idempotency(records, longest=settings.answer_seconds + _GRACE_SECONDS)
    secret = server_secret(settings.state)
    counters = Counters(settings.state)
    limits = Limits(counters, settings.site_per_minute, settings.address_per_minute)
    admission = Admission(Keys(records, secret), limits, clock, keyless, settings.page_key)
    known_jobs = Jobs(records)
    worker = None
    if ingest is not None and settings.uploads:
        worker = Worker(settings.state, known_jobs, ingest.command, clock, metrics)
    runs = Runs(
        assistant,
        store,
        idempotency,
        gate,
        clock,
        metrics,
        settings.answer_seconds,
        degraded,
        settings.degrade_at,
        tracer or NoTrace(),
        settings.log_questions,
    )
    services = Services(
        assistant=assistant,
        settings=settings,
        clock=clock,
        cursors=Cursors(secret),
        answers=store,
        idempotency=idempotency,
        limits=limits,
        admission=admission,
        jobs=known_jobs,
        worker=worker,
        ingest=ingest,
        runs=runs,
        metrics=metrics,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        yield
        if worker is not None:
            await run_in_threadpool(worker.close)
        runs.close()
        records.close()
        counters.close()

    app = FastAPI(
        openapi_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(
                Border,
                clock=clock,
                metrics=metrics,
                max_header_bytes=settings.max_header_bytes,
            ),
            Middleware(Guard, admission=admission),
        ],
        exception_handlers={
            Problem: _on_problem,
            HTTPException: _on_http,
            RequestValidationError: _on_invalid,
            IndexFault: _on_index,
        },
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.services = services
    for router in (*ROUTERS, *PAGES):
        app.include_router(router)
    app.openapi = api_document  # type: ignore[method-assign]
    return app


@cache
def api_document() -> dict[str, Any]:
    """Return the OpenAPI document, which is the same for every server of a release."""
    bare = FastAPI(
        title="Citeproof",
        summary="Answers with every citation proven.",
        description=_DESCRIPTION,
        version=version("citeproof"),
    )
    for router in ROUTERS:
        bare.include_router(router)
    return openapi.document(bare)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request.scope)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {
        404: Code.NOT_FOUND,
        405: Code.METHOD_NOT_ALLOWED,
        413: Code.BODY_TOO_LARGE,
        415: Code.UNSUPPORTED_MEDIA_TYPE,
    }.get(error.status_code, Code.MALFORMED_BODY)
    headers = dict(error.headers or {})
    if code is Code.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return problem_response(Problem(code, headers=headers), request.scope)


def _methods(request: Request) -> list[str]:
    """Return every method that is known at an address, of which each has a route of its own."""
    known: set[str] = set()
    for route in (route for router in (*ROUTERS, *PAGES) for route in router.routes):
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            known |= getattr(route, "methods", None) or set()
    return sorted(known)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(e["type"] == "json_invalid" for e in found):
        return problem_response(Problem(Code.MALFORMED_BODY), request.scope)
    faults = [FieldFault(_pointer(e["loc"]), e["msg"]) for e in found[:20]]
    return problem_response(Problem(Code.INVALID_REQUEST, errors=faults), request.scope)


async def _on_index(request: Request, error: Exception) -> Response:
    assert isinstance(error, IndexFault)
    return problem_response(as_problem(error), request.scope)


def _pointer(place: Sequence[str | int]) -> str:
    """Return where a wrong value stands: `/a/0` in the body, `?a` in the query, `@a` a header."""
    where, *rest = place
    if where == "body":
        return "".join("/" + str(p).replace("~", "~0").replace("/", "~1") for p in rest)
    name = ".".join(map(str, rest))
    return f"@{name}" if where == "header" else f"?{name}"
