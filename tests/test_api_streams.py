import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from serving import QuotingAssistant, live, make_index, read_events, settings

from api.answering import Order
from api.app import create_app
from api.problems import Code
from api.runs import Frame, Run, frame
from api.sse import encoded
from index.index import Index
from rag.question import Question

ASK = {"question": "How many boats are there?"}
STREAM = {**ASK, "stream": True}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with make_index(tmp_path) as index:
        yield index


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.005)


class Pause:
    """Holds an assistant before the named event until `go` is set."""

    def __init__(self, event: str) -> None:
        self.event = event
        self.reached = threading.Event()
        self.go = threading.Event()

    def __call__(self, name: str) -> None:
        if name == self.event:
            self.reached.set()
            assert self.go.wait(10)


def make(tmp_path: Path, assistant: QuotingAssistant, **changed: object) -> FastAPI:
    return create_app(assistant, settings(tmp_path, **changed), keyless=True)


def test_pings_fill_the_silence_between_events() -> None:
    async def slow() -> AsyncGenerator[Frame]:
        yield frame("a", {})
        await asyncio.sleep(0.05)
        yield frame("answer.completed", {"text": "line\nbreak \u2028 and more"})

    async def collect() -> str:
        return b"".join([part async for part in encoded(slow(), ping_seconds=0.01)]).decode()

    found = read_events(asyncio.run(collect()))
    assert found.comments
    assert set(found.comments) == {": ping"}
    assert found.names == ["a", "answer.completed"]
    assert json.loads(found.data[1]) == {"text": "line\nbreak \u2028 and more"}


def test_events_that_come_at_once_go_out_together() -> None:
    async def burst() -> AsyncGenerator[Frame]:
        for i in range(5):
            yield frame("a", {"i": i})
        await asyncio.sleep(0)
        yield frame("answer.completed", {})

    async def collect() -> list[str]:
        return [part.decode() async for part in encoded(burst(), ping_seconds=10, after=1)]

    first, last = asyncio.run(collect())
    assert [json.loads(data)["i"] for data in read_events(first).data] == [1, 2, 3, 4]
    assert "id: 2\n" in first
    assert read_events(last).names == ["answer.completed"]


def test_a_source_that_breaks_breaks_the_stream() -> None:
    async def broken() -> AsyncGenerator[Frame]:
        yield frame("a", {})
        raise ValueError("broken")

    told = []

    async def collect() -> None:
        async for part in encoded(broken(), ping_seconds=10):
            told.append(part)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(collect())
    assert len(told) == 1


def a_run() -> Run:
    order = Order(Question.parse("How many boats are there?"), "local", "req_1")
    return Run(order, asyncio.get_running_loop())


async def frames_of(run: Run) -> list[Frame]:
    found = []
    while not run.ended:
        if ready := run.taken():
            found.append(ready)
        else:
            await run.come()
    return found


def test_frames_of_a_thread_arrive_all_and_in_order() -> None:
    async def story() -> list[Frame]:
        run = a_run()

        def work() -> None:
            for i in range(5000):
                run.emit("a", {"i": i})
            run.emit("answer.completed", {"i": 5000})

        thread = threading.Thread(target=work)
        thread.start()
        found = await frames_of(run)
        thread.join()
        return found

    found = asyncio.run(asyncio.wait_for(story(), 60))
    assert [ready.data["i"] for ready in found] == list(range(5001))


def test_only_one_terminal_frame_is_taken_whatever_comes_after() -> None:
    async def story() -> tuple[list[str], Frame | None]:
        run = a_run()
        run.emit("a", {})
        run.stop(Code.CANCELLED)
        run.stop(Code.SHUTTING_DOWN)
        run.emit("answer.completed", {})
        found = [ready.name for ready in await frames_of(run)]
        run.stop(Code.DEADLINE_EXCEEDED)
        return found, run.taken()

    assert asyncio.run(story()) == (["a", "error"], None)


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_closing_a_stream_closes_its_source(taken: int) -> None:
    closed = False

    async def source() -> AsyncGenerator[Frame]:
        nonlocal closed
        try:
            yield frame("a", {})
            await asyncio.sleep(0)
            yield frame("b", {})
            await asyncio.sleep(60)
        finally:
            closed = True

    async def story() -> None:
        stream = encoded(source(), ping_seconds=30)
        for _ in range(taken):
            await anext(stream)
        await stream.aclose()
        assert closed is (taken > 0)

    asyncio.run(asyncio.wait_for(story(), 10))


@pytest.mark.parametrize("body", [STREAM, ASK])
def test_a_client_that_goes_away_stops_the_work(
    tmp_path: Path, index: Index, body: dict[str, object]
) -> None:
    pause = Pause("plan.made")
    assistant = QuotingAssistant(index, before=pause)
    app = make(tmp_path, assistant)
    with live(app) as address:
        host, port = address.removeprefix("http://").split(":")
        content = json.dumps(body).encode()
        with socket.create_connection((host, int(port))) as client:
            client.sendall(
                b"POST /v1/answers HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(content), content)
            )
            assert pause.reached.wait(10)
        runs = app.state.services.runs
        until(lambda: all(run.stopped for run in runs.active))
        pause.go.set()
        until(lambda: not runs.active)
        assert assistant.closed == [ASK["question"]]
        assert httpx.get(f"{address}/v1/answers").json()["data"] == []


