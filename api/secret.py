"""The server's own secret, which signs cursors and keys the digests of keys."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

_BYTES = 32


def server_secret(state: Path) -> bytes:
    """Return the secret in the state folder, made there once; processes may start together.

    Without it, kept keys and cursors are void: back it up with the records.

    Raises:
        OSError: the folder cannot be read or written.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = state / "secret"
    if not path.exists():
        mine = state / f".secret-{os.getpid()}-{secrets.token_hex(4)}"
        file = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, secrets.token_bytes(_BYTES))
            os.fsync(file)
            # Only a link is refused where another process was first.
            with suppress(FileExistsError):
                os.link(mine, path)
        finally:
            os.close(file)
            mine.unlink()
    return path.read_bytes()
