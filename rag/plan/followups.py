"""Further questions that the corpus can answer."""

from rag.evidence import Pool
from rag.plan.entities import Entity
from rag.plan.plan import Plan

_WANTED = 3
_MIN_EVIDENCE = 3


def follow_ups(plan: Plan) -> tuple[tuple[str, int], ...]:
    """Return up to three questions, each with the number of passages that bear on it.

    They ask for the evidence behind a claim, for what would settle a limit, and for the other
    names in the evidence; a question is kept only where a search finds at least three passages.
    """
    pool = plan.pool
    asked: list[tuple[str, int]] = []
    for question, about in _candidates(plan):
        if len(asked) == _WANTED:
            break
        count = sum(e.names(about) for e in pool.evidence)
        if count >= _MIN_EVIDENCE and question not in {q for q, _ in asked}:
            asked.append((question, count))
    return tuple(asked)


def _candidates(plan: Plan) -> list[tuple[str, str]]:
    questions: list[tuple[str, str]] = []
    question = plan.question
    for entity in plan.entities[:2]:
        the = _the(entity, plan.pool)
        questions.append((f"What do the sources say about {the}?", entity.name))
    names: dict[str, int] = {}
    for evidence in plan.pool.evidence[:60]:
        for mention in evidence.note.mentions:
            if mention.label in ("ORG", "PERSON", "GPE", "") and len(mention.name) > 3:
                names[mention.name] = names.get(mention.name, 0) + 1
    known = {e.name for e in plan.entities} | set(question.names)
    for name, _ in sorted(names.items(), key=lambda item: -item[1]):
        if name not in known and name not in question.text:
            questions.append(
                (f"What role does {_with_article(name, plan.pool)} play in this?", name)
            )
    return questions


def _the(entity: Entity, pool: Pool) -> str:
    return _with_article(entity.name, pool) if entity.proper else entity.name


def _with_article(name: str, pool: Pool) -> str:
    texts = [e.text for e in pool.evidence if name in e.text][:12]
    with_the = sum(f"the {name}" in t or f"The {name}" in t for t in texts)
    return f"the {name}" if texts and with_the * 2 > len(texts) else name
