"""Further questions that the corpus can answer."""

from collections import Counter
from collections.abc import Iterator

from index.annotations import Mention
from rag.articles import with_the
from rag.evidence import Evidence, Pool
from rag.plan import stance
from rag.plan.crux import spelled
from rag.plan.plan import Count, Finding, Part, Plan
from rag.report import SectionKind
from rag.write.clause import clause, lower_first
from rag.write.naming import Naming
from rag.write.speakers import names_publisher, needs_speaker, relayed

_WANTED = 3
_MIN_EVIDENCE = 3
_LONGEST = 22
_EVERYWHERE = 0.4
_NEAREST = 60
_NEAR = 0.66
_CLAIMED = (Part.OBJECTION, Part.CLAIM, Part.CRUX)


def follow_ups(plan: Plan) -> tuple[tuple[str, int], ...]:
    """Return up to three questions, each with the number of passages that bear on it.

    They ask for the evidence behind a claim, for what is known of the name that the sources give
    instead, and for the other names of the evidence. A question is kept only where at least three
    passages that were found bear on it.
    """
    naming = Naming([e.document for e in plan.pool.evidence])
    asked: dict[str, int] = {}
    for question, about in _candidates(plan, naming):
        if len(asked) == _WANTED:
            break
        count = sum(all(e.names(a) for a in about) for e in plan.pool.evidence)
        if count >= _MIN_EVIDENCE and question != plan.question.text:
            asked.setdefault(question, count)
    return tuple(asked.items())


def _candidates(plan: Plan, naming: Naming) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield questions, each with the names that a passage about it has."""
    pool = plan.pool
    findings = [f for s in plan.sections for f in s.findings if isinstance(f, Finding)]
    yield from _accused(plan, findings, naming)
    for finding in [*(f for f in plan.summary if isinstance(f, Finding)), *findings]:
        if finding.part in _CLAIMED and (question := _on_what_evidence(finding, pool, naming)):
            yield question
            break
    for section in plan.sections:
        last = section.findings[-1]
        name = next(iter(last.claim_terms), "") if isinstance(last, Count) else last.topic
        if section.kind is SectionKind.COUNTER_EVIDENCE and name:
            matter = next((f.topic for f in findings if f.part is Part.CRUX), "")
            word = spelled(matter, plan.question.text)
            wish = f"How do the sources connect {_the(name, pool)} with {word}?"
            yield wish if word else f"What do the sources say about {_the(name, pool)}?", (name,)
    for entity in plan.entities[1:]:
        yield f"What do the sources say about {_the(entity.name, pool)}?", (entity.name,)
    for name in _other_names(plan)[:1]:
        yield f"What do the sources say about {_the(name, pool)}?", (name,)


def _accused(
    plan: Plan, findings: list[Finding], naming: Naming
) -> Iterator[tuple[str, tuple[str, ...]]]:
    names = [e.name for e in plan.entities[:1]] or list(plan.question.names[:1])
    for name in names:
        accusers = {
            f.evidence.publisher: f.evidence.document
            for f in findings
            if f.evidence.names(name)
            and stance.accuses(f.evidence)
            and f.evidence.document.source.publisher
        }
        who = [naming.publisher(d, introduce=False) for d in accusers.values()][:2]
        if who:
            have = "have" if len(who) > 1 else "has"
            about = _the(name, plan.pool)
            yield f"What evidence {have} {' and '.join(who)} published about {about}?", (name,)


def _on_what_evidence(
    finding: Finding, pool: Pool, naming: Naming
) -> tuple[str, tuple[str, ...]] | None:
    """Ask for the evidence of a claim that its publisher makes in its own name."""
    evidence = finding.evidence
    publisher = evidence.document.source.publisher
    names = tuple(dict.fromkeys(m.name for m in evidence.note.mentions))
    speech = evidence.note.speech
    if not publisher or evidence.titled or stance.about_document(evidence):
        return None
    if speech is None and not needs_speaker(evidence, evidence.text):
        return None
    words = clause(evidence)
    text = words.text
    if speech is not None:
        introduced = evidence.text[: speech.content_start].rstrip()
        if introduced and not introduced.endswith(" that"):
            return None
        if not names_publisher(speech.speaker, publisher) or not words.verbatim:
            return None
        text = evidence.text[speech.content_start : speech.content_end].strip(" ,.")
    if len(text.split()) > _LONGEST:
        return None
    if speech is None or not speech.content_start:
        text = lower_first(text, evidence, pool)
    elif pool.lowercase(text.split(" ")[0]):
        text = text[0].lower() + text[1:]
    who = naming.publisher(evidence.document, introduce=False)
    topics = [n for n in names if not names_publisher(n, publisher) and n not in publisher][:1]
    return f"On what evidence does {who} say that {text}?", tuple(topics)


def _other_names(plan: Plan) -> list[str]:
    """Return the names that the nearest evidence has most often.

    Left out are the names of the question, of publishers, and those that nearly every sentence
    has.
    """
    nearest = [e for e in plan.pool.evidence[:_NEAREST] if e.relevance >= _NEAR * plan.pool.top]
    counts = Counter(
        name
        for e in nearest
        for name in dict.fromkeys(
            m.name for m in e.note.mentions if _is_topic(m) and not _passes_on(m, e)
        )
    )
    question = plan.question.text.lower()
    told = [e for f in plan.findings for e in f.cited]
    publishers = {e.publisher for e in plan.pool.evidence}
    return [
        name
        for name, n in counts.most_common()
        if len(name) > 3
        and n <= _EVERYWHERE * len(nearest)
        and name.lower() not in question
        and any(e.names(name) for e in told)
        and not any(names_publisher(name, p) or name in p for p in publishers)
    ]


def _passes_on(mention: Mention, evidence: Evidence) -> bool:
    """Whether the mention is of who only passes the sentence on: "As reported by X, ..."."""
    return relayed(evidence.text) and mention.start < evidence.text.find(",")


def _is_topic(mention: Mention) -> bool:
    return mention.label == "ORG" or (not mention.label and " " in mention.name)


def _the(name: str, pool: Pool) -> str:
    plain = name.removeprefix("The ")
    if plain != name:
        return f"the {plain}"
    return with_the(name, [e.text for e in pool.evidence])
