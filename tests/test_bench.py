import subprocess
import sys
from pathlib import Path

import pytest

from evals.bench import machine, measure_child, summarise


def test_a_figure_keeps_median_extremes_and_count() -> None:
    figure = summarise("warm ask", "ms", [3.0, 1.0, 8.0])
    assert (figure.median, figure.low, figure.high, figure.n) == (3.0, 1.0, 8.0, 3)


def test_a_childs_time_and_memory_are_measured(tmp_path: Path) -> None:
    code = "import time; b'x' * (200 << 20); time.sleep(0.1)"
    child = measure_child(sys.executable, "-c", code, index=tmp_path)
    assert child.megabytes > 200
    assert child.seconds > 0.1


def test_a_child_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measure_child(sys.executable, "-c", "raise SystemExit(3)", index=tmp_path)


def test_the_machine_is_described() -> None:
    facts = machine()
    assert facts["cores"] >= 1
    assert facts["packages"]["onnxruntime"]
