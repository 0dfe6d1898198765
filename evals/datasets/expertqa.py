"""ExpertQA (Malaviya et al., 2024): answers of six systems to experts' questions, judged by them.

Each question was put to one of the systems. The judges saw whole pages and the stored evidence is
an excerpt, so the labels are noisy here. A source's text is all the evidence that is stored of it;
of sources that a model only named there is none.
"""

import re
from pathlib import Path
from typing import Any

from pydantic import Field

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Answer, AnswerSource, Claim, Dataset, Fault, Item
from rag.citations import plain

_LABELS = {"Complete": True, "Partial": False, "Incomplete": False, "N/A": None, None: None}
_NUMBERED = re.compile(r"\[(\d{1,3})\]\s*(.*)", re.DOTALL)


class _Claim(Row):
    evidence: list[Any] = Field(default_factory=list)


class _SystemAnswer(Row):
    answer_string: str
    attribution: list[Any] = Field(default_factory=list)
    claims: list[_Claim] = Field(default_factory=list)


class _Question(Row):
    question: str
    answers: dict[str, _SystemAnswer]


class _Pair(Row):
    question: str
    system: str
    claim_idx: int
    claim: str
    evidence: list[str]
    support: str | None


def load(folder: Path) -> Dataset:
    """Read the folder: `annotated*` and `claim_evidence_pairs*`, JSON Lines.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    reader = Reader(folder)
    rows = reader.read(reader.find("annotated*.jsonl.gz", "annotated*.jsonl"), _Question)
    pairs = reader.read(reader.find("claim_evidence_pairs*.jsonl*"), _Pair)
    unique = Unique(reader.faults)
    claims = []
    for place, pair in pairs:
        if pair.support not in _LABELS:
            reader.faults.append(Fault(place, f"unknown label {pair.support!r}"))
        elif unique.take(f"{pair.question}/{pair.system}/{pair.claim_idx}", place):
            claims.append(_claim(place, pair))
    items = [Item(id=str(n), question=r.question, group=str(n)) for n, (_, r) in enumerate(rows)]
    recorded: dict[str, list[Answer]] = {}
    for item, (_, row) in zip(items, rows, strict=True):
        for system, answer in row.answers.items():
            recorded.setdefault(system, []).append(_answer(item.id, answer))
    return Dataset(
        "expertqa",
        digest=reader.digest,
        items=tuple(items),
        claims=tuple(claims),
        recorded={system: tuple(answers) for system, answers in recorded.items()},
        faults=tuple(reader.faults),
        asked_apart=True,
    )


def _claim(place: str, pair: _Pair) -> Claim:
    return Claim(
        id=place,
        text=plain(pair.claim),
        premises=tuple(pair.evidence),
        supported=_LABELS[pair.support],
        group=pair.question,
        topic=pair.system,
    )


def _answer(item: str, answer: _SystemAnswer) -> Answer:
    addresses: dict[int, str] = {}
    texts: dict[int, list[str]] = {}
    for position, text in enumerate(answer.attribution, 1):
        if isinstance(text, str):
            match = _NUMBERED.match(text)
            n, body = (int(match[1]), match[2]) if match else (position, text)
            address, _, passage = body.partition("\n")
            addresses[n] = address.strip()
            texts.setdefault(n, []).append(passage.strip())
    for text in (text for claim in answer.claims for text in claim.evidence):
        if isinstance(text, str) and (match := _NUMBERED.match(text)):
            address, _, passage = match[2].partition("\n")
            addresses.setdefault(int(match[1]), address.strip())
            texts.setdefault(int(match[1]), []).append(passage.strip())
    sources = (
        AnswerSource(n, "\n\n".join(dict.fromkeys(filter(None, texts[n]))), addresses[n])
        for n in sorted(texts)
    )
    return Answer(item, answer.answer_string, tuple(sources))
