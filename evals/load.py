"""Load on a server of this machine: how fast, how many at once, and what happens beyond that.

Arrivals of the open model come at random moments of a given mean rate, whether or not earlier
answers are done, and times count from those moments; so a server that stalls cannot hide it.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evals.bench.machine import machine
from index.ledger import LedgerReader
from index.schema import LEDGER_FILE, open_for_reading

SCHEMA = "citeproof/load@1"
READERS = (1, 4, 16, 64)
OVERLOAD = 3
QUESTIONS = 200

_GIVE_UP_SECONDS = 120.0
_SAMPLE_SECONDS = 2.0
_WARM_UP_SECONDS = 60.0
_FIRST = b"event: statement.verified"
_LAST = (b"event: answer.completed", b"event: error")
_TOTAL = re.compile(rb'"timings_ms":\{[^}]*"total":(\d+)')


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of one request; seconds count from the moment when it was due.

    `first` is the time to the first verified statement, None for refusals of any kind; `core` the
    server's own time for the answer. `status` is 0 where the connection broke.
    """

    status: int
    seconds: float
    complete: bool = False
    first: float | None = None
    core: float | None = None
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Window:
    """What a stretch of load came to; times in milliseconds, `first` to the first statement."""

    name: str
    seconds: float
    asked: int
    answered: int
    refused: int
    lost: int
    per_second: float
    first: dict[str, float]
    whole: dict[str, float]
    core: dict[str, float]


@dataclass(frozen=True, slots=True)
class Soak:
    """Memory of the server over a long stretch: megabytes, and their slope in MB an hour."""

    seconds: float
    first: float
    last: float
    slope: float
    samples: int


@dataclass(frozen=True, slots=True)
class Drain:
    """What became of the answers that were in the making when the server was told to stop."""

    in_flight: int
    finished: int
    told_to_ask_again: int
    lost: int
    exit_status: int


@dataclass
class Result:
    """All figures of one run."""

    machine: dict[str, Any]
    load_average: tuple[float, ...]
    documents: int
    workers: int
    overhead: dict[str, dict[str, float]] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    soak: Soak | None = None
    drain: Drain | None = None


def run(
    index: Path,
    *,
    seconds: float = 20.0,
    soak: float = 300.0,
    readers: Sequence[int] = READERS,
    workers: int = 1,
    output: Path | None = None,
    command: Sequence[str] = (sys.executable, "-m", "rag"),
) -> Result:
    """Serve the index, put load on it, print the figures, and write them to `output` if given."""
    questions = questions_about(index)
    result = Result(machine(), os.getloadavg(), documents_in(index), workers)
    with serving(index, command, workers) as (process, url):
        asyncio.run(_measure(result, url, process.pid, questions, readers, seconds, soak))
        result.drain = asyncio.run(_drain(process, url, questions))
    for line in shown(result):
        print(line)
    if output is not None:
        data = {"schema": SCHEMA, **asdict(result)}
        output.write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    return result


def questions_about(index: Path, count: int = QUESTIONS) -> list[str]:
    """Return questions about documents of an index, the same ones every time."""
    with contextlib.closing(open_for_reading(index / LEDGER_FILE)) as connection:
        titles = [source.title for _, source in LedgerReader(connection).sources()]
    chosen = random.Random(0).sample(titles, min(count, len(titles)))
    return [f"What is known about {title}?" for title in chosen]


def documents_in(index: Path) -> int:
    """Return the number of live documents."""
    with contextlib.closing(open_for_reading(index / LEDGER_FILE)) as connection:
        return LedgerReader(connection).generation().documents


