"""What a process of its own costs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# What any program of this kind imports.
HEAVY = "import torch, sentence_transformers"
Floor = Callable[[Path], "Child"]


class Program(Protocol):
    """Runs the command line on an index."""

    def __call__(self, index: Path, *words: str) -> "Child":
        """Return what it cost."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """What a process cost: wall-clock seconds, and its peak resident memory in MB."""

    seconds: float
    megabytes: float


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


def citeproof(index: Path, *words: str) -> Child:
    """Run this program's command line in a process of its own, like `measure_child`."""
    return measure_child(sys.executable, "-m", "rag", *words, index=index)


def floor(index: Path) -> Child:
    """Import what any program of this kind imports, like `measure_child`."""
    return measure_child(sys.executable, "-c", HEAVY, index=index)
