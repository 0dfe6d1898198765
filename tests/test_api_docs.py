"""What the documentation promises is so: quick starts run, settings and routes are named."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import QuotingAssistant, live, make_index, settings

from api.app import api_document, create_app
from api.settings import ApiSettings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
API = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("docs")
    with make_index(folder) as index:
        app = create_app(QuotingAssistant(index), settings(folder), keyless=True)
        with live(app) as url:
            yield url.rsplit(":", 1)[1]


def block(language: str, word: str) -> str:
    """The one code block of the README in a language that has a word in it."""
    found = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (code,) = [code for code in found if word in code]
    assert "127.0.0.1:8380" in code
    return str(code)


def run(command: list[str], code: str, port: str) -> str:
    """Run a block as it stands; only the port is that of the server of this test."""
    done = subprocess.run(
        command,
        input=code.replace(":8380", f":{port}"),
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": ""},
    )
    return done.stdout


def test_the_quick_start_with_curl_runs(port: str) -> None:
    answer = json.loads(run(["sh", "-eu"], block("sh", "curl"), port))
    assert answer["object"] == "answer"
    assert answer["report"]["status"] == "answered"


def test_the_quick_start_in_python_runs(port: str) -> None:
    told = run([sys.executable, "-"], block("python", "OpenAI"), port)
    assert "[1]." in told
    assert re.search(r"^\[1\] Note \w+ https://port\.example/\w+$", told, re.MULTILINE)


def test_every_setting_is_documented_with_its_default() -> None:
    for name, field in ApiSettings.model_fields.items():
        row = f"| `CITEPROOF_API_{name.upper()}` | `{field.default}` | {field.description} |"
        assert row in API
    documented = set(re.findall(r"^\| `CITEPROOF_API_(\w+)`", API, re.MULTILINE))
    assert documented == {name.upper() for name in ApiSettings.model_fields}


def test_every_resource_is_documented() -> None:
    for path in api_document()["paths"]:
        resource = re.split(r"[/{:]", path.removeprefix("/v1").strip("/"))[0]
        assert f"/{resource}" in API, path
