"""Words that all renderings share: dates, verdicts, places, source lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from corpus.dates import PartialDate
from corpus.text import one_line
from rag.citations import marks
from rag.report import (
    Citation,
    Conflict,
    QuoteVerdict,
    Report,
    SourceCard,
    Statement,
    Status,
    SupportVerdict,
)

SUMMARY = "Executive summary"
ABSTENTION = "No answer from these sources"

_SUPPORT = {
    SupportVerdict.SUPPORTS: ("✓", "supports the sentence"),
    SupportVerdict.PARTLY: ("◐", "supports the sentence in part"),
    SupportVerdict.REFUTES: ("✗", "contradicts the sentence"),
    SupportVerdict.NOT_ADDRESSED: ("○", "does not bear out the sentence by itself"),
    SupportVerdict.COULD_NOT_JUDGE: ("?", "support could not be judged"),
}
_QUOTE = {
    QuoteVerdict.FOUND: "quote found",
    QuoteVerdict.NOT_FOUND: "quote not found",
    QuoteVerdict.COULD_NOT_JUDGE: "quote could not be checked",
}
_MEDIA = {
    "application/pdf": "PDF",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word document",
    "application/jsonl": "record",
    "text/html": "web page",
    "text/markdown": "Markdown file",
    "text/plain": "text file",
}
_URL_STATUS = {
    "seen": "address seen",
    "seen-copy": "address of the copy that was read",
    "sure": "address from memory, not opened",
    "built": "address built from a document number",
    "landing": "publisher's landing page",
}
_CONFLICT = {
    "contradiction": "They take different sides",
    "window": "They use different periods or measures",
    "denominator": "Their figures have different bases",
    "definition": "They use a word differently",
}
_STATUS = {
    Status.PARTLY_ANSWERED: "The sources do not answer this in full.",
    Status.PREMISE_CORRECTED: "The sources deny something that the question takes for granted.",
}
_PLAIN_ADDRESS = frozenset(map(chr, range(0x21, 0x7F))) - frozenset("<>\"'`\\^{|}")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a sentence: words, or one of its own marks, and then the source's number."""

    text: str
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A cited span of a source, and the statements that cite it, each with its citation."""

    quote: str
    cited: tuple[tuple[Statement, Citation], ...]


def safe(text: str) -> str:
    """Return text on one line, without control, bidi and invisible characters."""
    return one_line(text)


def runs(statement: Statement) -> list[Run]:
    """Return a sentence as words and marks; only marks that are its citations become marks.

    Any other bracket is words: a source's own `[3]`, `[2024]` or `【1】` is no citation of ours.
    """
    text = safe(statement.text)
    numbers = {c.n for c in statement.citations}
    out: list[Run] = []
    at = 0
    for mark in marks(text):
        if text[mark.start] == "[" and set(mark.numbers) <= numbers:
            out.append(Run(text[at : mark.start]))
            for i, n in enumerate(mark.numbers):
                out += [Run(" ")] if i else []
                out.append(Run(f"[{n}]", n))
            at = mark.end
    out.append(Run(text[at:]))
    if statement.support is SupportVerdict.PARTLY:
        out.append(Run(" (Supported in part.)"))
    return [run for run in out if run.text]


def heading_line(number: int, heading: str) -> str:
    """Return a section's heading with its number."""
    return f"{number}. {safe(heading)}"


def long_date(iso: str | None) -> str:
    """Return an ISO date of any precision in words, "date unknown" for None."""
    return PartialDate.parse(iso).in_words() if iso else "date unknown"


def checked_line(report: Report) -> str:
    """Return the line that says when the report was made: "Checked on December 20, 2025"."""
    day = date.fromisoformat(report.checked_on)
    return f"Checked on {day:%B} {day.day}, {day.year}"


def corpus_line(report: Report) -> str:
    """Return the size and date of what was searched."""
    corpus = report.corpus
    newest = "none of them dated"
    if corpus.latest_published:
        newest = f"the newest of {long_date(corpus.latest_published)}"
    until = f"; only what was published until {long_date(report.as_of)}" if report.as_of else ""
    return f"{_count(corpus.documents, 'document')} searched, {newest}{until}"


def status_line(report: Report) -> str | None:
    """Return what a reader must know about the answer as a whole, if there is anything."""
    return _STATUS.get(report.status)


