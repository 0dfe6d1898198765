"""Crowds: far more streams than the server makes at once, and clients that take without reading."""

import asyncio
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import PROGRAM, make_index

from evals.load import Reply, ask, resident_megabytes, serving

QUESTION = "How many boats are there?"


@pytest.fixture
def server(tmp_path: Path) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    make_index(tmp_path).close()
    with serving(tmp_path / "index", (sys.executable, "-c", PROGRAM), 1) as found:
        yield found


async def crowd(url: str, count: int, *, at_once: int) -> list[Reply]:
    places = asyncio.Semaphore(at_once)

    async def one() -> Reply:
        async with places:
            return await ask(url, QUESTION, time.monotonic())

    return await asyncio.gather(*(one() for _ in range(count)))


def outcomes(replies: list[Reply]) -> Counter[str]:
    return Counter(
        "answered" if r.complete else "refused" if r.status == 503 else "lost" for r in replies
    )


def test_a_crowd_is_answered_or_told_to_come_back(
    server: "tuple[subprocess.Popen[str], str]",
) -> None:
    _, url = server
    found = outcomes(asyncio.run(crowd(url, 300, at_once=150)))
    assert found["answered"] >= 34  # those in the making and those in the queue
    assert found["refused"] > 0
    assert found["lost"] == 0


@pytest.mark.slow
def test_ten_thousand_streams_leave_memory_flat(
    server: "tuple[subprocess.Popen[str], str]",
) -> None:
    process, url = server
    asyncio.run(crowd(url, 2_000, at_once=400))
    before = resident_megabytes(process.pid)
    found = outcomes(asyncio.run(crowd(url, 10_000, at_once=400)))
    after = resident_megabytes(process.pid)
    assert found["lost"] == 0
    assert found["answered"] > 300
    assert after < before + 40


@pytest.mark.slow
def test_clients_that_take_and_never_read_do_not_hold_the_others_up(
    server: "tuple[subprocess.Popen[str], str]",
) -> None:
    _, url = server
    host, port = url.removeprefix("http://").split(":")
    body = b'{"question": "How many boats are there?", "stream": true}'
    head = (
        f"POST /v1/answers HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    greedy = []
    for _ in range(200):
        connection = socket.create_connection((host, int(port)))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.sendall(head + body)
        greedy.append(connection)
    found = outcomes(asyncio.run(crowd(url, 20, at_once=1)))
    for connection in greedy:
        connection.close()
    assert found["lost"] == 0
    assert found["answered"] > 0
