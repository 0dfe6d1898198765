"""One writer at a time."""

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from index.errors import IndexLocked

LOCK_FILE = "writer.lock"


class WriteLock:
    """The right to change the index in a folder, from construction until `release`.

    The operating system ends the lock with the process, however that ends; the file stays and
    says who held it last. Locks on network file systems are not to be relied on.

    Raises:
        IndexLocked: another holder is alive.
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _describe(os.pread(self._file, 4096, 0))
            os.close(self._file)
            raise IndexLocked(folder, holder) from None
        try:
            note = {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(note).encode(), 0)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let others write."""
        os.close(self._file)


def _describe(note: bytes) -> str:
    """Return the holder's own words about itself, or what can be said without them."""
    try:
        data = json.loads(note)
        return f"process {data['pid']} on {data['host']} since {data['since']}"
    except (ValueError, TypeError, KeyError):
        return "another process"
