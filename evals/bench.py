"""Speed and memory on the demonstration corpus, as ratios to named floors of the same run."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

DEMO = Path(__file__).parent.parent / "corpus" / "demo"
QUESTION = (
    "Which Venezuelan organizations or criminal groups are implicated in fentanyl production and "
    "trafficking?"
)
_IMPORT = [sys.executable, "-c", "import torch, sentence_transformers"]


@dataclass(frozen=True)
class Figure:
    """A median of `n` measurements with its extremes."""

    name: str
    unit: str
    median: float
    low: float
    high: float
    n: int


def run(output: Path | None) -> None:
    """Measure, print a line a figure, and write `citeproof/bench@1` to `output` if given."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        figures = [_sync(index), *_cold(index), *_warm(index), *_embedding(index)]
    for f in figures:
        print(f"{f.name:<58} {f.median:9.3f} {f.unit:<9} ({f.low:.3f} - {f.high:.3f}, n={f.n})")
    if output is not None:
        machine = {"processor": platform.processor(), "cores": os.cpu_count()}
        data = {"schema": "citeproof/bench@1", "machine": machine}
        output.write_text(json.dumps({**data, "figures": [asdict(f) for f in figures]}, indent=2))


def _figure(name: str, unit: str, values: list[float]) -> Figure:
    return Figure(name, unit, statistics.median(values), min(values), max(values), len(values))


def _times(call: Callable[[], object], n: int) -> list[float]:
    found = []
    for _ in range(n):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return found


def _command(index: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "rag", *words],
        env={**os.environ, "CITEPROOF_INDEX": str(index)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )


def _sync(index: Path) -> Figure:
    times = _times(lambda: _command(index, "sync", str(DEMO)), 1)
    return _figure("sync of the demonstration corpus, export included", "s", times)


def _cold(index: Path) -> list[Figure]:
    floor = _times(lambda: subprocess.run(_IMPORT, check=True), 3)
    cold = _times(lambda: _command(index, "ask", QUESTION), 5)
    ratio = statistics.median(cold) / statistics.median(floor)
    return [
        _figure("import torch, sentence_transformers (the floor)", "s", floor),
        _figure("cold ask, a new process", "s", cold),
        _figure("cold ask / the floor", "ratio", [ratio]),
    ]


def _warm(index: Path) -> list[Figure]:
    code = (
        "import resource, sys; from evals.bench import warm_times; "
        f"print(*warm_times({str(index)!r})); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    times, memory = done.stdout.strip().split("\n")
    values = [float(t) * 1000 for t in times.split()]
    return [
        _figure("warm ask", "ms", values),
        _figure("peak memory of a process that asks", "MB", [float(memory)]),
    ]


def warm_times(index: str) -> list[float]:
    """Return the seconds of 20 answers in one process, after one that warms up."""
    from index.embedders.choice import find_model, for_questions
    from index.index import Index
    from rag.assistant import Assistant
    from rag.question import Question
    from rag.verify.hand import HandVerifier
    from rag.write.verbatim import VerbatimWriter

    folder = Path(index)
    opened = Index.open(folder, for_questions(find_model(None), folder))
    assistant = Assistant(opened, VerbatimWriter(), HandVerifier())
    question = Question.parse(QUESTION)
    today = date(2025, 12, 20)
    assistant.ask(question, today=today)
    times = _times(lambda: assistant.ask(question, today=today), 20)
    opened.close()
    return times


def _embedding(index: Path) -> list[Figure]:
    from sentence_transformers import SentenceTransformer

    from index.embedders.choice import find_model, for_ingest

    bodies = [p.read_text("utf-8").split("---\n", 2)[-1] for p in sorted(DEMO.glob("d*.md"))] * 2
    model = find_model(None)
    ours = for_ingest(model, index)
    plain = SentenceTransformer(str(model.path), device="cpu", local_files_only=True)
    ours.embed(bodies[:8])
    plain.encode(bodies[:8])
    loop = _times(lambda: plain.encode(bodies, normalize_embeddings=True), 3)
    fast = _times(lambda: ours.embed(bodies), 3)
    return [
        _figure("plain sentence-transformers loop", "chunks/s", [len(bodies) / t for t in loop]),
        _figure("our ingest embedder", "chunks/s", [len(bodies) / t for t in fast]),
        _figure(
            "our ingest embedder / the plain loop",
            "ratio",
            [statistics.median(loop) / statistics.median(fast)],
        ),
    ]
