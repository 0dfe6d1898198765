"""Headings that state the finding, made of the section's own evidence."""

import re
from collections.abc import Sequence

from rag.evidence import Evidence, Pool
from rag.plan import chronology, stance
from rag.plan.entities import Entity
from rag.plan.plan import Finding, Part, PlannedSection
from rag.report import SectionKind
from rag.words import words
from rag.write.clause import clause, lower_first, upper_first
from rag.write.description import describe, the
from rag.write.frames import needs_speaker
from rag.write.naming import Naming, relayed

_LONGEST = 17


def heading(section: PlannedSection, pool: Pool, naming: Naming) -> str:
    """Return the heading of a section.

    An entity's heading says by whom it is named and as what; any other heading is a short whole
    sentence of its section's evidence after the section's lead.
    """
    findings = [f for f in section.findings if isinstance(f, Finding)]
    if section.kind is SectionKind.ASSESSMENT:
        return section.lead
    if section.topic is not None:
        return entity_heading(section.topic, findings, pool, naming)
    if section.kind is SectionKind.CONTEXT and any(f.part is Part.ACT for f in findings):
        return _context_heading([f.evidence for f in findings if f.part is Part.ACT])
    said = [f for f in findings if f.part is Part.OBJECTION] or findings
    if section.lead and all(f.part is Part.BACKGROUND for f in findings):
        return section.lead
    if section.lead:
        # A lead says enough where the first sentence would only be read twice.
        said = [f for f in said if f is not findings[0]]
    statement = _statement([f.evidence for f in said], naming, pool)
    if not statement and section.kind is SectionKind.COUNTER_EVIDENCE and findings[-1].topic:
        return f"{section.lead}: {findings[-1].topic} is named instead"
    if not statement:
        return section.lead or "What the sources say"
    return f"{section.lead}: {statement}" if section.lead else upper_first(statement)


def entity_heading(entity: Entity, findings: Sequence[Finding], pool: Pool, naming: Naming) -> str:
    """Return "The X: sanctioned by A, described by B as C", as far as the evidence says so."""
    parts = []
    for finding in findings:
        act = _act_phrase(entity, finding.evidence, naming)
        if act:
            parts.append(act)
            break
    for finding in findings:
        if finding.part is not Part.DEFINITION or stance.denies(finding.evidence):
            continue
        described = describe(entity, finding.evidence, naming, pool, introduce=False)
        if described is not None:
            who, phrase = described
            phrase = re.split(r",? (?:that|which|who)\b", phrase)[0]
            parts.append(f"described by {who} as {phrase}" if who else phrase)
            break
    name = upper_first(the(entity))
    if parts:
        return f"{name}: {', '.join(parts)}"
    statement = _statement([f.evidence for f in findings], naming, pool)
    if entity.named_in(statement[: len(name) + 1]):
        return upper_first(statement)
    return f"{name}: {statement}" if statement else name


def _act_phrase(entity: Entity, evidence: Evidence, naming: Naming) -> str:
    note = evidence.note
    if note.act is None or note.act.passive or not note.verb_end:
        return ""
    verb = evidence.text[note.verb_start : note.verb_end]
    if not re.fullmatch(r"[a-z]+ed", verb) or not evidence.document.source.publisher:
        return ""
    subject, rest = evidence.text[: note.verb_start], evidence.text[note.verb_end :]
    if not entity.named_in(rest[:60]) or entity.named_in(subject):
        return ""
    return f"{verb} by {naming.publisher(evidence.document, introduce=False)}"


def _context_heading(acts: Sequence[Evidence]) -> str:
    told = (e.note.act.noun for e in acts if e.note.act is not None)
    nouns = list(dict.fromkeys(n for n in told if n and n not in words("cues", "telling")))[:2]
    when = chronology.span_of_time(list(acts))
    lead = upper_first(" and ".join(_plural(n) for n in nouns)) if nouns else "Background"
    return f"{lead}: how the matter developed {when}".rstrip() if when else f"{lead} so far"


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return noun
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


def _statement(evidence: Sequence[Evidence], naming: Naming, pool: Pool) -> str:
    """Return the most relevant sentence that fits a heading, with who says it; "" for none."""
    for candidate in sorted(evidence, key=lambda e: -e.relevance):
        told = clause(candidate, longest=_LONGEST)
        if not told.verbatim or candidate.titled or stance.about_document(candidate):
            continue
        if relayed(candidate.text):
            continue
        speech = candidate.note.speech
        text = told.text
        trailing = speech is not None and speech.content_start == 0 and _ends(candidate)
        if speech is not None and trailing:
            text = candidate.text[: speech.content_end].strip(" ,.")
        if len(text.split()) > _LONGEST:
            continue
        text = lower_first(_headline(text), candidate, pool)
        if not trailing and not needs_speaker(candidate, candidate.text):
            return text
        who = naming.speaker(candidate, pool, introduce=False)
        return f"{text}, according to {who}" if who else text
    return ""


def _ends(evidence: Evidence) -> bool:
    """Whether what is said ends where the sentence pauses for its speaker."""
    speech = evidence.note.speech
    return speech is not None and evidence.text[speech.content_end : speech.content_end + 1] == ","


def _headline(text: str) -> str:
    return re.sub(r"^(?:On \d+ \w+ \d{4}|In \w+ \d{4}),? ", "", text)
