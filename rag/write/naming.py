"""What publishers and documents are called in running text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.records import StoredDocument
from rag import terms
from rag.articles import indefinite, takes_the
from rag.evidence import Evidence, Pool, mentions
from rag.words import words
from rag.write.clause import lower_first, quotes_somebody, upper_first
from rag.write.speakers import names_publisher, needs_speaker, relayed

_AGAIN = 2
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_DATED = re.compile(r" (?:of|for|from|dated|in) (?:[A-Z\d][\w]* ){0,2}(?:1[5-9]|20)\d\d\b")
_WHOSE = r"(?P<whose>[\w’'. ]*[’']s|[Tt]he (?:[A-Z(][\w’'.()-]* |(?:of|for|on|and|the) )+)"


@dataclass
class Naming:
    """Names publishers as the documents at hand name them: article, short form, document noun.

    A publisher has its full name at first mention, with its initials where the documents give them
    and they are read again, and its short form afterwards, if the documents use one. What is
    `planned` to be told says what is read again; without it everything may be.
    """

    documents: Sequence[StoredDocument]
    planned: Sequence[Evidence] | None = None
    introduced: set[str] = field(default_factory=set)
    _dated: set[str] = field(default_factory=set)
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
        if not introduce:
            return self._full(name)
        self.introduced.add(name)
        initials = self._given(name)
        return f"{self._full(name)} ({initials})" if initials else self._full(name)

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
            initials = self._given(name)
            if name.removeprefix("The ") in text and (not initials or f"({initials})" in text):
                self.introduced.add(name)

    def own(self, text: str, document: StoredDocument) -> str:
        """Name publisher and document as they are to be read where a sentence names its own.

        At first mention the publisher has full name and initials ("The CBP statistics" become "The
        U.S. Customs and Border Protection (CBP) statistics") and the document its month; later the
        short form is enough.
        """
        name = document.source.publisher
        if not name or quotes_somebody(text):
            return text
        text = self._with_month(text, document, name)
        full = name.removeprefix("The ")
        if name in self.introduced:
            return self._shortened(text, full, self._short(name))
        given = self._given(name)
        known = self._shorts.get(name, "").removeprefix("the ")
        initials = known if known.isupper() else terms.initials(name)
        if known and not known.isupper() and full not in text:
            return self._in_full(text, name, self._short(name))
        if name in self._once:
            text = text.replace(f" ({initials})", "")
        if not initials or f"({initials})" in text or (full in text and not given):
            return text
        if full in text:
            return re.sub(rf"{re.escape(full)}(?![\w’'])", f"{full} ({initials})", text, count=1)
        found = re.search(rf"\b(the )?{re.escape(initials)}\b(?!\))", text, re.I)
        if found is None or initials not in found.group():
            return text
        owns = text[found.end() :].startswith(("'", "’"))
        article = found.group(1) or ("the " if self._full(name).startswith("the ") else "")
        bare = owns or name in self._once
        written = f"{article}{full}" if bare else f"{article}{full} ({initials})"
        self.introduced |= set() if bare else {name}
        written = upper_first(written) if found.start() == 0 else written
        rest = text[found.end() :]
        if owns and full.endswith("s"):
            rest = rest[0] + rest[1:].removeprefix("s")
        return f"{text[: found.start()]}{written}{rest}"

    def _in_full(self, text: str, name: str, short: str) -> str:
        """Write a department's full name in the place of its first short form."""
        found = re.search(rf"\b{re.escape(short)}(?![\w’'])", text, re.I)
        if found is None or short.removeprefix("the ") not in found.group():
            return text
        self.introduced.add(name)
        full = self._full(name)
        written = upper_first(full) if found.start() == 0 else full
        return f"{text[: found.start()]}{written}{text[found.end() :]}"

    def _shortened(self, text: str, full: str, short: str) -> str:
        bare = short.removeprefix("the ")
        if bare == full:
            return text

        def shorter(found: re.Match[str]) -> str:
            written = short if found.group(1) else bare
            return upper_first(written) if found.start() == 0 else written

        return re.sub(rf"\b(the )?{re.escape(full)}(?: \([A-Z]+\))?", shorter, text, flags=re.I)

    def _with_month(self, text: str, document: StoredDocument, name: str) -> str:
        """Date the document at first mention: "the council's memorandum of April 2025"."""
        noun, month = document.source.doc_type, month_and_year(document)
        if document.id in self._dated or not noun or " " not in month:
            return text
        kind = rf"(?i:{re.escape(noun)})"
        found = re.search(rf"\b{_WHOSE} ?{kind}\b(?! of\b)", text)
        by = ""
        if found is None or not names_publisher(found["whose"], name):
            found = re.search(rf"\b[Tt]he {kind}(?= of (?P<whose>.{{1,{len(name) + 4}}}))", text)
            by = " by"
        if found is None or not names_publisher(found["whose"], name):
            return text
        rest = text[found.end() :]
        if month.split()[-1] in text or _YEAR.search(found.group()) or _DATED.match(rest):
            return text
        self._dated.add(document.id)
        return f"{text[: found.end()]} of {month}{by}{rest.removeprefix(' of') if by else rest}"

    def titled(self, document: StoredDocument) -> str:
        """Return "according to the DEA’s report “Fentanyl flow”", the title without subtitle."""
        title = document.source.title.split(": ")[0].strip(' “”"')
        if not document.source.publisher:
            return f"according to “{title}”"
        return f"according to {self._owned(document, f' “{title}”')}"

    def document(self, document: StoredDocument) -> str:
        """Return the document in words: "the DEA's report of May 2025"."""
        month = month_and_year(document)
        self._dated.add(document.id)
        return self._owned(document, f" of {month}" if month else "")

    def _owned(self, document: StoredDocument, further: str) -> str:
        """Return the document's noun with what follows it and whose it is.

        Where the owner's initials are to be introduced it stands behind: "the brief of May 2025 by
        the Congressional Research Service (CRS)".
        """
        noun = (document.source.doc_type or "document").lower() + further
        name = document.source.publisher
        if not name:
            return f"the {noun}"
        if name not in self.introduced and self._given(name):
            its = f"the {noun}" if "“" in further else indefinite(noun)
            return f"{its} by {self.publisher(document)}"
        owner = self.publisher(document)
        return f"{owner}{self._apostrophe}{'' if owner.endswith('s') else 's'} {noun}"

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
    def _apostrophe(self) -> str:
        """The apostrophe that most of the documents write."""
        return max("’'", key=self._text.count)

    @cached_property
    def _shorts(self) -> dict[str, str]:
        names = {d.source.publisher for d in self.documents if d.source.publisher}
        return {n: short for n in names if (short := self._find_short(n))}

    def _given(self, name: str) -> str:
        """Return the initials that the documents give a name and that are read again, or ""."""
        short = self._shorts.get(name, "").removeprefix("the ")
        return short if short.isupper() and name not in self._once else ""

    @cached_property
    def _once(self) -> frozenset[str]:
        """The publishers that hardly more than one sentence of what is planned has to name."""
        if self.planned is None:
            return frozenset()
        named = {
            name: sum(
                (e.publisher == name and needs_speaker(e, e.text))
                or mentions(e.text, short.removeprefix("the "))
                or mentions(e.text, name.removeprefix("The "))
                for e in self.planned
            )
            for name, short in self._shorts.items()
        }
        return frozenset(name for name, times in named.items() if times < _AGAIN)

    def _find_short(self, name: str) -> str | None:
        """Return the short form that the documents themselves use, if any."""
        full = name.removeprefix("The ")
        plain = [
            w for w in name.split() if w.lower() not in terms.MINOR and "." not in w and w != "The"
        ]
        department = f"{plain[-1]} Department" if "Department" in plain else ""
        given = re.search(rf"{re.escape(full)} \(([A-Z]{{2,}})\)", self._text)
        initials = given.group(1) if given else terms.initials(name)
        for short in (initials, department, plain[-1] if department else ""):
            if len(short) < 2 or short == full:
                continue
            if short == initials and f"({short})" not in self._text:
                continue
            written = takes_the(short, [d.text for d in self.documents])
            if written or (short == initials and (given or written is not None)):
                return f"the {short}" if written else short
        return None

    def _with_article(self, name: str) -> str:
        # What stands behind a comma says where it sits: "the Ministry of Health, Peru".
        name = name.split(", ", maxsplit=1)[0]
        if name.startswith("The "):
            return f"the {name[4:]}"
        written = takes_the(name, [d.text for d in self.documents])
        if written is not None:
            return f"the {name}" if written else name
        takes = {w.lower() for w in name.split()} & (
            words("documents", "institutions") | words("publications", "heads")
        )
        one_of = re.match(r"[A-Z][\w.]*(?: [A-Z]\w*)*[^s] (?:for|of) the ", name)
        return f"the {name}" if (takes and len(name.split()) > 1) or one_of else name


def month_and_year(document: StoredDocument) -> str:
    """Return "May 2025", "2025", or "" where the date is unknown."""
    published = document.source.published
    return published.month_in_words() if published else ""
