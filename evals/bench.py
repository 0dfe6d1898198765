"""Speed and memory on the demonstration corpus, as ratios to named floors of the same run."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

SCHEMA = "citeproof/bench@1"
DEMO = Path(__file__).parent.parent / "corpus" / "demo"
QUESTION = (
    "Which Venezuelan organizations or criminal groups are implicated in fentanyl production and "
    "trafficking?"
)
COLD_RUNS, WARM_RUNS, SYNC_RUNS, EMBEDDING_RUNS = 5, 20, 3, 5
PLAIN_BATCH = 32

_PACKAGES = ("torch", "sentence-transformers", "onnxruntime", "faiss-cpu", "numpy")
_FLAGS = ("avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16")


@dataclass(frozen=True, slots=True)
class Figure:
    """A median of `n` measurements with its extremes."""

    name: str
    unit: str
    median: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Child:
    """What a process cost: wall-clock seconds, and its peak resident memory in MB."""

    seconds: float
    megabytes: float


def run(output: Path | None) -> None:
    """Measure, print a table, and write `citeproof/bench@1` to `output` if given."""
    facts = machine()
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder) / "index"
        figures = [*_sync(index), *_cold(index), *_warm(index), *_embedding(index)]
    _print(facts, figures)
    if output is not None:
        data = {"schema": SCHEMA, "machine": facts, "figures": [asdict(f) for f in figures]}
        output.write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, system and versions."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    told = dict(line.split(":", 1) for line in reversed(lines) if ":" in line)
    fields = {key.strip(): value.strip() for key, value in told.items()}
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name", platform.processor()),
        "flags": [flag for flag in _FLAGS if flag in flags],
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def summarise(name: str, unit: str, values: Sequence[float]) -> Figure:
    """Return the figure of some measurements."""
    return Figure(name, unit, statistics.median(values), min(values), max(values), len(values))


def measure_child(*command: str, index: Path) -> Child:
    """Run a command to its end and return what it cost.

    The system counts this process into a child's peak until the child begins its own program, so
    measure children before loading anything large.

    Raises:
        CalledProcessError: it failed.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        env={**os.environ, "CITEPROOF_INDEX": str(index)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        # wait4, because the usage of all children together would hide the smaller ones.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Child(seconds, usage.ru_maxrss / unit)


def _citeproof(index: Path, *words: str) -> Child:
    return measure_child(sys.executable, "-m", "rag", *words, index=index)


def _sync(index: Path) -> list[Figure]:
    first = _citeproof(index, "sync", str(DEMO))
    again = [_citeproof(index, "sync", str(DEMO)) for _ in range(SYNC_RUNS)]
    return [
        summarise("first sync of the demonstration corpus, export included", "s", [first.seconds]),
        summarise("sync with nothing new", "s", [child.seconds for child in again]),
        summarise("peak memory of the first sync", "MB", [first.megabytes]),
    ]


def _cold(index: Path) -> list[Figure]:
    floor, cold = [], []
    for _ in range(COLD_RUNS):
        heavy = "import torch, sentence_transformers"
        floor.append(measure_child(sys.executable, "-c", heavy, index=index))
        cold.append(_citeproof(index, "ask", QUESTION))
    ratios = [ours.seconds / theirs.seconds for ours, theirs in zip(cold, floor, strict=True)]
    return [
        summarise("import torch, sentence_transformers", "s", [c.seconds for c in floor]),
        summarise("cold ask, a new process", "s", [c.seconds for c in cold]),
        summarise("cold ask / that import", "ratio", ratios),
        summarise("peak memory of a cold ask", "MB", [c.megabytes for c in cold]),
    ]


def _warm(index: Path) -> list[Figure]:
    code = "import sys; from evals.bench import print_warm_times; print_warm_times(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(index)], capture_output=True, text=True, check=True
    )
    values = [float(line) * 1000 for line in done.stdout.split()]
    p95 = statistics.quantiles(values, n=20, method="inclusive")[-1]
    return [
        summarise("warm ask", "ms", values),
        Figure("warm ask, 95th percentile", "ms", p95, p95, p95, len(values)),
    ]


def print_warm_times(index: str) -> None:
    """Print the seconds of each of 20 answers in one process, after one that warms up."""
    from rag.cli.compose import open_assistant
    from rag.question import Question
    from rag.settings import load_settings

    question, today = Question.parse(QUESTION), date(2025, 12, 20)
    with open_assistant(load_settings(index=Path(index))) as assistant:
        assistant.ask(question, today=today)
        for seconds in _times(lambda: assistant.ask(question, today=today), WARM_RUNS):
            print(seconds)


def _embedding(index: Path) -> list[Figure]:
    from sentence_transformers import SentenceTransformer

    from index.embedders.choice import find_model, for_ingest
    from index.embedders.torch_embedder import no_progress_bars

    model = find_model(None)
    ours = for_ingest(model, index)
    with no_progress_bars():
        plain = SentenceTransformer(str(model.path), device="cpu", local_files_only=True)
    texts = _chunks(ours.count_tokens, ours.max_tokens)

    def loop() -> None:
        for start in range(0, len(texts), PLAIN_BATCH):
            batch = texts[start : start + PLAIN_BATCH]
            plain.encode(batch, batch_size=PLAIN_BATCH, show_progress_bar=False)

    ours.embed(texts[:PLAIN_BATCH])
    plain.encode(texts[:PLAIN_BATCH], show_progress_bar=False)
    slow, fast = [], []
    # In turns, so that whatever else the machine does hits both alike.
    for _ in range(EMBEDDING_RUNS):
        slow += _times(loop, 1)
        fast += _times(lambda: ours.embed(texts), 1)
    ratios = [s / f for s, f in zip(slow, fast, strict=True)]
    kind = type(ours).__name__
    return [
        summarise("plain sentence-transformers loop", "chunks/s", [len(texts) / s for s in slow]),
        summarise(f"ingest embedder ({kind})", "chunks/s", [len(texts) / s for s in fast]),
        summarise("ingest embedder / the plain loop", "ratio", ratios),
    ]


def _chunks(count_tokens: Callable[[str], int], max_tokens: int) -> list[str]:
    """Return the passages of the demonstration corpus, in the order of its documents."""
    from corpus.chunking import Window, chunk_document
    from corpus.loading import discover, load

    window = Window(count_tokens, max_tokens)
    return [
        chunk.span.slice(document.text)
        for path in discover(DEMO).files
        for document in load(path, DEMO).documents
        for chunk in chunk_document(document, window=window)
    ]


def _times(call: Callable[[], object], n: int) -> list[float]:
    found = []
    for _ in range(n):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return found


def _print(facts: dict[str, Any], figures: Sequence[Figure]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    flags = ", ".join(facts["flags"]) or "no known flags"
    console.print(f"{facts['processor']}, {facts['cores']} cores, {flags}; {facts['system']}")
    console.print(
        f"Python {facts['python']}, " + ", ".join(f"{k} {v}" for k, v in facts["packages"].items())
    )
    table = Table("what", "median", "unit", "lowest", "highest", "n")
    for column in (1, 3, 4, 5):
        table.columns[column].justify = "right"
    for f in figures:
        table.add_row(
            f.name, f"{f.median:,.2f}", f.unit, f"{f.low:,.2f}", f"{f.high:,.2f}", str(f.n)
        )
    console.print(table)