@contextlib.contextmanager
def serving(
    index: Path, command: Sequence[str], workers: int
) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """Run a server on a free port of loopback and give its process and URL."""
    environment = {
        **os.environ,
        "CITEPROOF_API_METRICS_PORT": "0",
        "CITEPROOF_API_WORKERS": str(workers),
    }
    with subprocess.Popen(
        [*command, "serve", "--quiet", "--port", "0", "--index", str(index)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the server did not start; see its message above")
            yield process, url
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(_GIVE_UP_SECONDS)


async def ask(url: str, question: str, due: float) -> Reply:
    """Ask for a stream and read it to its end."""
    body = json.dumps({"question": question, "stream": True}).encode()
    first: float | None = None
    try:
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            reader, writer = await _send(url, "POST", "/v1/answers", body)
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                status = int(head.split(b" ", 2)[1])
                if status != 200:
                    return Reply(status, _since(due), retry_after=_retry_after(head))
                async for line in reader:
                    if first is None and line.startswith(_FIRST):
                        first = _since(due)
                    if line.startswith(_LAST):
                        data = await reader.readuntil(b"\n")
                        total = _TOTAL.search(data)
                        done = line.startswith(_LAST[0])
                        core = int(total[1]) / 1000 if total else None
                        return Reply(status, _since(due), done, first, core)
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        pass
    return Reply(0, _since(due))


async def closed(
    name: str, url: str, questions: Sequence[str], readers: int, seconds: float
) -> Window:
    """Let so many readers ask one question after the other; refused ones wait as they are told."""
    until = time.monotonic() + seconds
    replies: list[Reply] = []

    async def read(number: int) -> None:
        chosen = random.Random(number)
        while (now := time.monotonic()) < until:
            reply = await ask(url, chosen.choice(questions), now)
            replies.append(reply)
            if reply.retry_after:
                await asyncio.sleep(min(reply.retry_after, max(0.0, until - time.monotonic())))

    started = time.monotonic()
    await asyncio.gather(*(read(number) for number in range(readers)))
    return summarised(name, replies, time.monotonic() - started)


async def open_model(
    name: str, url: str, questions: Sequence[str], rate: float, seconds: float
) -> Window:
    """Let questions come at random moments, `rate` a second in the mean, whatever is going on."""
    chance = random.Random(1)
    started = due = time.monotonic()
    asked = []
    while (due := due + chance.expovariate(rate)) < started + seconds:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        asked.append(asyncio.ensure_future(ask(url, chance.choice(questions), due)))
    replies = await asyncio.gather(*asked)
    # Answers that came after the stretch still count: none of them was asked after it.
    return summarised(name, replies, time.monotonic() - started)


def summarised(name: str, replies: Sequence[Reply], seconds: float) -> Window:
    """Return what the replies of a stretch came to."""
    done = [reply for reply in replies if reply.complete]
    refused = sum(reply.status in (429, 503) for reply in replies)
    return Window(
        name=name,
        seconds=seconds,
        asked=len(replies),
        answered=len(done),
        refused=refused,
        lost=len(replies) - len(done) - refused,
        per_second=len(done) / seconds,
        first=percentiles([reply.first for reply in done if reply.first is not None]),
        whole=percentiles([reply.seconds for reply in done]),
        core=percentiles([reply.core for reply in done if reply.core is not None]),
    )


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return p50, p95 and p99 in milliseconds, by the nearest rank; empty where nothing is."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    ranks = {p: ordered[max(0, -(-len(ordered) * p // 100) - 1)] for p in (50, 95, 99)}
    return {f"p{p}": round(value * 1000, 2) for p, value in ranks.items()}


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return the slope of values over seconds, by least squares, for an hour."""
    if len(samples) < 2:
        return 0.0
    times, values = zip(*samples, strict=True)
    return statistics.linear_regression(times, values).slope * 3600


def shown(result: Result) -> Iterator[str]:
    """Yield the figures as lines of a table."""
    load = ", ".join(f"{value:.1f}" for value in result.load_average)
    yield f"{result.documents:,} documents, {result.workers} worker(s), load before: {load}"
    for name, found in result.overhead.items():
        yield f"  {name:<34} " + "  ".join(f"{p} {ms:.2f} ms" for p, ms in found.items())
    yield (
        f"  {'window':<22} {'answers/s':>9} {'refused':>8} {'lost':>5}"
        f" {'first p50/p95/p99 ms':>24} {'whole p50/p95/p99 ms':>24} {'core p50':>9}"
    )
    for window in result.windows:
        yield (
            f"  {window.name:<22} {window.per_second:>9.1f} {window.refused:>8} {window.lost:>5}"
            f" {_three(window.first):>24} {_three(window.whole):>24}"
            f" {window.core.get('p50', 0):>9.0f}"
        )
    if (soak := result.soak) is not None:
        yield (
            f"  soak of {soak.seconds:.0f} s: {soak.first:.0f} MB, then {soak.last:.0f} MB,"
            f" slope {soak.slope:+.1f} MB/h over {soak.samples} samples"
        )
    if (drain := result.drain) is not None:
        yield (
            f"  drain: {drain.in_flight} in the making, {drain.finished} finished,"
            f" {drain.told_to_ask_again} told to ask again, {drain.lost} lost,"
            f" exit status {drain.exit_status}"
        )


async def _measure(
    result: Result,
    url: str,
    pid: int,
    questions: Sequence[str],
    readers: Sequence[int],
    seconds: float,
    soak: float,
) -> None:
    await closed("warm-up", url, questions, 2, min(seconds, 5.0))
    result.overhead = {
        "an empty handler (/livez)": await _repeated(url, "/livez"),
        "an empty guarded one (/v1/models)": await _repeated(url, "/v1/models"),
    }
    for count in readers:
        name = f"{count} reader{'s' * (count > 1)}"
        result.windows.append(await closed(name, url, questions, count, seconds))
    capacity = max(window.per_second for window in result.windows)
    for times in (0.7, OVERLOAD):
        name = f"open, {times:g}x capacity"
        result.windows.append(await open_model(name, url, questions, capacity * times, seconds))
    if soak:
        result.soak = await _soak(result, url, pid, questions, capacity * 0.6, soak)


async def _soak(
    result: Result, url: str, pid: int, questions: Sequence[str], rate: float, seconds: float
) -> Soak:
    samples: list[tuple[float, float]] = []
    started = time.monotonic()

    async def watch() -> None:
        while True:
            samples.append((time.monotonic() - started, resident_megabytes(pid)))
            await asyncio.sleep(_SAMPLE_SECONDS)

    watching = asyncio.ensure_future(watch())
    window = await open_model("soak, 0.6x capacity", url, questions, rate, seconds)
    watching.cancel()
    result.windows.append(window)
    settled = [s for s in samples if s[0] >= min(_WARM_UP_SECONDS, seconds / 3)]
    return Soak(seconds, samples[0][1], samples[-1][1], slope(settled), len(settled))


async def _drain(
    process: "subprocess.Popen[str]", url: str, questions: Sequence[str], count: int = 8
) -> Drain:
    """Stop the server while answers are in the making, and see what becomes of each."""
    asked = [
        asyncio.ensure_future(ask(url, question, time.monotonic()))
        for question in (list(questions) * count)[:count]
    ]
    await asyncio.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    replies = await asyncio.gather(*asked)
    status = await asyncio.to_thread(process.wait, _GIVE_UP_SECONDS)
    finished = sum(reply.complete for reply in replies)
    again = sum(not reply.complete and reply.status in (200, 503) for reply in replies)
    return Drain(count, finished, again, count - finished - again, status)


async def _repeated(url: str, path: str, count: int = 300) -> dict[str, float]:
    """Return the percentiles of a request that does nothing, one after the other."""
    taken = []
    reader, writer = await _send(url, "GET", path, b"", keep=True)
    for _ in range(count):
        started = time.monotonic()
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        await reader.readexactly(int(length[1]))
        taken.append(time.monotonic() - started)
        writer.write(_request(url, "GET", path, b"", keep=True))
    writer.close()
    return percentiles(taken[1:])


async def _send(
    url: str, method: str, path: str, body: bytes, *, keep: bool = False
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**24)
    writer.write(_request(url, method, path, body, keep=keep))
    await writer.drain()
    return reader, writer


def _request(url: str, method: str, path: str, body: bytes, *, keep: bool) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _retry_after(head: bytes) -> float:
    found = re.search(rb"\r\nretry-after: (\d+)", head, re.IGNORECASE)
    return float(found[1]) if found else 0.0


def resident_megabytes(pid: int) -> float:
    """Return the resident memory of a process and its children, in MB."""
    pids = [pid, *_children(pid)]
    pages = 0
    for number in pids:
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{number}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
        return [int(number) for number in text.split()]
    return []


def _since(due: float) -> float:
    return time.monotonic() - due


def _three(found: dict[str, float]) -> str:
    return "/".join(f"{found[p]:.0f}" for p in ("p50", "p95", "p99")) if found else "-"
