"""Headings that state the finding, made of the section's own evidence."""

import re
from collections.abc import Sequence

from index.annotations import Modality, Role
from rag.articles import indefinite, with_the
from rag.evidence import Evidence, Pool
from rag.plan import chronology, stance
from rag.plan.entities import Entity
from rag.plan.plan import Finding, Part, PlannedSection
from rag.report import SectionKind
from rag.words import words
from rag.write.clause import clause, listed, lower_first, upper_first
from rag.write.description import describe, the
from rag.write.naming import Naming
from rag.write.speakers import names_publisher, needs_speaker, relayed

_LONGEST = 17
_NAMED = 2
_ASIDE = frozenset({"DATE", "CARDINAL", "MONEY", "GPE", "NORP"})
_ACTS = 2


def heading(section: PlannedSection, pool: Pool, naming: Naming) -> str:
    """Return the heading of a section.

    An entity's heading says by whom it is named and as what. Any other is the section's lead, or
    where it has none a short whole sentence of its evidence.
    """
    findings = [f for f in section.findings if isinstance(f, Finding)]
    if section.kind is SectionKind.ASSESSMENT:
        return section.lead
    if section.topic is not None:
        return entity_heading(section.topic, findings, pool, naming)
    if section.kind is SectionKind.CONTEXT and any(f.part is Part.ACT for f in findings):
        return _context_heading(findings)
    if section.kind is SectionKind.COUNTER_EVIDENCE and findings[-1].topic:
        return f"{section.lead}: {findings[-1].topic} is named instead"
    # After a lead the first sentence would only be read twice.
    return upper_first(
        _of_one(section.lead, findings, naming)
        or _statement([f.evidence for f in findings], naming, pool)
        or "What the sources say"
    )


def entity_heading(entity: Entity, findings: Sequence[Finding], pool: Pool, naming: Naming) -> str:
    """Return "The X: sanctioned by A; the accusations are contested by B", as far as it is told.

    Where nobody contests it, it says instead who describes it as what.
    """
    told = [f.evidence for f in findings if f.part is not Part.OBJECTION]
    acts = dict.fromkeys(_act_phrase(entity, e, naming) for e in told)
    parts = [act for act in acts if act][:_ACTS]
    against = {
        f.evidence.publisher: naming.publisher(f.evidence.document, introduce=False)
        for f in findings
        if f.part is Part.OBJECTION
        and stance.contests(f.evidence)
        and f.evidence.document.source.publisher
    }
    contested = ""
    if parts and against:
        critics = " and ".join(list(against.values())[:_NAMED])
        contested = f"; the accusations are contested by {critics}"
    if not parts and (by := _named_by(findings, naming)):
        parts.append(by)
    for finding in findings if not parts else ():
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
        return f"{name}: {', '.join(parts)}{contested}"
    statement = _statement([f.evidence for f in findings], naming, pool)
    if entity.named_in(statement[: len(name) + 1]):
        return upper_first(statement)
    return f"{name}: {statement}" if statement else name


def _of_one(lead: str, findings: Sequence[Finding], naming: Naming) -> str:
    """Return "What the council says" for "What the sources say" where the council alone says it."""
    told = {f.evidence.publisher: f.evidence.document for f in findings}
    if len(told) != 1 or any(_told_by_others(f.evidence) for f in findings):
        return lead
    [document] = told.values()
    known = document.source.publisher
    who = naming.publisher(document, introduce=False) if known else "the source"
    return re.sub(r"the sources say$", f"{who} says", lead)


def _told_by_others(evidence: Evidence) -> bool:
    """Whether somebody else speaks in the sentence than who published it."""
    speech, publisher = evidence.note.speech, evidence.document.source.publisher
    own = speech is None or (publisher and names_publisher(speech.speaker, publisher))
    return not own and not relayed(evidence.text)


def _act_phrase(entity: Entity, evidence: Evidence, naming: Naming) -> str:
    note = evidence.note
    verb = evidence.text[note.verb_start : note.verb_end]
    charged = note.modality is Modality.ALLEGED and verb in words("cues", "charges")
    if charged:
        verb = verb.removesuffix("s").removesuffix("e") + "ed"
    elif note.act is None or note.act.passive or not re.fullmatch(r"[a-z]+ed", verb):
        return ""
    if not evidence.document.source.publisher:
        return ""
    subject, rest = evidence.text[: note.verb_start], evidence.text[note.verb_end :]
    if not entity.named_in(rest[:60]) or entity.named_in(subject):
        return ""
    return f"{verb} by {naming.publisher(evidence.document, introduce=False)}"


def _named_by(findings: Sequence[Finding], naming: Naming) -> str:
    """Return "named by A and B, among others"; "" where fewer than two publishers name it."""
    told = {
        f.evidence.publisher: naming.publisher(f.evidence.document, introduce=False)
        for f in findings
        if f.part is not Part.OBJECTION and f.evidence.document.source.publisher
    }
    if len(told) < _NAMED:
        return ""
    others = ", among others" if len(told) > _NAMED else ""
    return f"named by {listed(list(told.values())[:_NAMED])}{others}"


def _context_heading(findings: Sequence[Finding]) -> str:
    """Return "From charges in March 2020 to sanctions in July 2025": the first act and the last."""
    acts = [f.evidence for f in findings if f.part is Part.ACT]
    first, last = (_called(e) for e in (acts[0], acts[-1]))
    since, until = chronology.bounds(acts)
    if not (first and last and since):
        return f"How the matter developed {chronology.span_of_time(acts)}".rstrip()
    if first == last:
        return upper_first(f"{first} from {since} to {until}")
    return f"From {first} in {since} to {last} in {until}"


def _called(evidence: Evidence) -> str:
    """Return the act's noun, with whom it is against where the sentence tells.

    It has its article where the sentence has one act, else it is in plural.
    """
    noun = chronology.called(evidence)
    if noun in words("cues", "against"):
        return f"{_number(noun, evidence)}{_aim(evidence)}"
    return _number(noun, evidence)


def _aim(evidence: Evidence) -> str:
    """Return " against X" for the person or body that an act is aimed at, "" where none is."""
    text, note = evidence.text, evidence.note
    after = [m for m in note.mentions if m.start >= note.verb_end and m.label not in _ASIDE]
    aimed = [m for m in after if re.search(r"\bagainst (?:the )?$", text[: m.start])]
    first = next(iter(aimed or [m for m in after if m.role is Role.OBJECT]), None)
    if first is None:
        return ""
    the = with_the(first.name, [text])
    return f" against {the}"


def _number(noun: str | None, evidence: Evidence) -> str:
    if not noun or noun.endswith("s"):
        return noun or ""
    if re.search(rf"\b[Aa]n? (?:[\w-]+ ){{0,3}}{noun}\b", evidence.text):
        return indefinite(noun)
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
