"""The seam of verification: a sentence, its premises, and the verdict on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.dates import PartialDate
from rag.report import SourceCard, SupportVerdict
from rag.terms import initials


@dataclass(frozen=True, slots=True)
class Premise:
    """The words of a cited span, and what is known of its source.

    `about` holds publisher, title, document type and date in words: an attribution ("the DEA's
    report of May 2025 says that") may use them and nothing else.
    """

    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """A verdict, its score from 0 to 1, and what the locks found ("number: 12 not in [3]")."""

    verdict: SupportVerdict
    score: float
    findings: tuple[str, ...] = ()


class Verifier(Protocol):
    """Judges whether premises, taken together, support a sentence."""

    @property
    def name(self) -> str:
        """Method and version, as printed in reports."""
        ...

    def verify(self, sentence: str, premises: Sequence[Premise]) -> Support:
        """Judge one sentence (without its bracket marks) against the union of its premises."""
        ...


def about(
    *,
    publisher: str | None,
    title: str | None,
    doc_type: str | None,
    published: PartialDate | str | None,
) -> str:
    """Return what an attribution may say of a source, for `Premise.about`.

    A publisher of several words stands there with its initials.
    """
    if publisher and (letters := initials(publisher)):
        publisher = f"{publisher} ({letters})"
    date = PartialDate.parse(published) if isinstance(published, str) else published
    parts = (publisher, title, doc_type, date.in_words() if date else None)
    return "; ".join(part for part in parts if part)


def about_card(card: SourceCard) -> str:
    """Return `about` of a source card."""
    return about(
        publisher=card.publisher,
        title=card.title,
        doc_type=card.doc_type,
        published=card.published,
    )
