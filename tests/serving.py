"""A small server to be tested: three notes in many scripts, and an assistant that quotes them."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import uvicorn
from fakes import WordHashEmbedder
from fastapi import FastAPI
from notes import write_note

from api.ports import Ingest
from api.server import listen
from api.settings import ApiSettings
from index.index import Index
from index.records import StoredDocument, StoredSentence
from rag import events
from rag.question import Question
from rag.report import (
    Citation,
    Computation,
    CorpusCard,
    FollowUp,
    Method,
    NearestPassage,
    QuoteVerdict,
    Refusal,
    Report,
    Section,
    SectionKind,
    SourceCard,
    Statement,
    StatementKind,
    Status,
    SupportVerdict,
)
from rag.verify.hand import HandVerifier
from rag.verify.support import Verifier

NOW = 1_764_000_000.0
DISCLAIMER = "Citeproof can make mistakes. Check important facts against the sources cited."
NOTES = {
    "harbour": "Boats of the 🛥️🇻🇪 harbour were counted. The count was 312 boats in 2019.",
    "cafe": "Un cafe\u0301 du port a fermé. 港口的船只减少了。 The café had 12 guests.",
    "rtl": "ספינות בנמל נספרו. The survey 👩‍👩‍👧‍👦 names the harbour of عدن twice.",
}


def make_index(folder: Path, notes: dict[str, str] | None = None) -> Index:
    """Return a writable index of the notes."""
    for name, body in (notes or NOTES).items():
        write_note(
            folder / "notes",
            f"{name}.md",
            f"# About {name}\n\n{body}",
            id=name,
            title=f"Note {name}",
            publisher="Port Office",
            published="2025-03",
            url=f"https://port.example/{name}",
        )
    index = Index.open(folder / "index", WordHashEmbedder(), writable=True)
    index.sync([folder / "notes"])
    return index


@dataclass
class QuotingAssistant:
    """Cites every sentence of every document; what it does else is set from outside.

    A question with the word "nothing" is refused, `before` is called before each event, and
    `closed` counts the streams that were given up or ended.
    """

    index: Index
    verifier: Verifier = field(default_factory=HandVerifier)
    disclaimer: str = DISCLAIMER
    before: Callable[[str], None] = lambda _: None
    closed: list[str] = field(default_factory=list)
    writer: str = "quoting"

    def stream(self, question: Question, *, today: date) -> Iterator[events.Event]:
        try:
            for event in self._steps(question, today):
                self.before(event.name)
                yield event
        finally:
            self.closed.append(question.text)

    def _steps(self, question: Question, today: date) -> Iterator[events.Event]:
        yield events.QuestionUnderstood(question.text, question.text, "open", question.language)
        with self.index.snapshot() as snapshot:
            ids = [i for i, _ in snapshot.sources()]
            documents = snapshot.documents(ids)
            sentences = {i: snapshot.neighbours(i).sentences for i in ids}
            stats = snapshot.stats
        ordered = [documents[i] for i in ids]
        yield events.SourcesFound((question.text,), tuple(_card(d, None) for d in ordered))
        refused = "nothing" in question.text
        summary: list[Statement] = []
        section: list[Statement] = []
        if not refused:
            summary.append(_statement(1, 1, ordered[0], sentences[ids[0]][0]))
            yield events.StatementVerified(None, summary[0], (_card(ordered[0], 1),))
            yield events.PlanMade((events.PlannedSection("All of it", SectionKind.FINDING),))
            for n, document in enumerate(ordered, 1):
                for sentence in sentences[document.id]:
                    statement = _statement(len(section) + 2, n, document, sentence)
                    new = n > 1 and n not in {c.n for s in section for c in s.citations}
                    section.append(statement)
                    cards = (_card(document, n),) if new else ()
                    yield events.StatementVerified(0, statement, cards)
            section.append(_count(len(section) + 2, [*summary, *section]))
            yield events.StatementVerified(0, section[-1], ())
            yield events.GapsFound(("None of the notes tells why.",), ())
        nearest = tuple(
            NearestPassage(d.id, d.source.title, s.span.start, s.span.end, s.text, d.sha256)
            for d in ordered[:2]
            for s in sentences[d.id][:1]
        )
        yield events.AnswerCompleted(
            Report(
                id="rep_0123",
                version=1,
                question=question.text,
                understood_as=question.text,
                language="en",
                status=Status.REFUSED if refused else Status.ANSWERED,
                checked_on=today.isoformat(),
                as_of=str(question.as_of) if question.as_of else None,
                disclaimer=self.disclaimer,
                staleness=None,
                corpus=CorpusCard(stats.generation, stats.documents, stats.chunks, "2025-03"),
                summary=tuple(summary),
                sections=(Section("All of it", SectionKind.FINDING, tuple(section)),)
                if section
                else (),
                unverified=(),
                conflicts=(),
                refusal=Refusal("The notes do not say.", nearest) if refused else None,
                gaps=() if refused else ("None of the notes tells why.",),
                sources=() if refused else tuple(_card(d, n) for n, d in enumerate(ordered, 1)),
                consulted=tuple(_card(d, None) for d in ordered) if refused else (),
                follow_ups=(FollowUp("How many boats were counted?", 2),),
                method=Method("word-hash", "hand", self.writer, (question.text,)),
            )
        )


def _statement(
    number: int, n: int, document: StoredDocument, sentence: StoredSentence
) -> Statement:
    citation = Citation(
        n,
        sentence.span.start,
        sentence.span.end,
        sentence.text,
        document.sha256,
        QuoteVerdict.FOUND,
        SupportVerdict.SUPPORTS,
        1.0,
    )
    text = f"{sentence.text.rstrip('.')} [{n}]."
    return Statement(
        f"s{number}",
        StatementKind.QUOTED,
        text,
        SupportVerdict.SUPPORTS,
        1.0,
        1,
        (citation,),
    )


def _count(number: int, statements: list[Statement]) -> Statement:
    citations = tuple(dict.fromkeys(c for s in statements for c in s.citations))
    marks = " ".join(f"[{n}]" for n in dict.fromkeys(c.n for c in citations))
    spans = tuple(f"{c.n}:{c.start}-{c.end}" for c in citations)
    return Statement(
        f"s{number}",
        StatementKind.COMPUTED,
        f"The notes have {len(spans)} sentences {marks}.",
        SupportVerdict.SUPPORTS,
        1.0,
        1,
        citations,
        Computation("count", "sentences", len(spans), spans),
    )


def _card(document: StoredDocument, n: int | None) -> SourceCard:
    source = document.source
    return SourceCard(
        n=n,
        id=document.id,
        title=source.title,
        publisher=source.publisher,
        published=str(source.published) if source.published else None,
        fetched=None,
        url=source.url,
        url_status=None,
        doc_type=None,
        evidence_role=None,
        licence=None,
        language=None,
        via=None,
        media=source.media,
        sha256=document.sha256,
    )


def settings(state: Path, **changed: object) -> ApiSettings:
    """Return settings that do not depend on the environment, with the changes."""
    return ApiSettings.model_validate({"state": state / "server", **changed})


@dataclass
class Events:
    """Server-sent events as they came: id, name and data of each, and the comments."""

    ids: list[str]
    names: list[str]
    data: list[str]
    comments: list[str]


def read_events(text: str) -> Events:
    """Take a stream apart, strictly: every event has one id, one name and one line of data."""
    found = Events([], [], [], [])
    assert text.endswith("\n\n")
    for block in text[:-2].split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith(":"):
            assert len(lines) == 1
            found.comments.append(lines[0])
            continue
        fields = [line.split(": ", 1) for line in lines]
        assert [name for name, _ in fields] == ["event", "data", "id"]
        found.names.append(fields[0][1])
        found.data.append(fields[1][1])
        found.ids.append(fields[2][1])
    return found


# The command line, with an embedder that loads nothing.
PROGRAM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from fakes import LengthAnnotator, WordHashEmbedder
from rag.cli.app import app
from rag.cli.compose import InstalledModels
from rag.cli.session import Session
class Models(InstalledModels):
    for_questions = for_ingest = lambda self, settings: WordHashEmbedder()
    annotator = lambda self, settings: LengthAnnotator()
launcher = (sys.executable, "-c", open("/proc/self/cmdline").read().split(chr(0))[2])
app(obj=Session(models=Models(), launcher=launcher))
"""


def ingest(index: Path) -> Ingest:
    """Return what indexes uploads with the embedder of the tests."""
    return Ingest(
        (sys.executable, "-c", PROGRAM, "ingest", "--index", str(index)),
        lambda: Index.open(index, WordHashEmbedder(), writable=True),
    )


@contextmanager
def live(
    app: FastAPI, *, listener: socket.socket | None = None, **options: object
) -> Iterator[str]:
    """Serve the application on a socket, or on a free port of loopback, and yield its address."""
    config = uvicorn.Config(app, log_config=None, lifespan="on", **options)
    server = uvicorn.Server(config)
    listener = listener or listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()
