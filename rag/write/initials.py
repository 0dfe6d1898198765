"""Initials of bodies that are no publishers: spelled out where they are read first, once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from corpus.documents import Span
from rag import terms
from rag.citations import Quote
from rag.evidence import Evidence, mentions
from rag.write.clause import Clause, quotes_somebody, upper_first

_GIVEN = re.compile(r" \(([A-Z][A-Z&.]+)\)")
_AGAIN = 2
_INITIALS = re.compile(r"[A-Z][A-Z&.]+")


@dataclass
class Initials:
    """Remembers which initials a report has given with their names.

    Those that neither what is `planned` needs again nor the question `asked` names are not given;
    without a plan all may be.
    """

    planned: Sequence[Evidence] = ()
    asked: str = ""
    _given: set[str] = field(default_factory=set)

    def spell_out(self, told: Clause, evidence: Evidence) -> Clause:
        """Return the clause with the full names of the initials that it has first.

        A name is the one that the document itself writes before the initials in brackets; the
        clause then cites that place too. Initials that the report has given stand as they are and
        are not given again; those that the document never explains stay, and so does everything in
        a clause with a quotation.
        """
        if quotes_somebody(told.text):
            return told
        told = replace(told, text=_GIVEN.sub(self._once, told.text))
        publisher = (evidence.document.source.publisher or "").removeprefix("The ")
        for mention in evidence.note.mentions:
            initials = evidence.text[mention.start : mention.end]
            own = mention.name in publisher or publisher in mention.name
            if not _INITIALS.fullmatch(initials) or mention.name == initials or (publisher and own):
                continue
            if initials not in self._given and f"({initials})" not in told.text:
                told = _spelled_out(told, evidence, initials, mention.name)
        return told

    def _once(self, found: re.Match[str]) -> str:
        initials = found.group(1)
        again = len(re.findall(rf"\b{re.escape(initials)}\b", found.string)) > 1
        needed = initials not in self._given and (again or self._again(initials))
        return found.group() if needed else ""

    def _again(self, initials: str) -> bool:
        """Whether they are read again: in another sentence, or as its publisher's name."""
        if not self.planned or mentions(self.asked, initials):
            return True
        named = (
            mentions(e.text, initials) or initials in (terms.initials(e.publisher), e.publisher)
            for e in self.planned
        )
        return sum(named) >= _AGAIN

    def note(self, text: str) -> None:
        """Take note of the initials that a sentence gives in brackets."""
        self._given |= set(_GIVEN.findall(text))


def _spelled_out(told: Clause, evidence: Evidence, initials: str, name: str) -> Clause:
    explained = re.search(
        rf"\b(?:(the) )?{re.escape(name)} \({re.escape(initials)}\)", evidence.document.text, re.I
    )
    found = re.search(rf"\b([Tt]he )?{re.escape(initials)}\b(?:['’]s?(?!\w))?", told.text)
    if explained is None or found is None or _cut(evidence.document.text[: explained.start()]):
        return told
    article = found.group(1) or ("the " if explained.group(1) else "")
    written = f"{article}{name} ({initials})"
    written = upper_first(written) if found.start() == 0 else written
    start = explained.end() - len(f"{name} ({initials})")
    quote = Quote(evidence.document, Span(start, explained.end()))
    text = f"{told.text[: found.start()]}{written}{told.text[found.end() :]}"
    return replace(told, text=text, quotes=(*told.quotes, quote), verbatim=False)


def _cut(before: str) -> bool:
    """Whether the words before a name begin it: "Center for a" before "Secure Free Society"."""
    leading = re.search(r"(\w[\w.’'-]*) (?:(?:of|for|a|the|on|and|in) )*$", before)
    return leading is not None and leading.group(1)[0].isupper() and leading.group(1) != "The"
