"""A sentence of a source as a clause: references resolved, cut where it may end, no full stop."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.annotations import Reference
from rag.citations import Quote
from rag.evidence import Evidence, Pool
from rag.words import words

_QUOTED = re.compile(r"[“\"]")
# Where and through whom a report was sent: "VELMAR, 3 May (Coastwire) - ".
_DATELINE = re.compile(r"^[A-Z][A-Z'’. -]+(?:, [^()]{1,30})? \([^()]{2,30}\) [-–—] ")


@dataclass(frozen=True)
class Clause:
    """Words that may follow an attribution, and the quotes that they rest on.

    `verbatim` is whether nothing was put in the place of a reference.
    """

    text: str
    quotes: tuple[Quote, ...]
    verbatim: bool

    @property
    def length(self) -> int:
        """Its length in words."""
        return len(self.text.split())


def clause(evidence: Evidence, *, longest: int = 45) -> Clause:
    """Return the sentence as a clause, cut at the last safe place before `longest` words.

    A sentence that cannot be cut is returned whole.
    """
    end = _end(evidence, longest)
    text, quotes = _resolved(evidence, end)
    text = _unopened(_DATELINE.sub("", text)).strip()
    return Clause(
        text=re.sub(r"[\s.;:,]+$", "", text),
        quotes=quotes,
        verbatim=len(quotes) == 1,
    )


def _end(evidence: Evidence, longest: int) -> int:
    text = evidence.text
    if len(text.split()) <= longest:
        return len(text)
    fitting = [c for c in evidence.note.cuts if 6 <= len(text[:c].split()) <= longest]
    return max(fitting, default=len(text))


def _resolved(evidence: Evidence, end: int) -> tuple[str, tuple[Quote, ...]]:
    text = evidence.text[:end]
    quotes = [Quote(evidence.document, evidence.span)]
    resolved = [r for r in evidence.note.references if r.text is not None and r.end <= end]
    first: dict[str, int] = {}
    for reference in sorted(resolved, key=lambda r: r.start):
        first.setdefault(_bare(reference.text), reference.start)
    for reference in sorted(resolved, key=lambda r: -r.start):
        # Once it is named, "its" and "she" are understood.
        if reference.text is None or first[_bare(reference.text)] != reference.start:
            continue
        if reference.text and _named_before(text, reference):
            continue
        replacement = reference.text
        if reference.start == 0:
            replacement = replacement[0].upper() + replacement[1:]
        text = text[: reference.start] + replacement + text[reference.end :]
        if reference.antecedent is not None:
            quote = Quote(evidence.document, reference.antecedent)
            if quote not in quotes:
                quotes.append(quote)
    return text, tuple(quotes)


def _named_before(text: str, reference: Reference) -> bool:
    """Whether the name stands in the sentence before the pronoun that stands for it."""
    name = _bare(reference.text)
    return " " not in text[reference.start : reference.end] and name in text[: reference.start]


def _bare(name: str | None) -> str:
    """Return a name without its possessive ending."""
    return re.sub(r"[’']s?$", "", name or "")


def _unopened(text: str) -> str:
    """Drop a quotation mark that has no partner in the clause."""
    for opening, closing in (("“", "”"), ("‘", "’")):
        if text.count(opening) > text.count(closing) and opening == "“":
            text = text.replace(opening, "", 1)
        elif text.count(closing) > text.count(opening) and closing == "”":
            text = text[::-1].replace(closing, "", 1)[::-1]
    if text.count('"') % 2:
        text = text.replace('"', "", 1)
    return text


def lower_first(text: str, evidence: Evidence, pool: Pool) -> str:
    """Return a clause as it stands after an attribution: a small first letter but for names."""
    first = text.split(" ", 1)[0]
    bare = re.sub(r"[^\w'’-]", "", first)
    if not bare or not bare[0].isupper() or (len(bare) > 1 and bare[1:] != bare[1:].lower()):
        return text
    starts_name = any(
        m.start == 0 and m.end > len(first) and m.label not in ("", "DATE")
        for m in evidence.note.mentions
    )
    lower, root = bare.lower(), re.split(r"[-’']", bare)[0]
    plain = words("grammar", "function") | words("numbers", "small")
    if lower in plain or (pool.lowercase(root) and not starts_name):
        at = text.index(bare[0])
        return text[:at] + bare[0].lower() + text[at + 1 :]
    return text


def upper_first(text: str) -> str:
    """Return a text with its first letter capital."""
    for i, char in enumerate(text):
        if char.isalpha():
            return text[:i] + char.upper() + text[i + 1 :]
        if char.isdigit():
            return text
    return text


def quotes_somebody(text: str) -> bool:
    """Whether a text has a quotation mark, so that its words are not ours to change."""
    return _QUOTED.search(text) is not None


def listed(items: Sequence[str]) -> str:
    """Return "A", "A and B" or "A, B and C"."""
    return " and ".join((", ".join(items[:-1]), items[-1])) if len(items) > 1 else "".join(items)
