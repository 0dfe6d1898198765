"""The server as a process: where it listens, what it says, and how it ends."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import uvicorn
from serving import PROGRAM, QuotingAssistant, live, make_index, read_events, settings

from api.app import create_app
from api.connections import Connection
from api.errors import AddressRefused
from api.server import Server, is_loopback, listen, url_of

QUESTION = {"question": "How many boats are there?"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving")
    make_index(folder).close()
    return folder


def citeproof(folder: Path, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments, "--index", str(folder / "index")],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "CITEPROOF_API_METRICS_PORT": "0", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_fresh_server_answers_its_own_machine_and_says_what_that_means(folder: Path) -> None:
    process = citeproof(folder, "serve", "--port", "0")
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    assert httpx.get(f"{url}/readyz").json() == {"status": "ready", "generation": "g000001"}
    answer = httpx.post(f"{url}/v1/answers", json=QUESTION)
    assert answer.status_code == 201
    assert (folder / "index" / "server" / "records.sqlite").exists()
    process.send_signal(signal.SIGTERM)
    out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert told.splitlines()[0] == f"Citeproof answers at {url}; press Ctrl-C to stop."
    logged = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    (access,) = [entry for entry in logged if entry.get("route") == "/v1/answers"]
    assert access["request_id"] == answer.headers["x-request-id"]
    assert (access["method"], access["status"], access["site"]) == ("POST", 201, "local")
    assert QUESTION["question"] not in told
    assert "without a key" in told
    assert "citeproof keys create" in told


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "citeproof.example"])
def test_without_keys_no_other_address_than_loopback_is_listened_on(
    folder: Path, host: str
) -> None:
    process = citeproof(folder, "serve", "--host", host)
    out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert "citeproof keys create" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sk_0123", "CITEPROOF_API_PAGE_KEY"),
        (f"pk_{'0' * 26}_{'0' * 32}", "citeproof keys create --publishable"),
    ],
)
def test_a_key_for_the_pages_that_opens_nothing_is_named_before_anything_listens(
    folder: Path, key: str, words: str
) -> None:
    process = citeproof(folder, "serve", "--page-key", key)
    out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert words in told
    assert key not in told


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        process = citeproof(folder, "serve", "--port", port)
        out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert f"127.0.0.1 port {port}" in told


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("", False),
    ],
)
def test_only_addresses_of_this_machine_are_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(AddressRefused, match=r"192\.0\.2\.1 port 0"):
        listen("192.0.2.1", 0)
    with pytest.raises(AddressRefused, match="no address of this machine"):
        listen("a name with spaces", 0)


def test_an_address_of_version_6_makes_a_url_in_brackets() -> None:
    with socket.socket(socket.AF_INET6) as listener:
        listener.bind(("::1", 0))
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


@contextmanager
def stoppable(
    folder: Path, assistant: QuotingAssistant, drain: float
) -> Iterator[tuple[str, Server]]:
    app = create_app(assistant, settings(folder), keyless=True)
    config = uvicorn.Config(app, log_config=None, lifespan="on")
    server = Server(config, app.state.services.runs, drain)
    with listen("127.0.0.1", 0) as listener:
        url = url_of(listener)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield url, server
        finally:
            server.handle_exit(signal.SIGTERM, None)
            thread.join()


def ask(url: str, told: list[str]) -> threading.Thread:
    def run() -> None:
        body = {**QUESTION, "stream": True}
        told.append(httpx.post(f"{url}/v1/answers", json=body, timeout=60).text)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def held(folder: Path) -> Iterator[tuple[QuotingAssistant, threading.Event, threading.Event]]:
    """An assistant that waits in its first step, whether it got there, and what lets it go on."""
    reached, go_on = threading.Event(), threading.Event()

    def before(name: str) -> None:
        reached.set()
        go_on.wait()

    with make_index(folder / "held") as index:
        yield QuotingAssistant(index, before=before), reached, go_on
        go_on.set()


def test_a_server_that_is_stopped_finishes_its_answers(
    tmp_path: Path, held: tuple[QuotingAssistant, threading.Event, threading.Event]
) -> None:
    assistant, reached, go_on = held
    told: list[str] = []
    with stoppable(tmp_path, assistant, drain=60) as (url, server):
        asking = ask(url, told)
        reached.wait()
        server.handle_exit(signal.SIGTERM, None)
        while httpx_answers(url):
            time.sleep(0.01)
        go_on.set()
        asking.join()
    assert read_events(told[0]).names[-1] == "answer.completed"


def test_answers_that_take_longer_than_the_drain_end_in_a_retryable_error(
    tmp_path: Path, held: tuple[QuotingAssistant, threading.Event, threading.Event]
) -> None:
    assistant, reached, go_on = held
    told: list[str] = []
    with stoppable(tmp_path, assistant, drain=0.1) as (url, server):
        asking = ask(url, told)
        reached.wait()
        server.handle_exit(signal.SIGTERM, None)
        asking.join()
        go_on.set()
    events = read_events(told[0])
    assert events.names == ["error"]
    assert '"code":"shutting_down"' in events.data[0]
    assert '"retryable":true' in events.data[0]


def httpx_answers(url: str) -> bool:
    try:
        httpx.get(f"{url}/livez")
    except httpx.HTTPError:
        return False
    return True


def test_settings_of_the_server_do_not_disturb_other_commands(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEPROOF_API_PORT", "1")
    process = citeproof(folder, "index", "list")
    process.communicate(timeout=30)
    assert process.returncode == 0
    monkeypatch.setenv("CITEPROOF_API_PROT", "1")
    process = citeproof(folder, "serve")
    _, told = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "did you mean CITEPROOF_API_PORT?" in told


def two_free_ports() -> int:
    """Return the first of two ports that no "any free port" can take meanwhile."""
    for first in range(21_000 + os.getpid() % 5_000, 32_000, 2):
        try:
            with listen("127.0.0.1", first), listen("127.0.0.1", first + 1):
                return first
        except AddressRefused:
            continue
    raise AssertionError("no two ports are free")


def test_several_workers_share_one_address_and_end_together(folder: Path) -> None:
    first = two_free_ports()
    variables = {"CITEPROOF_API_WORKERS": "2", "CITEPROOF_API_METRICS_PORT": str(first)}
    process = citeproof(folder, "serve", "--port", "0", **variables)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    answers = [httpx.post(f"{url}/v1/answers", json=QUESTION) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {201}
    # What one worker stored the other one reads.
    read = [httpx.get(f"{url}{a.headers['location']}").status_code for a in answers]
    assert set(read) == {200}
    counted = 0.0
    for port in (first, first + 1):
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        found = re.findall(r'answers_total{status="[a-z_]+"} ([0-9.]+)', text)
        counted += sum(map(float, found))
    assert counted == 6
    children = psutil.Process(process.pid).children()
    assert len(children) == 2
    children[0].kill()
    until = time.monotonic() + 30
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode in (0, 5)
    assert time.monotonic() < until
    psutil.wait_procs(children, timeout=10)
    assert not any(child.is_running() for child in children)


def test_a_question_is_logged_only_when_asked_for(folder: Path) -> None:
    process = citeproof(folder, "serve", "--port", "0", CITEPROOF_API_LOG_QUESTIONS="true")
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    httpx.post(f"{url}/v1/answers", json=QUESTION)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=30)
    logged = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    assert [e["question"] for e in logged if e["message"] == "answer"] == [QUESTION["question"]]


def test_measures_have_a_port_of_their_own_that_is_named_when_taken(folder: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        process = citeproof(folder, "serve", "--port", "0", CITEPROOF_API_METRICS_PORT=port)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "CITEPROOF_API_METRICS_PORT" in told


def test_connections_that_never_say_what_they_want_are_closed(tmp_path: Path, folder: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)

        class Impatient(Connection):
            header_seconds = 0.3

        with live(app, http=Impatient) as url:
            host, port = url.removeprefix("http://").split(":")
            silent, slow = (socket.create_connection((host, int(port))) for _ in range(2))
            kept = httpx.Client(base_url=url)
            assert kept.get("/livez").status_code == 200
            slow.sendall(b"GET /livez HTTP/1.1\r\n")
            started = time.monotonic()
            for connection in (silent, slow):
                connection.settimeout(20)
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(100) == b""
                connection.close()
            assert time.monotonic() - started < 20
            assert kept.get("/livez").status_code == 200
            kept.close()


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(
            QuotingAssistant(index), settings(tmp_path, body_seconds=0.2), keyless=True
        )
        with live(app) as url:
            host, port = url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), 20) as connection:
                connection.sendall(
                    b"POST /v1/answers HTTP/1.1\r\nHost: localhost\r\n"
                    b'Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"ques'
                )
                told = b""
                while b"body_timeout" not in told and (more := connection.recv(10_000)):
                    told += more
            assert told.startswith(b"HTTP/1.1 408")
            assert b'"code": "body_timeout"' in told


def test_more_connections_than_the_limit_are_told_to_come_back(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with live(app, limit_concurrency=10) as url:
            host, port = url.removeprefix("http://").split(":")
            held = [socket.create_connection((host, int(port))) for _ in range(12)]
            time.sleep(0.1)
            assert httpx.get(f"{url}/livez").status_code == 503
            for connection in held:
                connection.close()
            while httpx.get(f"{url}/livez").status_code == 503:
                time.sleep(0.02)
