"""Dated acts in the order in which they happened."""

from corpus.dates import PartialDate
from index.annotations import Role
from rag.evidence import Evidence
from rag.words import words


def act_date(evidence: Evidence) -> PartialDate | None:
    """Return the date of the act that the sentence tells, if it tells one and dates it."""
    act = evidence.note.act
    if act is None or act.date is None:
        return None
    try:
        return PartialDate.parse(act.date)
    except ValueError:
        return None


def dated_to_month(evidence: Evidence) -> bool:
    """Whether the sentence says in which month the act happened, not only in which year."""
    date = act_date(evidence)
    return date is not None and date.month is not None


def called(evidence: Evidence) -> str | None:
    """Return what the act is called: of "designated" its noun, of "announced charges" the charges.

    None where no noun is known, "" where nothing is told but that something was said.
    """
    note = evidence.note
    noun = note.act.noun if note.act else None
    if noun not in words("cues", "telling"):
        return noun
    told = (p for p in note.phrases if p.role is Role.OBJECT and p.start >= note.verb_end)
    head = next((p.head for p in told), "")
    acts = words("documents", "nouns") | words("cues", "announced")
    return head if head in acts - words("cues", "telling") else ""


def happened(evidence: Evidence) -> str:
    """Return the act's date as sortable text, the date of publication where it has none."""
    date = act_date(evidence)
    return str(date) if date else evidence.date


def bounds(evidence: list[Evidence]) -> tuple[str, str]:
    """Return the months of the first and the last act in words, "" where both are the same."""
    dates = sorted(str(d) for e in evidence if (d := act_date(e)) and d.month)
    if len(dates) < 2 or dates[0][:7] == dates[-1][:7]:
        return "", ""
    first, last = (PartialDate.parse(d).month_in_words() for d in (dates[0], dates[-1]))
    return first, last


def span_of_time(evidence: list[Evidence]) -> str:
    """Return "from March 2020 to December 2025", or "" where fewer than two acts have a month."""
    first, last = bounds(evidence)
    return f"from {first} to {last}" if first else ""
