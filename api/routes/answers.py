"""`/v1/answers`: ask, read again, list, and say what one thinks of an answer."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answering import Made, Order
from api.asking import begin, claimed, replay, stored_answer
from api.caller import Caller, Permission
from api.describe import problems
from api.envelope import Answer, Caveat, envelope
from api.guard import GuardedRoute, needs
from api.idempotency import REPLAYED, Claim
from api.ids import new_id
from api.problems import Code, FieldFault, Problem
from api.responses import cacheable, json_response
from api.runs import ERROR, Frame, last_frame
from api.schemas import Answer as AnswerModel
from api.schemas import (
    AnswerPage,
    CreateAnswer,
    Encoding,
    FeedbackList,
    GiveFeedback,
    StoredFeedback,
)
from api.services import Asker, Parts, RequestId, Services
from api.sse import EventStream, encoded
from api.store import Feedback
from corpus.dates import PartialDate
from rag.bundle import TextMissing, to_bundle
from rag.question import Question, QuestionError
from rag.render.json import from_data
from rag.texts import from_ledger

router = APIRouter(prefix="/v1/answers", tags=["answers"], route_class=GuardedRoute)

Limit = Annotated[int, Query(ge=1, le=100, description="Most items of the page.")]
After = Annotated[str | None, Query(max_length=400, description="`next_after` of the page before.")]
Deadline = Annotated[
    float | None,
    Header(alias="X-Deadline-Seconds", ge=1, le=600, description="Give up after so many seconds."),
]


def question_of(text: str, as_of: str | None, pointer: str = "/question") -> Question:
    """Return the question as it can be asked.

    Raises:
        Problem: it cannot.
    """
    try:
        return Question.parse(text, as_of=PartialDate.parse(as_of) if as_of else None)
    except QuestionError as error:
        raise Problem(
            Code.INVALID_QUESTION, str(error), errors=[FieldFault(pointer, str(error))]
        ) from error


@router.post("", status_code=201, responses=problems(AnswerModel, stream=True))
@needs(Permission.ASK)
async def create(
    body: CreateAnswer,
    request: Request,
    parts: Parts,
    caller: Asker,
    request_id: RequestId,
    deadline: Deadline = None,
) -> Response:
    """Answer a question: one object (201), or with `stream` its making as events (200).

    The answer is stored, and stays as it is. A refusal is an answer too.
    """
    question = question_of(body.question, body.as_of)
    order = Order(question, caller.site, request_id, body.offset_encoding)
    begun = await begin(request, parts, caller, order, deadline=deadline)
    if body.stream:
        return event_stream(begun.frames, parts, headers=begun.headers)
    last = completed(await last_frame(request, begun.frames))
    headers = {"Location": f"/v1/answers/{last.data['id']}", **begun.headers}
    return Response(last.text.encode(), 201, headers, "application/json")


@router.get("", responses=problems(AnswerPage))
@needs(Permission.READ, secret=True)
def index(parts: Parts, caller: Asker, limit: Limit = 20, after: After = None) -> Response:
    """List the site's answers, newest first."""
    listing = f"answers/{caller.site}"
    found = parts.answers.page(
        caller.site, before=parts.cursors.read(listing, after), limit=limit + 1
    )

    def show(item: Any) -> dict[str, Any]:
        shown = asdict(item)
        del shown["seq"]
        return {"object": "answer", **shown}

    return json_response(
        parts.cursors.page(listing, found, limit, place=lambda item: item.seq, show=show)
    )


@router.get("/{answer_id}", responses=problems(AnswerModel, cached=True))
@needs(Permission.READ)
def read(
    answer_id: str,
    request: Request,
    parts: Parts,
    caller: Asker,
    offset_encoding: Encoding = "codepoint",
) -> Response:
    """Return an answer as it was given; `warnings` say what happened to its sources since."""
    answer = stored_answer(parts, answer_id, caller.site)
    return cacheable(
        request, envelope(answer, offset_encoding, more_warnings=withdrawn(parts, answer))
    )


@router.get("/{answer_id}/events", responses=problems(None, stream=True))
@needs(Permission.READ)
def events(
    answer_id: str,
    parts: Parts,
    caller: Asker,
    offset_encoding: Encoding = "codepoint",
    last_event_id: Annotated[
        int, Header(alias="Last-Event-ID", ge=0, description="Leave out events up to this id.")
    ] = 0,
) -> Response:
    """Send the events of a finished answer again, for a client that lost its connection.

    They are kept for ten minutes; afterwards only the last one comes.
    """
    answer = stored_answer(parts, answer_id, caller.site)
    told = parts.answers.events(answer_id, caller.site)
    made = Made(answer, tuple(told))
    return event_stream(replay(made, offset_encoding), parts, after=last_event_id)


