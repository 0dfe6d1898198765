"""Answers being made: in threads, within bounds, told to the event loop, stopped when unwanted."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request

from api.admission import Gate
from api.answering import Order, Production
from api.envelope import Caveat, envelope
from api.idempotency import Idempotency
from api.metrics import Metrics
from api.ports import Answering, Clock
from api.problems import Code, Problem
from api.responses import encode
from api.store import AnswerStore
from api.tracing import NoTrace, Trace, Tracer
from index.errors import IndexFault
from rag.events import AnswerCompleted

ERROR = "error"
COMPLETED = AnswerCompleted.name

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

DEGRADED = Caveat(
    "degraded",
    "The server was busy, so this answer quotes the sources word for word instead of rewording"
    " them; ask again later for the usual wording.",
)


class Frame(NamedTuple):
    """An event on its way to the client: `text` is `data` as JSON in one line."""

    name: str
    data: Mapping[str, Any]
    text: str

    @property
    def terminal(self) -> bool:
        """Whether nothing follows it."""
        return self.name in (COMPLETED, ERROR)


def frame(name: str, data: Mapping[str, Any]) -> Frame:
    """Return the event with its JSON."""
    return Frame(name, data, encode(data).decode())


@dataclass(eq=False)
class Run:
    """One answer on its way from its thread to its client; exactly one terminal frame gets out."""

    order: Order
    loop: asyncio.AbstractEventLoop
    stopped: Code | None = None
    ended: bool = False
    _ready: deque[Frame] = field(default_factory=deque)
    _come: asyncio.Event = field(default_factory=asyncio.Event)
    _called: bool = False

    def emit(self, name: str, data: Mapping[str, Any]) -> None:
        """Send a frame from the thread that makes the answer."""
        self._ready.append(frame(name, data))
        # One call wakes the loop for all frames until it looks: each costs the threads a switch.
        if self._called:
            return
        self._called = True
        try:
            self.loop.call_soon_threadsafe(self._come.set)
        except RuntimeError:
            self.stopped = Code.SHUTTING_DOWN  # the loop is closed: nobody listens any more

    def taken(self) -> Frame | None:
        """Return the next frame if there is one; on the event loop."""
        if self.ended or not self._ready:
            return None
        ready = self._ready.popleft()
        self.ended = ready.terminal
        return ready

    async def come(self) -> None:
        """Return when there may be a frame to take."""
        self._called = False
        self._come.clear()
        # What came before the clearing has called for nobody.
        if not self._ready:
            await self._come.wait()

    def check(self) -> None:
        """Give the work up where it was stopped.

        Raises:
            Problem: it was.
        """
        if self.stopped is not None:
            raise Problem(self.stopped)

    def stop(self, code: Code) -> None:
        """Give the work up at its next step, and tell the client at once; on the event loop."""
        if not self.ended:
            self.stopped = code
            problem = Problem(code, retry_after=1 if code is Code.SHUTTING_DOWN else None)
            self._ready.append(error_frame(problem, self.order.request_id))
            self._come.set()


def error_frame(problem: Problem, request_id: str) -> Frame:
    """Return the terminal event that tells of a problem."""
    return frame(ERROR, problem.data(instance="/v1/answers", request_id=request_id))


@dataclass
class Runs:
    """Makes answers in `gate.capacity` threads and stores them.

    `degraded` answers instead of `assistant` while more than `degrade_at` requests wait.
    """

    assistant: Answering
    store: AnswerStore
    idempotency: Idempotency
    gate: Gate
    clock: Clock
    metrics: Metrics
    deadline: float
    degraded: Answering | None = None
    degrade_at: int = 0
    tracer: Tracer = field(default_factory=NoTrace)
    log_questions: bool = False
    active: set[Run] = field(default_factory=set)
    draining: bool = False
    _threads: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.gate.capacity, thread_name_prefix="answer")

    async def stream(
        self,
        order: Order,
        *,
        deadline: float | None = None,
    ) -> AsyncGenerator[Frame]:
        """Return the frames of an answer, whose making begins when they are first asked for.

        Closing the iterator stops the work. `deadline` is in seconds, and no later than the
        server's own.

        Raises:
            Problem: the server is busy or shuts down; nothing was begun.
        """
        until = time.monotonic() + min(deadline or self.deadline, self.deadline)
        if self.draining:
            raise Problem(Code.SHUTTING_DOWN, retry_after=1)
        try:
            await self.gate.enter(order.site)
        except Problem:
            self.metrics.shed.inc()
            raise
        return self._frames(self._start(order), until)

    async def work(self, site: str, do: Callable[[], Result]) -> Result:
        """Do other heavy work within the same bounds as answers.

        Raises:
            Problem: the server is busy or shuts down.
        """
        if self.draining:
            raise Problem(Code.SHUTTING_DOWN, retry_after=1)
        await self.gate.enter(site)
        done = asyncio.get_running_loop().run_in_executor(self._threads, do)
        done.add_done_callback(lambda _: self.gate.leave())
        return await asyncio.shield(done)

    def drain(self, seconds: float) -> None:
        """Begin no new answer, and stop after `seconds` those that are not finished by then."""
        self.draining = True
        asyncio.get_running_loop().call_later(seconds, self._stop_all)

    def close(self) -> None:
        """Stop everything and wait for the threads."""
        self._stop_all()
        self._threads.shutdown(wait=True)

    def _stop_all(self) -> None:
        for run in tuple(self.active):
            run.stop(Code.SHUTTING_DOWN)

    def _start(self, order: Order) -> Run:
        assistant = self.assistant
        if self.degraded is not None and self.gate.waiting > self.degrade_at:
            assistant = self.degraded
            order = replace(order, caveats=(DEGRADED,))
        run = Run(order, asyncio.get_running_loop())
        self.active.add(run)
        self.metrics.inflight.inc()
        work = run.loop.run_in_executor(self._threads, self._work, assistant, run)

        def done(_: asyncio.Future[None]) -> None:
            self.active.discard(run)
            self.metrics.inflight.dec()
            self.gate.leave()

        work.add_done_callback(done)
        return run

    async def _frames(self, run: Run, until: float) -> AsyncGenerator[Frame]:
        try:
            while not run.ended:
                if ready := run.taken():
                    yield ready
                    continue
                try:
                    async with asyncio.timeout(until - time.monotonic()):
                        await run.come()
                except TimeoutError:
                    run.stop(Code.DEADLINE_EXCEEDED)
        finally:
            run.stop(Code.CANCELLED)

    def _work(self, assistant: Answering, run: Run) -> None:
        with self.tracer.answering(run.order.question.text, run.order.traceparent) as trace:
            self._answer(assistant, run, trace)

    def _answer(self, assistant: Answering, run: Run, trace: Trace) -> None:
        started = time.monotonic()
        order = run.order

        def emit(name: str, data: Mapping[str, Any]) -> None:
            trace.step(name, data)
            run.emit(name, data)

        try:
            made = Production(assistant, order, self.clock, run.check).run(emit)
            self.store.add(made.answer, made.events, order.claim)
        except Exception as error:  # the border of the thread
            if order.claim is not None:
                self.idempotency.release(order.claim)
            problem = as_problem(error)
            if problem.code is Code.INTERNAL:
                _log.exception("answer failed", extra={"request_id": order.request_id})
            self.metrics.failed(problem.code)
            trace.failed(problem.code)
            self._log(order, problem.code, time.monotonic() - started)
            ready = error_frame(problem, order.request_id)
            run.emit(ready.name, ready.data)
        else:
            seconds = time.monotonic() - started
            run.emit(COMPLETED, envelope(made.answer, order.encoding))
            self.metrics.answered(made.answer, seconds)
            trace.answered(made.answer.report, made.answer.usage)
            self._log(order, made.answer.report["status"], seconds, made.answer.id)

    def _log(
        self, order: Order, outcome: str, seconds: float, answer_id: str | None = None
    ) -> None:
        _log.info(
            "answer",
            extra={
                "request_id": order.request_id,
                "site": order.site,
                "outcome": outcome,
                "answer": answer_id,
                "milliseconds": round(seconds * 1000, 1),
                "question": order.question.text if self.log_questions else None,
            },
        )


async def last_frame(request: Request, frames: AsyncGenerator[Frame]) -> Frame:
    """Return the terminal frame; where the client goes away before, the work is stopped.

    Raises:
        Problem: nobody waits for the answer any more.
    """

    async def last() -> Frame:
        async with aclosing(frames) as source:
            async for ready in source:
                if ready.terminal:
                    return ready
        raise AssertionError("frames end in a terminal one")

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, watch = asyncio.ensure_future(last()), asyncio.ensure_future(gone())
    try:
        await asyncio.wait({working, watch}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
    finally:
        working.cancel()
        watch.cancel()
        await asyncio.wait({working, watch})
    raise Problem(Code.CANCELLED)


def as_problem(error: Exception) -> Problem:
    """Return what the client is told of an error; nothing of what is ours to know."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, IndexFault):
        return Problem(Code.INDEX_UNAVAILABLE, retry_after=5)
    return Problem(Code.INTERNAL)
