"""The pages for readers, which work without JavaScript: ask, report, source, embed, errors."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.answering import Order
from api.asking import begin
from api.entry import require_own_machine
from api.pages_assets import LATEST, assets
from api.pages_view import margins, page, structured_data
from api.problems import MEANINGS, Code, Problem
from api.routes.answers import question_of, withdrawn
from api.routes.sources import stored_document
from api.runs import ERROR, last_frame
from api.schemas import Sha256
from api.services import Parts, RequestId, Services
from api.store import AnswerNotFound
from corpus.documents import page_at
from index.errors import IndexFault
from rag.citations import source_card
from rag.render import markdown, wording
from rag.render.json import from_data, to_json
from rag.report import Report

AROUND = 2000
"""Code points shown on each side of a passage to readers who may not have the whole text."""
LANGUAGES = {
    "en": "English",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
    "pt": "Português",
    "it": "Italiano",
    "ar": "العربية",
    "he": "עברית",
    "zh": "中文",
    "ja": "日本語",
}
"""The languages of the widget, by their own names."""
_FORM_BYTES = 64 * 1024
_FORM = "application/x-www-form-urlencoded"


class PageRoute(APIRoute):
    """A route whose refusals are pages, and that only this machine reaches without keys."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with its checks."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            services: Services = request.app.state.services
            try:
                if services.keyless:
                    require_own_machine(request.headers)
                return await handle(request)
            except Problem as problem:
                return fault_page(services, problem)
            except IndexFault:
                return fault_page(services, Problem(Code.INDEX_UNAVAILABLE))

        return guarded


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def ask_page(parts: Parts, q: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """Show the form to ask."""
    return _ask_page(parts, q)


@router.post("/ask")
async def ask(request: Request, parts: Parts, request_id: RequestId) -> Response:
    """Answer the question of the form and lead to the stored report."""
    caller = await run_in_threadpool(parts.admission.admit_form, request.headers, request.scope)
    text = (await _form(request)).get("question", "")
    try:
        order = Order(question_of(text, None), caller.site, request_id)
        begun = await begin(request, parts, caller, order, deadline=None)
        last = await last_frame(request, begun.frames)
    except Problem as problem:
        return _ask_page(parts, text, problem)
    if last.name == ERROR:
        return _ask_page(parts, text, Problem(Code(last.data["code"]), last.data["detail"]))
    return RedirectResponse(f"/r/{last.data['slug']}", 303)


@router.get("/r/{slug}.json")
def report_json(slug: str, parts: Parts) -> Response:
    """Return a stored report as `citeproof/report@1`."""
    return _download(to_json(_stored(parts, slug)), f"{slug}.json", "application/json")


@router.get("/r/{slug}.md")
def report_markdown(slug: str, parts: Parts) -> Response:
    """Return a stored report as Markdown."""
    text = markdown.render(_stored(parts, slug))
    return _download(text, f"{slug}.md", "text/markdown; charset=utf-8")


@router.get("/r/{slug}")
def report_page(slug: str, parts: Parts) -> Response:
    """Show a stored report, to be read, shared and printed."""
    answer = _answer(parts, slug)
    report = from_data(answer.report)
    caveats = [caveat.detail for caveat in (*answer.warnings, *withdrawn(parts, answer))]
    return page(
        "report.html",
        report=report,
        slug=slug,
        places=wording.places(report),
        statements={s.id: s for s in report.statements},
        margins=margins(report),
        caveats=caveats,
        structured=structured_data(report, slug),
        disclaimer=report.disclaimer,
    )


@router.get("/s/{source_id}")
def source_page(
    source_id: str,
    parts: Parts,
    at: Sha256 | None = None,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Show the stored text of a source with a span (in code points) marked.

    Without keys the whole text; else what stands around the span, or the beginning.
    """
    with parts.assistant.index.snapshot() as snapshot:
        document = stored_document(snapshot, source_id, at)
        live = snapshot.documents([document.id]).get(document.id)
    text = document.text
    if start >= end or end > len(text):
        start = end = 0
    first, last = (0, len(text)) if parts.keyless else (max(0, start - AROUND), end + AROUND)
    card = source_card(document)
    return page(
        "source.html",
        card=card,
        title=wording.title(card),
        live=live is not None and live.sha256 == document.sha256,
        before=text[first:start],
        exact=text[start:end],
        after=text[end:last],
        cut_before=first > 0,
        cut_after=last < len(text),
        start=start,
        end=end,
        page=page_at(document.pages, start) if end else None,
        disclaimer=parts.assistant.disclaimer,
    )


@router.get("/embed")
def embed_page(request: Request, parts: Parts) -> Response:
    """Show how to put the widget into a page."""
    held = assets()
    base = f"{request.url.scheme}://{request.url.netloc}"
    return page(
        "embed.html",
        here="embed",
        base=base,
        pinned=f"{base}{held.address('fc.js')}",
        integrity=held.integrity("fc.js"),
        latest=f"{base}/w/{LATEST}/fc.js",
        languages=LANGUAGES.items(),
        open=parts.keyless,
        site_key=parts.page_key,
        disclaimer=parts.assistant.disclaimer,
    )


@router.get("/docs/errors")
def errors_page(parts: Parts) -> Response:
    """Describe every error code."""
    return page("errors.html", meanings=MEANINGS.items(), disclaimer=parts.assistant.disclaimer)


def fault_page(services: Services, problem: Problem) -> Response:
    """Return a refusal as a page."""
    made = page(
        "fault.html",
        status=problem.status_code,
        heading=MEANINGS[problem.code].title,
        detail=problem.detail,
        disclaimer=services.assistant.disclaimer,
    )
    made.headers.update(problem.all_headers())
    return made


def _ask_page(parts: Services, question: str, problem: Problem | None = None) -> Response:
    with parts.assistant.index.snapshot() as snapshot:
        stats = snapshot.stats
    site_key = parts.page_key
    newest = wording.long_date(str(stats.latest_published) if stats.latest_published else None)
    return page(
        "ask.html",
        status=problem.status_code if problem else 200,
        here="ask",
        open=bool(site_key) or parts.keyless,
        site_key=site_key,
        question=question,
        fault=problem.detail if problem else None,
        corpus=f"{stats.documents:,} documents are searched; the newest is of {newest}.",
        disclaimer=parts.assistant.disclaimer,
    )


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a submitted form.

    Raises:
        Problem: it is none, or too long.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"The body must be `{_FORM}`.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _FORM_BYTES:
            raise Problem(Code.BODY_TOO_LARGE, headers={"Connection": "close"})
    fields = parse_qsl(body.decode("utf-8", "replace"), max_num_fields=16)
    return dict(fields)


def _answer(parts: Services, slug: str) -> Any:
    try:
        return parts.answers.by_slug(slug)
    except AnswerNotFound:
        raise Problem(Code.NOT_FOUND, "There is no report at this address.") from None


def _stored(parts: Services, slug: str) -> Report:
    return from_data(_answer(parts, slug).report)


def _download(text: str, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), 200, headers, media_type)
