"""What can be wrong with a file, named so that its owner can put it right."""

from dataclasses import dataclass

from corpus.text import one_line


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, or one line of it, that was left out: `line` counts from 1."""

    path: str
    reason: str
    advice: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}, line {self.line}"
        return f"{place}: {self.reason}; {self.advice}"


class LoadError(Exception):
    """Nothing could be loaded from a file, or a folder could not be listed.

    `path` is relative to the synced folder; `reason` says what is wrong, `advice` what to do.
    """

    def __init__(self, path: str, reason: str, advice: str) -> None:
        self.problem = Problem(path, one_line(reason), advice)
        super().__init__(str(self.problem))

    @property
    def path(self) -> str:
        """The file or folder, relative to the synced folder."""
        return self.problem.path

    @property
    def reason(self) -> str:
        """What is wrong."""
        return self.problem.reason

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.problem.advice
