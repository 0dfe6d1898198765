"""What the operator is told: why the server does not start, or a key is not made."""

from pathlib import Path


class ServerFault(Exception):
    """Something about the server that its operator can put right; the message says how."""


class AddressRefused(ServerFault):
    """The server cannot listen where it was told to; the message says what to do."""


class StateTooNew(ServerFault):
    """A later release wrote the server's state."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{str(path)!r} has schema version {found}, this release knows up to {known}:"
            " upgrade citeproof, or name another state folder"
        )


class KeyRefused(ServerFault, ValueError):
    """A key cannot be made as described; the message says what to change."""


class KeyNotFound(ServerFault, LookupError):
    """No key has this id, or it is not live any more."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no live key {key_id!r}; `citeproof keys list` shows all")


class WorkersFailed(ServerFault):
    """A worker died as soon as it was begun; its own log lines say why."""
