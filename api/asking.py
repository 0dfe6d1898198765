"""The way into an answer that all surfaces share: idempotency key, budget, then the work."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.answering import Made, Order, replayed
from api.caller import Caller
from api.envelope import Answer
from api.idempotency import REPLAYED, Claim, fingerprint, key_of
from api.offsets import OffsetEncoding
from api.problems import Code, Problem
from api.runs import Frame, frame
from api.services import Services
from api.store import AnswerNotFound


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer on its way: its frames, and headers that say whether it was made before."""

    frames: AsyncGenerator[Frame]
    headers: dict[str, str]


async def begin(
    request: Request, parts: Services, caller: Caller, order: Order, *, deadline: float | None
) -> Begun:
    """Begin an answer, or find the one that was made under the same idempotency key.

    Raises:
        Problem: the budget is used up, the server is busy, or the key was used otherwise.
    """
    claim = await claimed(request, parts, caller)
    if claim is not None and claim.result is not None:
        made = await run_in_threadpool(_stored, parts, claim.result, caller.site)
        return Begun(replay(made, order.encoding), dict(REPLAYED))
    try:
        if caller.answers_per_day is not None:
            await run_in_threadpool(parts.limits.spend, caller, parts.clock())
        try:
            order = replace(order, claim=claim, traceparent=request.headers.get("traceparent"))
            frames = await parts.runs.stream(order, deadline=deadline)
        except BaseException:
            parts.limits.refund(caller, parts.clock())
            raise
    except BaseException:
        if claim is not None:
            parts.idempotency.release(claim)
        raise
    return Begun(frames, {})


async def claimed(
    request: Request, parts: Services, caller: Caller, *, content: bytes | None = None
) -> Claim | None:
    """Return the claim on the request's idempotency key, None without one.

    `content` tells the request from others instead of its body.

    Raises:
        Problem: the key is worked on, or belongs to another request.
    """
    key = key_of(request)
    if key is None:
        return None
    print_ = fingerprint(request, await request.body() if content is None else content)
    return await run_in_threadpool(
        parts.idempotency.claim, caller.owner, key, print_, parts.clock()
    )


async def replay(made: Made, encoding: OffsetEncoding) -> AsyncGenerator[Frame]:
    """Yield the frames of a finished answer."""
    for name, data in replayed(made, encoding):
        yield frame(name, data)


def stored_answer(parts: Services, answer_id: str, site: str) -> Answer:
    """Return a site's answer.

    Raises:
        Problem: it has none of this id.
    """
    try:
        return parts.answers.get(answer_id, site)
    except AnswerNotFound:
        raise Problem(Code.NOT_FOUND, "There is no answer of this id.") from None


def _stored(parts: Services, answer_id: str, site: str) -> Made:
    answer = stored_answer(parts, answer_id, site)
    return Made(answer, tuple(parts.answers.events(answer_id, site)))
