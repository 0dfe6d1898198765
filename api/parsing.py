"""The process inside the sandbox: a child for each file, with limits and without a network."""

import contextlib
import ctypes
import importlib
import json
import os
import platform
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal

from corpus.documents import Document
from corpus.loading import File, Loaded, LoadError, Problem, parse
from index.schema import headings_from_json, headings_to_json, source_from_json, source_to_json

Isolation = Literal["namespace", "seccomp", "none"]

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 13  # fails with EACCES
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_OTHER_CALLS = 0x40000000  # of a second set of numbers that x86-64 kernels may have
_IO_URING_SETUP = 425
# Machine: its name to the kernel's filters, and its number of the call `socket`.
_SOCKET_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}

_PATIENCE = 4
_POLL_SECONDS = 0.002
_OPEN_FILES = 64
_NO_RESULT, _NO_MEMORY = 3, 4
# What takes long to import is imported once, and each child has it.
_LIBRARIES = {
    "application/pdf": ("pypdf",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "text/html": ("trafilatura",),
    "text/markdown": ("markdown_it", "yaml"),
}


def main() -> None:
    """Answer each line of stdin, an order as JSON, with a line: null, or what is wrong."""
    seconds, memory, output = map(int, sys.argv[1:4])
    print(json.dumps({"isolation": leave_network()}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        for library in _LIBRARIES.get(order["media"], ()):
            importlib.import_module(library)
        fault = _in_child(partial(_read, order), seconds, memory, output)
        print(json.dumps(fault), flush=True)


def leave_network() -> Isolation:
    """Give up every network for this process and its children, and say by which means."""
    libc = ctypes.CDLL(None, use_errno=True)
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if hasattr(libc, "unshare") and libc.unshare(flags) == 0:
            return "namespace"
    return "seccomp" if _refuse_sockets(libc) else "none"


def documents_to_json(loaded: Loaded) -> str:
    """Return what was read of a file as JSON."""
    documents = [
        {
            "source": source_to_json(document.source),
            "text": document.text,
            "headings": headings_to_json(document.headings),
            "pages": list(document.pages),
        }
        for document in loaded.documents
    ]
    problems = [[p.path, p.reason, p.advice, p.line] for p in loaded.problems]
    return json.dumps({"documents": documents, "problems": problems}, ensure_ascii=False)


def documents_from_json(text: str) -> Loaded:
    """Return what `documents_to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    data = json.loads(text)
    documents = tuple(
        Document(
            source_from_json(d["source"]),
            d["text"],
            headings_from_json(d["headings"]),
            tuple(d["pages"]),
        )
        for d in data["documents"]
    )
    return Loaded(documents, tuple(Problem(*problem) for problem in data["problems"]))


def _refuse_sockets(libc: Any) -> bool:
    """Let the kernel refuse every new socket; True where it agrees to."""
    if platform.machine() not in _SOCKET_CALLS:
        return False
    machine, socket = _SOCKET_CALLS[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 4),  # the machine
        (_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, 3, 0, _OTHER_CALLS),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),  # which could make sockets as well
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    )
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    header = ctypes.create_string_buffer(program, len(program))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0)


def _read(order: dict[str, str]) -> dict[str, str] | None:
    """Parse one file into its result; return what is wrong with it, if anything is."""
    try:
        data = Path(order["path"]).read_bytes()
        loaded = parse(File(order["name"], order["media"], data))
    except LoadError as error:
        if isinstance(error.__cause__, MemoryError):
            raise error.__cause__ from None
        return {"reason": error.reason, "advice": error.advice}
    Path(order["result"]).write_text(documents_to_json(loaded), "utf-8")
    return None


def _in_child(
    work: Callable[[], dict[str, str] | None], seconds: int, memory: int, output: int
) -> dict[str, str] | None:
    """Do the work in a child process and return what it returned, or which limit it hit."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        status = _NO_RESULT
        try:
            os.close(told)
            _limit(seconds, memory, output)
            with contextlib.suppress(OSError):
                os.write(tell, json.dumps(work()).encode()[:60_000])
            status = 0
        except MemoryError:
            status = _NO_MEMORY
        finally:
            os._exit(status)
    os.close(tell)
    status = _wait(child, seconds * _PATIENCE)
    with open(told, "rb") as pipe:
        reply = pipe.read()
    return _outcome(status, reply, seconds, memory)


def _limit(seconds: int, memory: int, output: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output, output))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(child: int, seconds: float) -> int:
    """Return the child's status; it is killed after so many seconds by the clock."""
    until = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            return -signal.SIGXCPU
        time.sleep(_POLL_SECONDS)


def _outcome(status: int, reply: bytes, seconds: int, memory: int) -> dict[str, str] | None:
    if status == 0 and reply:
        found: dict[str, str] | None = json.loads(reply)
        return found
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        reason = f"limit: reading it takes more than {seconds} s of processor time"
    elif status == _NO_MEMORY:
        reason = f"limit: reading it takes more than {memory // 2**20:,} MiB of memory"
    elif status == -signal.SIGXFSZ:
        reason = "limit: its text is too long"
    else:
        reason = "reading it ended in a crash"
    return {"reason": reason, "advice": "split it, or save it anew in a simpler form"}


if __name__ == "__main__":
    main()
