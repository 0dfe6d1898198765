"""What each sentence is about, found once when it is indexed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.documents import Document, Span


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a parser found in one sentence. (Fields follow.)"""


class Annotator(Protocol):
    """Reads a whole document and describes each of its sentences."""

    @property
    def name(self) -> str:
        """Model and rules; annotations of another name are made anew."""
        ...

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        """Return one annotation a sentence, in the order given."""
        ...
