"""A desk that indexes notes as they are written down in a test, and asks about them."""

import string
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from fakes import WordHashEmbedder

from index.annotate.parser import SpacyAnnotator
from index.annotations import Annotator
from index.index import Index
from rag.assistant import Assistant
from rag.question import Question
from rag.report import Report
from rag.verify.hand import HandVerifier
from rag.write.verbatim import VerbatimWriter

TODAY = date(2024, 6, 1)


class Desk:
    """Indexes notes given as title=body, by Office A, B, ... in order, and asks about them.

    Further fields of their front matter are the same for all, or given in the order of the notes.
    """

    def __init__(self, folder: Path, annotator: Annotator) -> None:
        self.folder, self.annotator = folder, annotator
        self.opened: list[Index] = []

    def __call__(
        self, question: str, notes: dict[str, str], **fields: str | Sequence[str]
    ) -> Report:
        folder = self.folder / f"notes{len(self.opened)}"
        folder.mkdir()
        for number, (title, body) in enumerate(notes.items()):
            extra = "".join(
                f'{key}: "{value if isinstance(value, str) else value[number]}"\n'
                for key, value in fields.items()
            )
            name = f"Office {string.ascii_uppercase[number]}"
            front = f'id: n{number}\ntitle: "{title}"\npublisher: "{name}"\n{extra}'
            (folder / f"{number}.md").write_text(f"---\n{front}---\n{body}\n", "utf-8")
        index = Index.open(
            self.folder / f"index{len(self.opened)}", WordHashEmbedder(), writable=True
        )
        self.opened.append(index)
        index.sync([folder], annotator=self.annotator)
        assistant = Assistant(index, VerbatimWriter(), HandVerifier())
        return assistant.ask(Question.parse(question), today=TODAY)


@pytest.fixture(scope="session")
def parser() -> Annotator:
    """The parser, loaded once."""
    return SpacyAnnotator()


@pytest.fixture
def ask(tmp_path: Path, parser: Annotator) -> Iterator[Desk]:
    """A desk of the test's own."""
    desk = Desk(tmp_path, parser)
    yield desk
    for index in desk.opened:
        index.close()


def told(report: Report) -> str:
    """Return every statement of a report."""
    return " ".join(s.text for s in report.statements)
