"""What publishers and documents are called in running text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.records import StoredDocument
from rag import terms
from rag.articles import takes_the
from rag.evidence import Evidence, Pool
from rag.words import words
from rag.write.clause import lower_first, upper_first

# Who passes on what the document says does not say it.
_RELAYED = ("as reported by", "as told by", "according to")
_MINOR = frozenset(["of", "the", "and", "for", "on", "in", "de", "la", "du", "des", "y"])


@dataclass
class Naming:
    """Names publishers as the documents at hand name them: article, short form, document noun.

    A publisher has its full name at first mention and its short form afterwards, if the documents
    use one.
    """

    documents: Sequence[StoredDocument]
    introduced: set[str] = field(default_factory=set)
    _articles: dict[str, str] = field(default_factory=dict)

    def publisher(self, document: StoredDocument, *, introduce: bool = True) -> str:
        """Return the publisher with its article, in full at first mention: "the DEA".

        A mention that is no part of the running text does not `introduce` it.

        Raises:
            ValueError: the document has no publisher.
        """
        name = document.source.publisher
        if not name:
            raise ValueError(f"document {document.id} has no publisher to name")
        if name in self.introduced:
            return self._short(name)
        if introduce:
            self.introduced.add(name)
        return self._full(name)

    def speaker(self, evidence: Evidence, pool: Pool, *, introduce: bool = True) -> str:
        """Return who says the sentence: its own speaker, else the publisher; "" for neither."""
        speech = evidence.note.speech
        publisher = evidence.document.source.publisher
        if (
            speech is not None
            and not relayed(evidence.text)
            and not (publisher and names_publisher(speech.speaker, publisher))
        ):
            start = speech.speaker_start == 0
            return lower_first(speech.speaker, evidence, pool) if start else speech.speaker
        return self.publisher(evidence.document, introduce=introduce) if publisher else ""

    def seen(self, text: str) -> None:
        """Take note of publishers that a sentence has just named in full."""
        for name in {d.source.publisher for d in self.documents if d.source.publisher}:
            if name.removeprefix("The ") in text:
                self.introduced.add(name)

    def spelled_out(self, text: str, document: StoredDocument) -> str:
        """Write the publisher's name in full where its initials are the first that is read of it.

        "The CBP statistics" become "The U.S. Customs and Border Protection (CBP) statistics".
        """
        name = document.source.publisher
        if not name or name in self.introduced or name.removeprefix("The ") in text:
            return text
        acronym = _initials(name)
        found = re.search(rf"\b(the )?{acronym}\b(?!['’)])", text, re.I) if acronym else None
        if found is None or acronym not in found.group():
            return text
        full = self.publisher(document)
        if found.group(1):
            full = f"{found.group(1)}{full.removeprefix('the ')}"
        written = upper_first(full) if found.start() == 0 else full
        return f"{text[: found.start()]}{written} ({acronym}){text[found.end() :]}"

    def titled(self, document: StoredDocument) -> str:
        """Return "according to the DEA’s report “Fentanyl flow”", the title without subtitle."""
        source = document.source
        title = source.title.split(": ")[0].strip(' “”"')
        if not source.publisher:
            return f"according to “{title}”"
        return f"according to {self._owned(document)} “{title}”"

    def document(self, document: StoredDocument) -> str:
        """Return the document in words: "the DEA's report of May 2025"."""
        month = month_and_year(document)
        return f"{self._owned(document)} of {month}" if month else self._owned(document)

    def _owned(self, document: StoredDocument) -> str:
        noun = (document.source.doc_type or "document").lower()
        if not document.source.publisher:
            return f"the {noun}"
        owner = self.publisher(document)
        return f"{owner}{'’' if owner.endswith('s') else '’s'} {noun}"

    def _full(self, name: str) -> str:
        if name not in self._articles:
            self._articles[name] = self._with_article(name)
        return self._articles[name]

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
        acronym = _initials(name)
        plain = [w for w in major if "." not in w and w != "The"]
        department = f"{plain[-1]} Department" if "Department" in plain else ""
        full = name.removeprefix("The ")
        for short in (acronym, department, plain[-1] if department else ""):
            if len(short) < 2 or short == full:
                continue
            own = f"{full} ({short})" in self._text or (
                short == acronym and f"({short})" in self._text
            )
            if not own and short == acronym:
                continue
            written = takes_the(short, [d.text for d in self.documents])
            if written or (written is not None and short == acronym):
                return f"the {short}" if written else short
        return None

    def _with_article(self, name: str) -> str:
        if name.startswith("The "):
            return f"the {name[4:]}"
        written = takes_the(name, [d.text for d in self.documents])
        if written is not None:
            return f"the {name}" if written else name
        takes = {w.lower() for w in name.split()} & (
            words("documents", "institutions") | words("publications", "heads")
        )
        return f"the {name}" if takes and len(name.split()) > 1 else name


def _initials(name: str) -> str:
    """Return the initials of a name of several words: "DEA"; "" for fewer than three."""
    major = [w for w in name.split() if w.lower() not in _MINOR and "." not in w]
    initials = "".join(w[0] for w in major if w[0].isupper())
    return initials if len(initials) > 2 else ""


def relayed(text: str) -> bool:
    """Whether a sentence opens with who passes it on."""
    return text.lower().startswith(_RELAYED)


def names_publisher(text: str, publisher: str) -> bool:
    """Whether a text names a publisher, by its distinctive words or its acronym."""
    capital = [w.text for w in terms.split(publisher) if w.text[0].isupper() and "." not in w.text]
    generic = words("documents", "institutions") | words("grammar", "function")
    major = [w for w in capital if w.lower() not in generic] or capital
    acronym = "".join(w[0] for w in capital)
    if len(acronym) > 2 and re.search(rf"\b{acronym}\b", text):
        return True
    return bool(major) and all(re.search(rf"\b{re.escape(w)}", text) for w in major)


def month_and_year(document: StoredDocument) -> str:
    """Return "May 2025", "2025", or "" where the date is unknown."""
    published = document.source.published
    return published.month_in_words() if published else ""
