"""The command line as a process of its own: what it imports, and its streams."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = (
    "torch transformers sentence_transformers spacy fastapi trafilatura docx pypdf faiss numpy"
    " onnxruntime tokenizers rich jinja2 sqlite3"
)


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )


def citeproof(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_imports_nothing_that_computes() -> None:
    code = (
        "import sys, rag.__main__\n"
        "from typer.testing import CliRunner\n"
        "from rag.cli.app import app\n"
        "assert CliRunner().invoke(app, ['ask', '--help']).exit_code == 0\n"
        f"print([m for m in {HEAVY.split()!r} if m in sys.modules])"
    )
    done = python(code)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize("set_before", [None, "ACTIVE"])
def test_waiting_threads_sleep_unless_told_otherwise(set_before: str | None) -> None:
    before = f"os.environ['OMP_WAIT_POLICY'] = {set_before!r}\n" if set_before else ""
    code = f"import os\n{before}import rag.__main__\nprint(os.environ['OMP_WAIT_POLICY'])"
    assert python(code).stdout.strip() == (set_before or "PASSIVE")


def test_a_process_ends_with_the_status_of_its_error(tmp_path: Path) -> None:
    done = citeproof("ask", "Who counts boats?", "--index", str(tmp_path / "x"))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("citeproof: no index at ")
    assert done.stderr.count("\n") == 1


def test_without_arguments_it_helps() -> None:
    done = citeproof()
    assert done.returncode == 2
    assert "Commands:" in done.stdout + done.stderr
