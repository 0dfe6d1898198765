"""Questions about Citeproof itself: fixed text, no retrieval."""

import secrets
from typing import TYPE_CHECKING

from rag.question import Question
from rag.report import Method, Refusal, Report, Status

if TYPE_CHECKING:
    from rag.assistant import Frame

ABOUT = (
    "This question is about Citeproof itself, which the documents do not cover. Citeproof answers "
    "questions from a body of documents: it finds sentences that bear on the question, writes a "
    "report in which every sentence cites the exact words it rests on, and checks each citation "
    "before showing it. It knows nothing but those documents, and it can make mistakes. Ask it "
    "about a subject that the documents treat."
)


def product_report(question: Question, frame: "Frame") -> Report:
    """Return the fixed answer to a question about the product, in the form of a report."""
    return Report(
        id=f"rep_{secrets.token_hex(10)}",
        version=1,
        question=question.text,
        understood_as=question.text,
        language="en",
        status=Status.REFUSED,
        checked_on=frame.checked_on,
        as_of=frame.as_of,
        disclaimer=frame.disclaimer,
        staleness=frame.staleness,
        corpus=frame.corpus,
        summary=(),
        sections=(),
        unverified=(),
        conflicts=(),
        refusal=Refusal(ABOUT),
        gaps=(),
        sources=(),
        consulted=(),
        follow_ups=(),
        method=Method(frame.embedder, frame.verifier, frame.writer, ()),
    )
