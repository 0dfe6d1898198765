"""Several processes that serve one socket: begun here, begun anew when they die, ended together."""

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from api.errors import WorkersFailed

_POLL_SECONDS = 0.2
# A worker that dies sooner than this after its start is not begun anew: it would die again.
_SHORT_LIFE = 5.0

_log = logging.getLogger(__name__)


def run_workers(count: int, work: Callable[[int], None]) -> None:
    """Run `work(number)` in each of `count` child processes until a signal ends them all.

    The index is mapped into memory by each, so they share its pages. Nothing may run in threads
    before.

    Raises:
        WorkersFailed: one died at once.
    """
    children: dict[int, tuple[int, float]] = {}
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        nonlocal stopping
        stopping = True
        for child in children:
            os.kill(child, number)

    before = {s: signal.signal(s, stop) for s in (signal.SIGTERM, signal.SIGINT)}
    failed = False
    try:
        for number in range(count):
            children[_begin(number, work)] = (number, time.monotonic())
        while children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                time.sleep(_POLL_SECONDS)
                continue
            number, since = children.pop(child)
            if stopping:
                continue
            if time.monotonic() - since < _SHORT_LIFE:
                failed = True
                stop(signal.SIGTERM, None)
                continue
            _log.error("worker died", extra={"worker": number, "status": status})
            children[_begin(number, work)] = (number, time.monotonic())
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
    if failed:
        raise WorkersFailed("a worker ended as soon as it was begun; see its messages above")


def _begin(number: int, work: Callable[[int], None]) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, signal.SIG_DFL)
        work(number)
        status = 0
    except Exception:
        _log.exception("worker failed")
    finally:
        os._exit(status)
