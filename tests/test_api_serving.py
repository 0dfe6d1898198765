"""The server as a process: where it listens, what it says, and how it ends."""

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
import pytest
import uvicorn
from serving import PROGRAM, QuotingAssistant, make_index, read_events, settings

from api.app import create_app
from api.errors import AddressRefused
from api.server import Server, is_loopback, listen, url_of

QUESTION = {"question": "How many boats are there?"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serving")
    make_index(folder).close()
    return folder


def citeproof(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments, "--index", str(folder / "index")],
        cwd=Path(__file__).parent.parent,
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
