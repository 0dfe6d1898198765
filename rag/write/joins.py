"""Joins: two sentences that follow one another made one, each part with its own marks."""

import re
from dataclasses import dataclass

from rag.evidence import Pool
from rag.plan import chronology
from rag.plan.plan import Finding, Part
from rag.report import StatementKind
from rag.write.clause import lower_first
from rag.write.draft import Draft, Piece
from rag.write.speakers import names_publisher, names_speaker_last, relayed

_LONGEST_FIRST = 30
_LONGEST = 52
_CLAIMS = {Part.DEFINITION, Part.CLAIM}
_CONTRASTS = ("by contrast", "however")
_COMPOUND = re.compile(r"[;:]|, (?:and|but|while|whereas|which|although)\b")


@dataclass(frozen=True)
class Told:
    """A finding as it was written: its draft, the form of its attribution, and what led it in."""

    finding: Finding
    draft: Draft
    form: str
    lead: str = ""

    @property
    def text(self) -> str:
        """Its words after what led it in."""
        text = self.draft.pieces[0].text
        return text[len(self.lead) + 2 :] if self.lead else text

    @property
    def subject(self) -> str:
        """What stands before its main verb, if the sentence is told as its source has it."""
        evidence = self.finding.evidence
        subject = evidence.text[: evidence.note.verb_start]
        return subject if self.form == "own" and self.text.startswith(subject) else ""


def may_open(told: Told) -> bool:
    """Whether something may be joined to the sentence: nobody speaks in it beyond its own words."""
    return (
        told.form in ("own", "says", "document")
        and len(told.text.split()) <= _LONGEST_FIRST
        and len(told.draft.pieces) == 1
        and not told.finding.items
        and _COMPOUND.search(told.text) is None
        and not relayed(told.text)
        and not names_speaker_last(told.text)
    )


def has_room(told: Told, further: int) -> bool:
    """Whether a clause of so many further words would not make the sentence too long."""
    return len(told.text.split()) + further <= _LONGEST


def join(first: Told, second: Told, pool: Pool) -> Draft | None:
    """Return "A [1], and B [2]", or None where B might be read as the words of A's speaker.

    B must open with who says or does it, or have the subject of A, which is then named once.
    """
    documents = {q.document.id for q in first.draft.quotes}
    if any(q.document.id in documents for q in second.draft.quotes):
        return None
    turns_away = first.finding.part is Part.CRUX and second.finding.part is Part.OBJECTION
    if turns_away or not may_open(first) or not _may_follow(second):
        return None
    rest = _elided(first, second, pool)
    if rest:
        # What is not said of A is not said of A or of B.
        both = (
            "or" if first.finding.evidence.note.negated and _same_passive(first, second) else "and"
        )
        joint = f"{',' if ',' in first.text else ''} {both} {rest}"
    elif _speaks_first(first) and _opens_with_speaker(second) and _share_name(first, second):
        connective = _connective(first, second)
        if not connective:
            return None
        joint = f", {connective} {_inner(first, second, pool)}"
    else:
        return None
    if not has_room(first, len(joint.split())):
        return None
    return Draft(
        (*first.draft.pieces, Piece(joint, second.draft.pieces[0].quotes)),
        StatementKind.WRITTEN,
        (*first.draft.evidence, *second.draft.evidence),
        parts=(first.draft, second.draft),
    )


def _share_name(first: Told, second: Told) -> bool:
    """Whether both speak of the same person or thing beside their speakers."""
    return any(
        second.finding.evidence.names(m.name)
        for m in first.finding.evidence.note.mentions
        if m.label != "DATE"
    )


def _elided(first: Told, second: Told, pool: Pool) -> str:
    """Return the second sentence without the subject, and the passive verb, that both share."""
    if not first.subject or first.subject != second.subject or second.lead:
        return ""
    # A last name alone may be another person's in another document.
    if any(
        " " not in m.name
        and m.label in ("PERSON", "")
        and m.start < len(first.subject)
        and not pool.written_small(m.name)
        for m in first.finding.evidence.note.mentions
    ):
        return ""
    shared = len(_verb(first)) if _same_passive(first, second) else 0
    return second.text[len(second.subject) + shared :].strip()


def _same_passive(first: Told, second: Told) -> bool:
    verb = _verb(first)
    return verb == _verb(second) and re.match(r"(?:is|are|was|were) ", verb) is not None


def _verb(told: Told) -> str:
    evidence = told.finding.evidence
    return evidence.text[evidence.note.verb_start : evidence.note.verb_end]


def _may_follow(told: Told) -> bool:
    return (
        told.lead in ("", *_CONTRASTS)
        and told.form in ("own", "says", "document")
        and not told.finding.items
        and len(told.draft.pieces) == 1
        and _COMPOUND.search(told.text) is None
        and not names_speaker_last(told.text)
    )


def _speaks_first(told: Told) -> bool:
    speech = told.finding.evidence.note.speech
    return told.form != "own" or speech is None or speech.speaker_start == 0


def _opens_with_speaker(told: Told) -> bool:
    evidence = told.finding.evidence
    if told.form != "own":
        return True
    if evidence.note.speech is not None:
        return evidence.note.speech.speaker_start == 0
    publisher = evidence.document.source.publisher
    return publisher is not None and names_publisher(told.subject, publisher)


def _connective(first: Told, second: Told) -> str:
    """Return "whereas" before the other side, "and" between claims or between acts, else ""."""
    if second.lead in _CONTRASTS:
        # What was said before an act does not answer it.
        told = [chronology.happened(t.finding.evidence) for t in (first, second)]
        return "" if all(told) and told[1] < told[0] else "whereas"
    kinds = {first.finding.part, second.finding.part}
    dated = [chronology.act_date(t.finding.evidence) is not None for t in (first, second)]
    alike = kinds == {Part.ACT} or kinds <= _CLAIMS
    return "and" if alike and dated[0] == dated[1] else ""


def _inner(first: Told, second: Told, pool: Pool) -> str:
    """Return the second sentence as it follows, with "it" for what the first opens with."""
    evidence = second.finding.evidence
    text = lower_first(second.text, evidence, pool) if second.form == "own" else second.text
    for mention in first.finding.evidence.note.mentions:
        name = re.escape(mention.name)
        opens = re.match(rf"(?:the )?{name} (?:is|was|has) ", first.text, re.I)
        if opens and mention.label != "PERSON" and len(re.findall(name, text)) == 1:
            return re.sub(rf"(?<=s )(?:the )?{name}(?= as\b)", "it", text)
    return text
