"""Files of strangers: whatever is in them, they end in a reason, and the process goes on."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from api.parsing import documents_from_json, documents_to_json
from api.sandbox import Bounds, Sandbox
from corpus.loading import File, Loaded, LoadError, parse

ROOT = Path(__file__).parent.parent
MIB = 2**20


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Bounds(seconds=20, memory=1024 * MIB)) as sandbox:
        yield sandbox


def put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def read(sandbox: Sandbox, path: Path, name: str) -> Loaded | LoadError:
    try:
        return sandbox.parse(path, name)
    except LoadError as error:
        return error


def test_a_file_is_read_as_it_would_be_here(sandbox: Sandbox, tmp_path: Path) -> None:
    text = "---\ntitle: Boats\npublished: 2024-05\n---\n# Count\n\n312 boats, 港口 🛥️.\n".encode()
    path = put(tmp_path, "0123.md", text)
    loaded = sandbox.parse(path, "boats of 2024.md")
    assert loaded == parse(File("boats of 2024.md", "text/markdown", text))
    assert documents_from_json(documents_to_json(loaded)) == loaded


def test_the_network_is_kept_away(sandbox: Sandbox) -> None:
    assert sandbox.isolation in ("namespace", "seccomp")


def in_parser(code: str, *, memory: int = 1024) -> subprocess.CompletedProcess[str]:
    head = "import json, os, signal, socket\nfrom api.parsing import _in_child, leave_network\n"
    tail = f"\nprint(json.dumps(_in_child(work, 1, {memory * MIB}, {MIB})))"
    return subprocess.run(
        [sys.executable, "-c", f"{head}{code}{tail}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("while True: pass", "limit: reading it takes more than 1 s of processor time"),
        ("bytearray(1 << 31)", "limit: reading it takes more than 1,024 MiB of memory"),
        (
            "import tempfile; tempfile.TemporaryFile().write(bytes(1 << 22))",
            "limit: its text is too long",
        ),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "reading it ended in a crash"),
        ("raise ValueError", "reading it ended in a crash"),
        ("os._exit(0)", "reading it ended in a crash"),
        ("[os.open('/dev/null', 0) for _ in range(100)]", "reading it ended in a crash"),
    ],
)
def test_a_process_that_breaks_its_bounds_is_ended_with_the_reason(body: str, reason: str) -> None:
    done = in_parser(f"def work():\n    {body}")
    assert json.loads(done.stdout)["reason"] == reason


def test_a_process_that_sleeps_is_ended_by_the_clock() -> None:
    done = in_parser("import time\ndef work():\n    time.sleep(60)")
    assert "limit" in json.loads(done.stdout)["reason"]


@pytest.mark.parametrize("how", ["leave_network()", "_refuse_sockets(ctypes.CDLL(None))"])
def test_no_address_can_be_reached_from_inside(how: str) -> None:
    code = (
        f"import ctypes\nfrom api.parsing import _refuse_sockets\n{how}\n"
        "def work():\n"
        "    told = []\n"
        "    for address in ('127.0.0.1', '192.0.2.1'):\n"
        "        try:\n"
        "            socket.create_connection((address, 9), 0.5)\n"
        "        except OSError as error:\n"
        "            told.append(error.errno)\n"
        "    return {'reason': str(len(told)), 'advice': str(111 in told)}"
    )
    # 111: the machine's own loopback refused the connection, so it was reached.
    assert json.loads(in_parser(code).stdout) == {"reason": "2", "advice": "False"}


def docx(entries: dict[str, bytes]) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return data.getvalue()


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(10))
    + b"]><w:document>&k;</w:document>"
)
XXE = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    b"<w:document>&e;</w:document>"
)
MANY = b"%PDF-1.4\n" + b"1 0 obj<</Kids[1 0 R]/Type/Pages/Count 999999999>>endobj\n" * 50
BOMBS = {
    "zip bomb.docx": docx({"word/document.xml": bytes(300 * MIB)}),
    "many entries.docx": docx({f"{i}.xml": b"x" for i in range(6000)}),
    "laughs.docx": docx({"word/document.xml": LAUGHS}),
    "xxe.docx": docx({"word/document.xml": XXE}),
    "climber.docx": docx({"../../../../tmp/climbed": b"x"}),
    "no zip.docx": b"PK\x03\x04" + b"\x00" * 100,
    "old.docx": b"\xd0\xcf\x11\xe0" + b"\x00" * 100,
    "loop.pdf": MANY + b"trailer<</Root<</Pages 1 0 R>>>>",
    "nested.pdf": b"%PDF-1.7\n" + b"[" * 200_000,
    "numbers.pdf": b"%PDF-1.7\nxref\n0 99999999\n" + b"0000000000 65535 f \n" * 50,
    "short.pdf": b"%PDF-",
    "no text.pdf": b"%PDF-1.4\n%%EOF",
    "deep.html": b"<div>" * 100_000,
    "attributes.html": b"<p " + b"a=1 " * 100_000 + b">",
    "nothing.html": b"<script>" * 1000,
    "binary.txt": bytes(range(256)) * 50,
    "deep.jsonl": b"[" * 200_000,
    "numbers.jsonl": b'{"text": 1' + b"0" * 100_000 + b"}",
    "aliases.md": b"---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n"
    b"c: [*b,*b,*b,*b,*b,*b,*b,*b]\n---\ntext",
    "tag.md": b"---\ntitle: !!python/object/apply:os.system ['touch /tmp/run']\n---\ntext",
    "brackets.md": b"[" * 50_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_in_a_reason(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    path = put(tmp_path, f"bomb{Path(name).suffix}", BOMBS[name])
    outcome = read(sandbox, path, name)
    if isinstance(outcome, LoadError):
        assert outcome.path == name
        assert outcome.reason
        assert outcome.advice
    else:
        # Nothing that was outside the file got into its text.
        assert not any("root:" in document.text for document in outcome.documents)
        assert name.endswith((".md", ".html", ".jsonl"))
    assert not Path("/tmp/climbed").exists()
    assert not Path("/tmp/run").exists()


def test_after_every_bomb_the_next_file_is_read(tmp_path: Path) -> None:
    good = put(tmp_path, "good.md", b"One boat was seen.")
    with Sandbox(Bounds(seconds=1, memory=400 * MIB)) as sandbox:
        for name in ("zip bomb.docx", "nested.pdf", "deep.html"):
            bomb = put(tmp_path, f"bomb{Path(name).suffix}", BOMBS[name])
            with pytest.raises(LoadError):
                sandbox.parse(bomb, name)
            assert sandbox.parse(good, "good.md").documents[0].text == "One boat was seen."


def test_a_parser_process_that_is_killed_is_started_anew(tmp_path: Path) -> None:
    good = put(tmp_path, "good.md", b"One boat was seen.")
    with Sandbox(Bounds(seconds=5, memory=400 * MIB)) as sandbox:
        process = sandbox._process
        assert process is not None
        process.kill()
        process.wait()
        with pytest.raises(LoadError, match="broke the process"):
            sandbox.parse(good, "good.md")
        assert sandbox.parse(good, "good.md").documents


def test_the_parser_process_sees_nothing_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    from api.sandbox import _environment

    monkeypatch.setenv("CITEPROOF_SECRET", "x")
    assert set(_environment()) <= {"PATH", "LANG", "TMPDIR", "PYTHONPATH"}
    assert os.environ["CITEPROOF_SECRET"] == "x"


@bounded(max_examples=60, deadline=None)
@given(
    suffix=st.sampled_from([".md", ".txt", ".jsonl", ".pdf", ".docx", ".html"]),
    data=st.binary(min_size=1, max_size=400),
    magic=st.sampled_from([b"", b"%PDF-1.4\n", b"PK\x03\x04", b"---\n", b"<html>", b'{"text":']),
)
def test_no_bytes_break_the_process(
    sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    data: bytes,
    magic: bytes,
) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzzed{suffix}"
    path.write_bytes(magic + data)
    outcome = read(sandbox, path, "fuzzed")
    reason = outcome.reason if isinstance(outcome, LoadError) else ""
    assert "broke the process" not in reason
    assert "crash" not in reason