@router.get("/{answer_id}/bundle", responses=problems(None, bundle=True))
@needs(Permission.READ, secret=True)
def bundle(answer_id: str, parts: Parts, caller: Asker) -> Response:
    """Return the answer's report with the texts that it cites, for `citeproof verify`."""
    answer = stored_answer(parts, answer_id, caller.site)
    report = from_data(answer.report)
    try:
        with parts.assistant.index.snapshot() as snapshot:
            text = to_bundle(report, from_ledger(snapshot))
    except TextMissing as error:
        raise Problem(Code.NOT_FOUND, str(error)) from error
    headers = {"Content-Disposition": f'attachment; filename="{answer.id}.json"'}
    return Response(text.encode(), 200, headers, "application/json")


@router.post(
    "/{answer_id}/feedback", status_code=201, responses=problems(StoredFeedback, status=201)
)
@needs(Permission.FEEDBACK)
async def give_feedback(
    answer_id: str, body: GiveFeedback, request: Request, parts: Parts, caller: Asker
) -> Response:
    """Say whether an answer, or one statement or citation of it, was any good."""
    claim = await claimed(request, parts, caller)
    return await run_in_threadpool(_store_feedback, answer_id, body, parts, caller, claim)


@router.get("/{answer_id}/feedback", responses=problems(FeedbackList))
@needs(Permission.READ, secret=True)
def feedback(answer_id: str, parts: Parts, caller: Asker) -> Response:
    """List what readers said about an answer."""
    stored_answer(parts, answer_id, caller.site)
    found = parts.answers.feedback(answer_id, caller.site)
    return json_response({"object": "list", "data": [_shown(answer_id, f) for f in found]})


def completed(last: Frame) -> Frame:
    """Return a terminal frame that holds an answer.

    Raises:
        Problem: it tells of one.
    """
    if last.name == ERROR:
        raise Problem(
            Code(last.data["code"]), last.data["detail"], retry_after=last.data.get("retry_after")
        )
    return last


def event_stream(
    frames: AsyncGenerator[Frame],
    parts: Services,
    *,
    after: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the frames as a stream of events."""
    settings = parts.settings
    content = encoded(frames, ping_seconds=settings.ping_seconds, after=after)
    return EventStream(content, send_timeout=settings.send_seconds, headers=headers)


def withdrawn(parts: Services, answer: Answer) -> list[Caveat]:
    """Return a warning for each cited document that is not what it was, or not there any more."""
    cards = answer.report["sources"]
    with parts.assistant.index.snapshot() as snapshot:
        live = snapshot.documents(card["id"] for card in cards)
    return [*_changes(cards, {i: d.sha256 for i, d in live.items()})]


def _changes(cards: list[dict[str, Any]], live: dict[str, str]) -> Iterator[Caveat]:
    for card in cards:
        if card["id"] not in live:
            yield Caveat("source_withdrawn", f"Source [{card['n']}] is not in the index any more.")
        elif live[card["id"]] != card["sha256"]:
            yield Caveat("source_changed", f"Source [{card['n']}] has a newer version.")


def _store_feedback(
    answer_id: str, body: GiveFeedback, parts: Services, caller: Caller, claim: Claim | None
) -> Response:
    if claim is not None and claim.result is not None:
        known = {f.id: f for f in parts.answers.feedback(answer_id, caller.site)}
        return json_response(_shown(answer_id, known[claim.result]), status=201, headers=REPLAYED)
    now = parts.clock()
    feedback = Feedback(
        new_id("fbk", now),
        int(now),
        body.vote,
        body.reason,
        body.comment,
        body.statement,
        body.citation,
    )
    try:
        _require_known(stored_answer(parts, answer_id, caller.site), body)
        parts.answers.add_feedback(answer_id, caller.site, feedback, claim)
    except BaseException:
        if claim is not None:
            parts.idempotency.release(claim)
        raise
    return json_response(_shown(answer_id, feedback), status=201)


def _require_known(answer: Answer, body: GiveFeedback) -> None:
    report = answer.report
    ids = {s["id"] for part in report["sections"] for s in part["statements"]}
    ids |= {s["id"] for s in report["summary"]}
    faults = []
    if body.statement is not None and body.statement not in ids:
        faults.append(FieldFault("/statement", "the answer has no such statement"))
    if body.citation is not None and body.citation > len(report["sources"]):
        faults.append(FieldFault("/citation", "the answer has no such citation"))
    if faults:
        raise Problem(Code.INVALID_REQUEST, errors=faults)


def _shown(answer_id: str, feedback: Feedback) -> dict[str, Any]:
    return {"object": "feedback", "answer": answer_id, **asdict(feedback)}
