"""Attributions: who says it, in one of four forms, the least used first."""

import re
from collections import Counter
from dataclasses import dataclass, field

from rag import terms
from rag.articles import indefinite
from rag.evidence import Evidence, Pool
from rag.verify import locks
from rag.words import ordered, words
from rag.write.clause import lower_first, upper_first
from rag.write.naming import Naming, month_and_year
from rag.write.relative import tells_relative_time
from rag.write.speakers import names_publisher, needs_speaker, relayed, tells_speaker

_TRAILING = 20
# One argues and assesses, but a number or a meaning one gives.
_TODAY = re.compile(r" today\b(?!['’])")
_JUDGING = frozenset({"assessment", "analysis"})


@dataclass
class Frames:
    """Puts the speaker before, after or into a clause, and remembers what it did.

    Uniform attribution reads like a list of search results; so the forms alternate, the verb comes
    from the kind of evidence, and a sentence that names its own speaker is left alone. Where one
    publisher is `alone` in telling everything it is named once a paragraph.
    """

    pool: Pool
    naming: Naming
    alone: bool = False
    used: Counter[str] = field(default_factory=Counter)
    last_form: str = ""
    last_document: str = ""
    _heard: bool = False

    def reset(self) -> None:
        """Begin a new section: the speaker is named afresh."""
        self.last_document = ""
        self._heard = False

    def attribute(
        self, text: str, evidence: Evidence, *, lead: str = "", first: bool = False
    ) -> str:
        """Return the clause with the attribution it needs, after `lead` ("by contrast").

        A clause that speaks for itself comes back as it is. With `first` the speaker's name opens
        it.
        """
        if tells_relative_time(text) and (dated := self._dated(text, evidence)):
            return f"{lead}, {dated}" if lead else upper_first(dated)
        lacks_speaker = needs_speaker(evidence, text) and not (self.alone and self._heard)
        lacks_title = evidence.titled and _needs_title(evidence, text)
        text = self.naming.own(text, evidence.document)
        if lacks_title:
            self.last_document, self.last_form = evidence.document.id, "title"
            inner = lower_first(text, evidence, self.pool)
            framed = f"{self.naming.titled(evidence.document)}, {inner}"
            return f"{lead}, {framed}" if lead else framed
        if not lacks_speaker:
            self.naming.seen(text)
            self.last_document, self.last_form = evidence.document.id, "own"
            return f"{lead}, {lower_first(text, evidence, self.pool)}" if lead else text
        inner = lower_first(text, evidence, self.pool)
        that = _that(inner, evidence)
        self._heard = True
        form = self._form(text, evidence, lead, first)
        self.used[form] += 1
        self.last_form = form
        again = self.last_document == evidence.document.id
        self.last_document = evidence.document.id
        framed = self._framed(form, text, inner, that, evidence, again)
        return f"{lead}, {framed}" if lead else framed

    def _dated(self, text: str, evidence: Evidence) -> str:
        """Return "as the Gazette reported on 3 May 2024, s": its date explains the times of s.

        "" where nobody is known to have published it on a day, and where s comes from others.
        """
        document = evidence.document
        published = document.source.published
        if not document.source.publisher or not published or not published.day or relayed(text):
            return ""
        self.last_document, self.last_form, self._heard = document.id, "dated", True
        day = published.in_words()
        # What the frame dates to the day needs no "today".
        text = _TODAY.sub("", self.naming.own(text, document))
        inner = lower_first(text, evidence, self.pool)
        if names_publisher(text, document.source.publisher):
            noun = (document.source.doc_type or "document").lower()
            return f"in {indefinite(noun)} of {day}, {inner}"
        who = self.naming.publisher(document)
        if needs_speaker(evidence, text):
            return f"{who} {_past(self._verb(evidence))} on {day} {_that(inner, evidence)}"
        return f"as {who} reported on {day}, {inner}"

    def _form(self, text: str, evidence: Evidence, lead: str, first: bool) -> str:
        document = evidence.document
        forms = ["says"] if first else ["says", "according"]
        if (
            not first
            and month_and_year(document)
            and len(text.split()) <= _TRAILING
            and "“" not in text
            and not lead
        ):
            forms.append("after")
        if document.source.doc_type and month_and_year(document):
            forms.append("document")
        allowed = [f for f in forms if f != self.last_form] or forms
        if self.last_document == document.id:
            return "says"
        return min(allowed, key=lambda f: (self.used[f], forms.index(f)))

    def _framed(
        self, form: str, text: str, inner: str, that: str, evidence: Evidence, again: bool
    ) -> str:
        document = evidence.document
        if again:
            return f"{self.naming.publisher(document)} adds {that}"
        if form == "according":
            return f"according to {self.naming.publisher(document)}, {inner}"
        if form == "after":
            verb = _past(self._verb(evidence))
            return f"{text}, {self.naming.publisher(document)} {verb} in {month_and_year(document)}"
        if form == "document":
            return f"{self.naming.document(document)} {self._verb(evidence)} {that}"
        return f"{self.naming.publisher(document)} {self._verb(evidence)} {that}"

    def _verb(self, evidence: Evidence) -> str:
        if locks.hedges(evidence.text):
            return "says"
        noun = terms.stem((evidence.document.source.doc_type or "").split(" ")[-1])
        role = evidence.role or "other"
        if (evidence.note.figures or evidence.note.definitions) and role in _JUDGING:
            role = "other"
        try:
            verbs = ordered("speech", role)
        except KeyError:
            verbs = ordered("speech", "other")
        verb = verbs[self.used[f"verb:{role}"] % len(verbs)]
        return "says" if terms.stem(verb)[:5] == noun[:5] else verb


def _that(inner: str, evidence: Evidence) -> str:
    """Return "that s", or "that, contrary to X, s" where something opens s before its subject."""
    opening, comma, _ = inner.partition(", ")
    first = opening.split(" ", 1)[0].lower()
    opens = first in words("grammar", "openers") and len(opening) < evidence.note.subject_end
    return f"that{',' if comma and opens else ''} {inner}"


def _needs_title(evidence: Evidence, text: str) -> bool:
    if evidence.document.source.publisher:
        return needs_speaker(evidence, text)
    return evidence.note.speech is None and not tells_speaker(text)


def _past(verb: str) -> str:
    irregular = {"says": "said", "finds": "found", "writes": "wrote", "shows": "showed"}
    if verb in irregular:
        return irregular[verb]
    stem = verb.removesuffix("s")
    return f"{stem}d" if stem.endswith("e") else f"{stem}ed"
