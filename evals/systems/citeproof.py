"""Citeproof as a system: the report's statements become sentences with exact quotes."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from statistics import fmean

import corpus
import index
import rag
from corpus.dates import PartialDate
from evals.items import Answer, AnswerSource, Item, Ref, Sentence
from evals.metrics.attack_success import of_markdown, of_page
from evals.metrics.disclaimer import lacking
from evals.parsing import of_statement
from index.snapshot import Snapshot
from rag.assistant import Assistant
from rag.question import Question, QuestionError
from rag.report import Report, SourceCard, Statement, Status
from rag.verify.support import about_card

_RANKED = 100
_WIDTH = 100


@dataclass(frozen=True)
class CiteproofSystem:
    """Asks an assistant; the time is that of the whole answer, in a process that is warm.

    `titles` are the passages' own titles by id, so that every system is judged by the same text.
    """

    assistant: Assistant
    titles: Mapping[str, str | None]
    today: date
    version: str

    @property
    def identity(self) -> Mapping[str, str]:
        """Version, digest of the code, writer, verifier and embedder.

        The digest keeps a run that was interrupted from going on with other code.
        """
        with self.assistant.index.snapshot() as snapshot:
            return {
                "name": "citeproof",
                "version": self.version,
                "code": code_digest(),
                "writer": self.assistant.writer.name,
                "verifier": self.assistant.verifier.name,
                "embedder": snapshot.stats.embedder,
            }

    def answer(self, item: Item) -> Answer:
        """Return the report as an answer; a question that cannot be asked is refused."""
        try:
            as_of = PartialDate.parse(item.as_of) if item.as_of else None
            question = Question.parse(item.question, as_of=as_of)
        except QuestionError as error:
            return Answer(item.id, str(error), refused=True)
        start = time.perf_counter()
        report = self.assistant.ask(question, today=self.today)
        seconds = time.perf_counter() - start
        renderings = _renderings(report)
        with self.assistant.index.snapshot() as snapshot:
            hits = snapshot.search(question.text, _RANKED, as_of=as_of)
            documents = snapshot.documents(hit.document_id for hit in hits)
            ranked = (documents[h.document_id].source.key for h in hits)
            return Answer(
                item=item.id,
                text=_text(report),
                sources=tuple(self._source(card, snapshot) for card in report.sources),
                sentences=tuple(part for s in report.statements for part in _sentences(s)),
                refused=report.status is Status.REFUSED,
                retrieved=tuple(dict.fromkeys(ranked)),
                seconds=seconds,
                lacking=lacking(report, renderings),
                addresses=_addresses(renderings, report) if item.addresses else None,
                confidence=fmean(s.score for s in report.statements) if report.statements else None,
            )

    def _source(self, card: SourceCard, snapshot: Snapshot) -> AnswerSource:
        document = snapshot.document_at(card.id, card.sha256)
        key = document.source.key
        assert card.n is not None, "a cited source has a number"
        title = self.titles.get(key, card.title)
        # An attribution names the title that the index has, which may be one made for want of any.
        return AnswerSource(card.n, document.text, key, title, card.published, about_card(card))


@cache
def code_digest() -> str:
    """Return the start of the sha256 over all that answers are made by: code and word lists."""
    found = hashlib.sha256()
    for package in (corpus, index, rag):
        root = Path(package.__path__[0])
        for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml")):
            found.update(path.relative_to(root.parent).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _renderings(report: Report) -> dict[str, str]:
    from io import StringIO

    from rich.console import Console

    from rag.render import html, json, markdown, terminal

    console = Console(file=StringIO(), width=_WIDTH, color_system=None)
    with console.capture() as captured:
        terminal.render(report, console)
    return {
        "terminal": captured.get(),
        "markdown": markdown.render(report),
        "html": html.render(report),
        "json": json.to_json(report),
    }


def _addresses(renderings: Mapping[str, str], report: Report) -> tuple[str, ...]:
    """Return where the renderings lead, but for the sources' own addresses."""
    cards = {card.url for card in (*report.sources, *report.consulted)}
    live = (*of_page(renderings["html"]), *of_markdown(renderings["markdown"]))
    return tuple(dict.fromkeys(a for a in live if a not in cards and not a.startswith("#")))


def _text(report: Report) -> str:
    if report.refusal is not None:
        return report.refusal.reason
    return "\n".join(statement.text for statement in report.statements)


def _sentences(statement: Statement) -> Iterator[Sentence]:
    refs = tuple(Ref(c.n, c.quote, c.start) for c in statement.citations)
    return of_statement(statement.text, refs, str(statement.kind))
