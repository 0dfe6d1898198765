"""Headings that state the finding, made of the section's own evidence."""

import re
from collections.abc import Sequence

from rag.evidence import Evidence, Pool
from rag.plan import chronology, stance
from rag.plan.entities import Entity
from rag.plan.plan import Finding, Part, PlannedSection
from rag.report import SectionKind
from rag.write.clause import clause, lower_first, upper_first
from rag.write.naming import Naming

_LONGEST = 17
_PHRASE = 11


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
    statement = _statement([f.evidence for f in findings])
    if not statement:
        return section.lead or "What the sources say"
    if section.lead:
        return f"{section.lead}: {lower_first(statement[0], statement[1], pool)}"
    return upper_first(statement[0])


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
        described = _description(entity, finding.evidence, naming)
        if described:
            parts.append(described)
            break
    name = upper_first(the(entity))
    if parts:
        return f"{name}: {', '.join(parts)}"
    statement = _statement([f.evidence for f in findings])
    return f"{name}: {lower_first(statement[0], statement[1], pool)}" if statement else name


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
    return f"{verb} by {naming.publisher(evidence.document, first='heading')}"


def _description(entity: Entity, evidence: Evidence, naming: Naming) -> str:
    for definition in evidence.note.definitions:
        if not entity.named_in(definition.name):
            continue
        phrase = shorten(evidence.text[definition.start : definition.end])
        if not phrase:
            continue
        if evidence.document.source.publisher:
            who = naming.publisher(evidence.document, first="heading")
            return f"described by {who} as {phrase}"
        return phrase
    return ""


def shorten(phrase: str) -> str:
    """Return a noun phrase of at most eleven words, cut where a further clause begins, or ""."""
    if len(phrase.split()) > _PHRASE:
        phrase = re.split(r",| that | which | who | where | with | active ", phrase)[0]
    phrase = phrase.strip(" ,.;")
    return phrase if 1 < len(phrase.split()) <= _PHRASE else ""


def the(entity: Entity) -> str:
    """Return the entity's name with "the" where the evidence writes it so."""
    if not entity.proper:
        return entity.name
    texts = [e.text for e in entity.evidence]
    with_the = sum(bool(re.search(rf"\b[Tt]he {re.escape(entity.name)}\b", t)) for t in texts)
    return f"the {entity.name}" if with_the * 2 > len(texts) else entity.name


def _context_heading(acts: Sequence[Evidence]) -> str:
    nouns = list(
        dict.fromkeys(e.note.act.noun for e in acts if e.note.act is not None and e.note.act.noun)
    )[:2]
    when = chronology.span_of_time(list(acts))
    lead = upper_first(" and ".join(_plural(n) for n in nouns)) if nouns else "Background"
    return f"{lead}: how the matter developed {when}".rstrip() if when else f"{lead} so far"


def _plural(noun: str) -> str:
    if noun.endswith("s"):
        return noun
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{noun}s"


def _statement(evidence: Sequence[Evidence]) -> tuple[str, Evidence] | None:
    """Return the most relevant sentence that fits a heading whole, or up to a safe cut."""
    for candidate in sorted(evidence, key=lambda e: -e.relevance):
        words = clause(candidate, longest=_LONGEST)
        if words.length > _LONGEST or not words.verbatim or stance.about_document(candidate):
            continue
        return _headline(words.text), candidate
    return None


def _headline(text: str) -> str:
    return re.sub(r"^(?:On \d+ \w+ \d{4}|In \w+ \d{4}),? ", "", text)
