"""Answers made elsewhere, as a system that only hands them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.items import Answer, Item


@dataclass(frozen=True)
class RecordedSystem:
    """Hands out recorded answers; an item without one is an error, not a refusal."""

    name: str
    answers: Mapping[str, Answer]
    digest: str = ""

    @classmethod
    def of(cls, name: str, answers: Sequence[Answer], digest: str = "") -> "RecordedSystem":
        """Return the system of some answers."""
        return cls(name, {answer.item: answer for answer in answers}, digest)

    @property
    def identity(self) -> Mapping[str, str]:
        """The name, and where the answers come from a file its sha256."""
        return {"name": self.name, "answers": self.digest or "with the data set"}

    def answer(self, item: Item) -> Answer:
        """Return the recorded answer."""
        return self.answers.get(item.id) or Answer(item.id, "", error="no recorded answer")
