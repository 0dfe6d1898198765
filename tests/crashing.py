"""What the processes do that `test_index_crash.py` kills, and the nursery that forks them.

Run as a script it imports and loads everything once. Then for each task, a line of JSON, it forks
a child that does it, kills it where the task says so, and answers with a line of JSON: what
the child reported, and how it ended.
"""

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes import WordHashEmbedder

from index.index import Index

KEYS = [f"{number}.md" for number in range(24)]

Reporter = Callable[[dict[str, Any]], None]


def read_files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("[!.]*.md")}


def write_file(folder: Path, name: str, text: str) -> None:
    """Write a file that is never seen half-written."""
    hidden = folder / f".{name}"
    hidden.write_text(text)
    hidden.replace(folder / name)


def make_text(random_: random.Random) -> str:
    subjects = ["gold", "tin", "nile", "rhine", "copper", "iron"]
    number = random_.randrange(10**6)
    return " ".join(
        f"Number {number} is about {random_.choice(subjects)}."
        for _ in range(random_.randint(1, 6))
    )


def read_index(index: Index) -> dict[str, str]:
    """Return the live texts by key."""
    with index.snapshot() as snapshot:
        documents = snapshot.documents([i for i, _ in snapshot.sources()]).values()
        return {document.source.key: document.text for document in documents}


def cite(index: Index) -> list[tuple[str, str, int, int, str]]:
    """Return document, hash, start, end and text of a sentence of every live document."""
    with index.snapshot() as snapshot:
        found = []
        for document_id, _ in snapshot.sources():
            last = snapshot.neighbours(document_id).sentences[-1]
            sha256 = snapshot.document(document_id).sha256
            found.append((document_id, sha256, last.span.start, last.span.end, last.text))
        return found


def change_for_ever(home: Path, seed: int, deleted: set[str], report: Reporter) -> None:
    """Change the folder and sync it, or delete a document, and report before and after."""
    random_ = random.Random(seed)
    folder = home / "notes"
    with Index.open(home / "index", WordHashEmbedder(), writable=True) as index:
        live = read_index(index)
        while True:
            if live and random_.random() < 0.2:
                key = random_.choice(sorted(live))
                with index.snapshot() as snapshot:
                    (document_id,) = [i for i, s in snapshot.sources() if s.key == key]
                deleted = deleted | {key}
                live = {name: text for name, text in live.items() if name != key}
                report({"live": live, "deleted": sorted(deleted)})
                index.delete(document_id)
            else:
                for name in random_.sample(KEYS, 5):
                    if random_.random() < 0.25:
                        (folder / name).unlink(missing_ok=True)
                    else:
                        write_file(folder, name, make_text(random_))
                write_file(folder, KEYS[0], make_text(random_))
                files = read_files(folder)
                live = {name: text for name, text in files.items() if name not in deleted}
                report({"live": live, "deleted": sorted(deleted)})
                index.sync([folder])
            report({"live": live, "deleted": sorted(deleted), "citations": cite(index)})


FILE_EVENTS = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree"}
STATEMENTS = ("BEGIN", "COMMIT", "INSERT INTO generations", "INSERT INTO memberships")


def sync_until(home: Path, stop_at: int) -> None:
    """Sync, and die just before the event number `stop_at` that touches the disk."""
    events = 0
    connections: list[sqlite3.Connection] = []

    def count() -> None:
        nonlocal events
        events += 1
        if events > stop_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_statement(statement: str) -> None:
        if statement.startswith(STATEMENTS):
            count()

    def on_event(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "sqlite3.connect/handle":
            connections.append(arguments[0])
        elif name in FILE_EVENTS or (name == "open" and arguments[2] & os.O_WRONLY):
            count()

    sys.addaudithook(on_event)
    with Index.open(home / "index", WordHashEmbedder(), writable=True) as index:
        for connection in connections:
            connection.set_trace_callback(on_statement)
        index.sync([home / "notes"])


def perform(task: dict[str, Any], report: Reporter) -> None:
    home = Path(task["home"])
    if "stop_at" in task:
        sync_until(home, task["stop_at"])
    else:
        change_for_ever(home, task["seed"], set(task["deleted"]), report)


def raise_child(task: dict[str, Any]) -> dict[str, Any]:
    """Fork a child for the task; `life` seconds after its report number `after` it is killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        status = 1
        try:
            perform(task, lambda said: _write(writing, said))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    said = b""
    with open(reading, "rb", buffering=0) as pipe:
        while data := pipe.read(1 << 16):
            said += data
            if said.count(b"\n") >= task.get("after", sys.maxsize):
                time.sleep(task["life"])
                os.kill(child, signal.SIGKILL)
                said += pipe.readall()
                break
    _, status = os.waitpid(child, 0)
    whole = [line for line in said.splitlines(keepends=True) if line.endswith(b"\n")]
    return {
        "reports": [json.loads(line) for line in whole],
        "ended": os.waitstatus_to_exitcode(status),
    }


def _write(pipe: int, said: dict[str, Any]) -> None:
    os.write(pipe, json.dumps(said).encode() + b"\n")


def main() -> None:
    import faiss  # noqa: F401
    import yaml  # noqa: F401

    import corpus.loaders.markdown
    import index.sync
    from corpus.sentences import split_sentences
    from corpus.tokens import count_tokens

    count_tokens("Loads the vocabulary.")
    split_sentences("Loads the model. Once.")
    assert corpus.loaders.markdown
    assert index.sync
    for line in sys.stdin:
        print(json.dumps(raise_child(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