def title(card: SourceCard) -> str:
    """Return the title of a source."""
    return safe(card.title) or "untitled"


def source_line(card: SourceCard) -> str:
    """Return a source card's facts between title and address, separated by dots."""
    kind = [card.doc_type, f"evidence: {card.evidence_role}" if card.evidence_role else None]
    fetched = f"fetched {long_date(card.fetched)}" if card.fetched else None
    parts = [
        card.publisher or "publisher unknown",
        long_date(card.published),
        *kind,
        card.licence,
        f"as reported by {card.via}" if card.via else None,
        f"{_media(card) or 'copy'} {fetched}" if fetched else _media(card),
    ]
    return " · ".join(safe(part) for part in parts if part)


def _media(card: SourceCard) -> str | None:
    return _MEDIA.get(card.media or "", card.media)


def short_line(card: SourceCard) -> str:
    """Return title, publisher and date of a source."""
    parts = [title(card), card.publisher or "publisher unknown", long_date(card.published)]
    return " · ".join(safe(part) for part in parts)


def link(card: SourceCard) -> str | None:
    """Return the card's address if it may be a link: plain http or https, to a host, no user."""
    url = card.url or ""
    if not set(url) <= _PLAIN_ADDRESS:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    return url if plain else None


def address_line(card: SourceCard) -> str:
    """Return the status of the card's address in words; with the address, if it is no link."""
    status = safe(_URL_STATUS.get(card.url_status or "", card.url_status or ""))
    if not card.url:
        return "no address known"
    return status if link(card) else " · ".join(p for p in (safe(card.url), status) if p)


def places(report: Report) -> dict[str, str]:
    """Return where each statement stands, by its id: "Summary, sentence 1"."""
    found = {s.id: f"Summary, sentence {i}" for i, s in enumerate(report.summary, start=1)}
    for number, section in enumerate(report.sections, start=1):
        for i, statement in enumerate(section.statements, start=1):
            found[statement.id] = f"Section {number}, sentence {i}"
    return found


def cited_in(report: Report, n: int) -> list[str]:
    """Return the ids of the statements that cite source `n`, in reading order."""
    return [s.id for s in report.statements if any(c.n == n for c in s.citations)]


def passages(report: Report, n: int) -> list[Passage]:
    """Return the passages of source `n` that are cited, in order of the text, each once."""
    spans: dict[tuple[int, int, str], list[tuple[Statement, Citation]]] = {}
    for statement in report.statements:
        for citation in statement.citations:
            if citation.n == n:
                key = (citation.start, citation.end, citation.quote)
                spans.setdefault(key, []).append((statement, citation))
    return [Passage(safe(key[2]), tuple(spans[key])) for key in sorted(spans)]


def verdict_line(statement: Statement, citation: Citation) -> str:
    """Return both verdicts of a citation: an icon, whether the quote stands, and what it says."""
    if statement.computation is not None and citation.verdict is SupportVerdict.PARTLY:
        icon, words = "✓", "one of the passages counted"
    else:
        icon, words = _SUPPORT[citation.verdict]
    if citation.quote_verdict is not QuoteVerdict.FOUND:
        icon = "✗"
    return f"{icon} {_QUOTE[citation.quote_verdict]}; {words}"


def conflict_line(conflict: Conflict) -> str:
    """Return in what statements disagree."""
    return _CONFLICT[conflict.kind]


def found_words(evidence: int) -> str:
    """Return how much was found for a further question."""
    return _count(evidence, "passage")


def method_lines(report: Report) -> Iterator[tuple[str, str]]:
    """Yield how the report was made, as names and values."""
    method, corpus = report.method, report.corpus
    yield "Report", f"{safe(report.id)}, version {report.version}"
    yield (
        "Documents",
        f"{_count(corpus.documents, 'document')} in {_count(corpus.chunks, 'passage')}, "
        f"index {safe(corpus.generation)}",
    )
    yield "Newest document", long_date(corpus.latest_published)
    if report.as_of:
        yield "Only published until", long_date(report.as_of)
    yield "Found by", safe(method.embedder)
    yield "Written by", safe(method.writer)
    yield "Checked by", safe(method.verifier)
    yield "Searches", "; ".join(safe(search) for search in method.searches) or "none"
    for name, value in method.thresholds.items():
        yield f"Threshold {safe(name)}", f"{value:g}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
