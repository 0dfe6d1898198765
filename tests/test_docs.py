"""Documentation that can be run is run."""

import json
import re
import subprocess
import sys
from pathlib import Path

from reports import library, report
from typer.main import get_command

from rag.bundle import to_bundle
from rag.cli.app import app

DOCS = Path(__file__).parent.parent / "docs"


def test_the_checker_of_the_format_page_passes_a_bundle_and_stops_a_changed_one(
    tmp_path: Path,
) -> None:
    page = (DOCS / "report-format.md").read_text("utf-8")
    match = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert match is not None
    data = json.loads(to_bundle(report(), library))
    assert _run(match[1], data, tmp_path).returncode == 0
    text = json.dumps(data)
    quote = data["report"]["summary"][0]["citations"][0]["quote"]
    changed = json.loads(text.replace(json.dumps(quote), json.dumps(quote[:-2] + "x.")))
    assert _run(match[1], changed, tmp_path).returncode != 0


def _run(code: str, bundle: object, folder: Path) -> "subprocess.CompletedProcess[str]":
    path = folder / "bundle.json"
    path.write_text(json.dumps(bundle), "utf-8")
    return subprocess.run(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", code, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_of_the_command_line_names_every_command() -> None:
    page = (DOCS / "cli.md").read_text("utf-8")
    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = [name for name, command in commands.items() if not command.hidden]
    assert "ask" in shown
    for name in shown:
        assert f"`citeproof {name}" in page
