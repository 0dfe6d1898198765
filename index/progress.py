"""How long work tells what it is doing, without knowing who looks."""

from typing import Protocol

# The stage that makes everything before it visible; what is interrupted before changed nothing.
PUBLISHING = "Publishing"


class Progress(Protocol):
    """Is told of each stage of the work and of every step in it."""

    def stage(self, name: str, total: int) -> None:
        """Begin a stage of `total` steps."""
        ...

    def advance(self, steps: int = 1) -> None:
        """Take note of `steps` more steps done in the current stage."""
        ...


class Silent:
    """Progress that nobody looks at."""

    def stage(self, name: str, total: int) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""
