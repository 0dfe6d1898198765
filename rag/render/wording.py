"""Words that all renderings share: dates, verdicts, source lines."""

import re
import unicodedata
from datetime import date

from corpus.dates import PartialDate
from rag.report import Report, SourceCard, SupportVerdict

VERDICTS = {
    SupportVerdict.SUPPORTS: "supports the sentence",
    SupportVerdict.PARTLY: "supports the sentence in part",
    SupportVerdict.REFUTES: "contradicts the sentence",
    SupportVerdict.NOT_ADDRESSED: "supports it only together with the other passages",
    SupportVerdict.COULD_NOT_JUDGE: "could not be judged",
}
URL_STATUS = {
    "seen": "address seen",
    "seen-copy": "address of the copy that was read",
    "sure": "address from memory, not opened",
    "built": "address built from a document number",
    "landing": "publisher's landing page",
}


def safe(text: str) -> str:
    """Return source text without control, format and bidi characters, on one line."""
    spaced = re.sub(r"\s+", " ", text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co"))


def long_date(iso: str | None) -> str:
    """Return an ISO date of any precision in words, "date unknown" for None."""
    return PartialDate.parse(iso).in_words() if iso else "date unknown"


def checked(report: Report) -> str:
    """Return the line that says when the report was made: "Checked on December 20, 2025"."""
    day = date.fromisoformat(report.checked_on)
    return f"Checked on {day:%B} {day.day}, {day.year}"


def corpus_line(report: Report) -> str:
    """Return the size and date of what was searched."""
    corpus = report.corpus
    newest = (
        f", the newest of {long_date(corpus.latest_published)}" if corpus.latest_published else ""
    )
    until = f"; only what was published until {long_date(report.as_of)}" if report.as_of else ""
    return f"{corpus.documents} documents searched{newest}{until} (index {corpus.generation})"


def source_line(card: SourceCard) -> str:
    """Return a source card's facts after its title, separated by dots."""
    parts = [
        safe(card.publisher) if card.publisher else "publisher unknown",
        long_date(card.published),
        safe(card.doc_type) if card.doc_type else None,
        f"evidence: {safe(card.evidence_role)}" if card.evidence_role else None,
        safe(card.licence) if card.licence else None,
        f"as reported by {safe(card.via)}" if card.via else None,
        f"a {safe(card.media)} fetched {long_date(card.fetched)}"
        if card.fetched and card.media
        else None,
    ]
    return " · ".join(p for p in parts if p)


def link(card: SourceCard) -> str | None:
    """Return the card's address if it is a plain http or https link, else None."""
    url = card.url or ""
    return url if re.fullmatch(r"https?://[^\s<>\"'`\\^{|}]+", url) else None


def method_line(report: Report) -> str:
    """Return how the report was made, in one sentence."""
    method = report.method
    return (
        f"Made by {method.writer} from passages found by {len(method.searches)} searches with "
        f"{method.embedder}; every citation checked by {method.verifier}."
    )


def cited_by(report: Report, n: int) -> list[str]:
    """Return the ids of the statements that cite source `n`."""
    return [s.id for s in report.statements if any(c.n == n for c in s.citations)]


def passages(report: Report, n: int) -> list[str]:
    """Return the passages of source `n` that are cited, in order of the text, each once."""
    found = {(c.start, c.end): c.quote for s in report.statements for c in s.citations if c.n == n}
    return [safe(found[key]) for key in sorted(found)]
