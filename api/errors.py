"""What keeps the server from starting."""

from pathlib import Path


class AddressRefused(Exception):
    """The server cannot listen where it was told to; the message says what to do."""


class StateTooNew(Exception):
    """A later release wrote the server's state."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"{str(path)!r} has schema version {found}, this release knows up to {known}:"
            " upgrade citeproof, or name another state folder"
        )
