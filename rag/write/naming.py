"""What publishers and documents are called in running text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.records import StoredDocument
from rag.words import words

_MINOR = frozenset(["of", "the", "and", "for", "on", "in", "de", "la", "du", "des", "y"])


@dataclass
class Naming:
    """Names publishers as the documents at hand name them: article, short form, document noun.

    A publisher has its full name at first mention and its short form afterwards, if the documents
    use one.
    """

    documents: Sequence[StoredDocument]
    introduced: set[str] = field(default_factory=set)

    def publisher(self, document: StoredDocument, *, first: str | None = None) -> str:
        """Return the publisher with its article, in full at first mention: "the DEA".

        Raises:
            ValueError: the document has no publisher.
        """
        name = document.source.publisher
        if not name:
            raise ValueError(f"document {document.id} has no publisher to name")
        if name in self.introduced:
            return self._short(name)
        if first is None:
            self.introduced.add(name)
        return self._full(name)

    def seen(self, text: str) -> None:
        """Take note of publishers that a sentence has just named in full."""
        for name in {d.source.publisher for d in self.documents if d.source.publisher}:
            if name.removeprefix("The ") in text:
                self.introduced.add(name)

    def document(self, document: StoredDocument) -> str:
        """Return the document in words: "the DEA's report of May 2025"."""
        source = document.source
        noun = (source.doc_type or "document").lower()
        month = month_and_year(document)
        date = f" of {month}" if month else ""
        if not source.publisher:
            return f"the {noun}{date}"
        owner = self.publisher(document)
        return f"{owner}{'’' if owner.endswith('s') else '’s'} {noun}{date}"

    def _full(self, name: str) -> str:
        return self._with_article(name)

    def _short(self, name: str) -> str:
        return self._shorts.get(name) or self._full(name)

    @cached_property
    def _text(self) -> str:
        return "\n".join(d.text for d in self.documents)

    @cached_property
    def _shorts(self) -> dict[str, str]:
        names = {d.source.publisher for d in self.documents if d.source.publisher}
        return {n: short for n in names if (short := self._find_short(n))}

    def _find_short(self, name: str) -> str | None:
        """Return the short form that the documents themselves use after "the", if any."""
        major = [w for w in name.split() if w.lower() not in _MINOR]
        acronym = "".join(w[0] for w in major if w[0].isupper())
        plain = [w for w in major if "." not in w and w != "The"]
        department = f"{plain[-1]} Department" if "Department" in plain else ""
        full = name.removeprefix("The ")
        for short in (acronym, plain[-1] if department else "", department):
            if len(short) < 2 or short == full:
                continue
            own = f"{full} ({short})" in self._text or (
                short == acronym and f"({short})" in self._text
            )
            if (own or short != acronym) and re.search(
                rf"\b[Tt]he {re.escape(short)}\b", self._text
            ):
                return f"the {short}"
            if own and short == acronym:
                return short
        return None

    def _with_article(self, name: str) -> str:
        if name.startswith("The "):
            return f"the {name[4:]}"
        pattern = re.escape(name)
        with_the = len(re.findall(rf"\b[Tt]he {pattern}\b", self._text))
        without = len(re.findall(rf"(?<![Tt]he )\b{pattern}\b", self._text))
        if with_the or without:
            return f"the {name}" if with_the >= without else name
        takes = {w.lower() for w in name.split()} & (
            words("documents", "institutions") | words("publications", "heads")
        )
        return f"the {name}" if takes and len(name.split()) > 1 else name


def month_and_year(document: StoredDocument) -> str:
    """Return "May 2025", "2025", or "" where the date is unknown."""
    published = document.source.published
    return published.month_in_words() if published else ""