def test_events_arrive_while_the_answer_is_made(tmp_path: Path, index: Index) -> None:
    pause = Pause("plan.made")
    app = make(tmp_path, QuotingAssistant(index, before=pause), ping_seconds=0.02)
    with (
        live(app) as address,
        httpx.stream("POST", f"{address}/v1/answers", json=STREAM) as response,
    ):
        text = ""
        for part in response.iter_text():
            text += part
            if "statement.verified" in text and ": ping" in text:
                pause.go.set()
        found = read_events(text)
        assert found.names[-1] == "answer.completed"
        assert found.comments


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_takes_too_long_is_given_up(
    tmp_path: Path, index: Index, stream: bool
) -> None:
    pause = Pause("plan.made")
    app = make(tmp_path, QuotingAssistant(index, before=pause))
    with live(app) as address:
        response = httpx.post(
            f"{address}/v1/answers",
            json={**ASK, "stream": stream},
            headers={"X-Deadline-Seconds": "1"},
        )
        if stream:
            found = read_events(response.text)
            assert found.names[-1] == "error"
            problem = json.loads(found.data[-1])
        else:
            assert response.status_code == 504
            problem = response.json()
        assert (problem["code"], problem["retryable"]) == ("deadline_exceeded", True)
        pause.go.set()


def test_a_busy_server_refuses_quickly_and_recovers(tmp_path: Path, index: Index) -> None:
    pause = Pause("sources.found")
    app = make(tmp_path, QuotingAssistant(index, before=pause), answers_at_once=1, queue=1)
    with live(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        outcomes: list[int] = []

        def ask() -> None:
            outcomes.append(httpx.post(f"{address}/v1/answers", json=ASK, timeout=20).status_code)

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        gate = app.state.services.runs.gate
        until(lambda: (gate.running, gate.waiting) == (1, 1))
        for _ in range(20):
            refused = client.post("/v1/answers", json=STREAM)
            assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) >= 2
        assert client.get("/livez").status_code == 200
        pause.go.set()
        for thread in threads:
            thread.join(20)
        assert outcomes == [201, 201]
        assert client.post("/v1/answers", json=ASK).status_code == 201


def test_a_busy_server_quotes_instead_of_rewording_and_says_so(
    tmp_path: Path, index: Index
) -> None:
    pause = Pause("sources.found")
    usual = QuotingAssistant(index, before=pause, writer="rewording")
    plain = QuotingAssistant(index, writer="quoting")
    app = create_app(
        usual,
        settings(tmp_path, answers_at_once=1, queue=5, degrade_at=1),
        keyless=True,
        degraded=plain,
    )
    with live(app) as address:
        answers: list[dict[str, object]] = []

        def ask() -> None:
            response = httpx.post(f"{address}/v1/answers", json=ASK, timeout=20)
            answers.append(response.json())

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: app.state.services.runs.gate.waiting == 3)
        pause.go.set()
        for thread in threads:
            thread.join(20)
    told = [(a["report"]["method"]["writer"], [w["code"] for w in a["warnings"]]) for a in answers]  # type: ignore[index, attr-defined]
    assert sorted(told) == [("quoting", ["degraded"])] + [("rewording", [])] * 3


def test_a_draining_server_finishes_what_it_can_and_stops_the_rest(
    tmp_path: Path, index: Index
) -> None:
    pause = Pause("plan.made")
    app = make(tmp_path, QuotingAssistant(index, before=pause))
    runs = app.state.services.runs
    with live(app) as address, httpx.Client(base_url=address, timeout=20) as client:
        found: list[str] = []

        def ask() -> None:
            found.append(httpx.post(f"{address}/v1/answers", json=STREAM, timeout=20).text)

        thread = threading.Thread(target=ask)
        thread.start()
        assert pause.reached.wait(10)
        loop = next(iter(runs.active)).loop
        loop.call_soon_threadsafe(runs.drain, 0.2)
        until(lambda: runs.draining)
        assert client.get("/readyz").json()["status"] == "draining"
        assert client.get("/livez").status_code == 200
        refused = client.post("/v1/answers", json=ASK)
        assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
        thread.join(20)
        pause.go.set()
        events = read_events(found[0])
        problem = json.loads(events.data[-1])
        assert events.names[-1] == "error"
        assert (problem["code"], problem["retryable"]) == ("shutting_down", True)


def test_a_client_that_reads_nothing_is_cut_off(tmp_path: Path, index: Index) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        while True:
            yield b": " + b"x" * 65536 + b"\n\n"

    from api.sse import EventStream

    app = make(tmp_path, QuotingAssistant(index))
    ended = threading.Event()

    @app.get("/frozen")
    async def frozen() -> EventStream:
        async def watched() -> AsyncGenerator[bytes]:
            try:
                async for part in endless():
                    yield part
            finally:
                ended.set()

        return EventStream(watched(), send_timeout=0.2)

    with live(app) as address:
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"GET /frozen HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert ended.wait(10)
