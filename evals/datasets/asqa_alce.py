"""ASQA as ALCE asks it (Stelmakh et al., 2022; Gao et al., 2023): ambiguous factoid questions."""

from pathlib import Path

from pydantic import Field

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Dataset, Finding, Item, Passage
from evals.wording import says, squeeze

FOUND = "answers in the corpus"
MISSING = "answers not all in the corpus"


class _Pair(Row):
    question: str
    short_answers: list[str]


class _Knowledge(Row):
    content: str | None


class _Annotation(Row):
    long_answer: str | None = None
    knowledge: list[_Knowledge] = Field(default_factory=list)


class _Question(Row):
    sample_id: str
    question: str
    qa_pairs: list[_Pair]
    annotations: list[_Annotation] = Field(default_factory=list)


class _Passage(Row):
    pid: str
    title: str | None
    text: str


def load(folder: Path) -> Dataset:
    """Read the folder: `asqa_eval*` and `knowledge_passages`, JSON Lines.

    Every short answer is a finding. The topic tells whether all of them occur in the corpus: the
    passages that came with the questions when they were published are not part of it.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    reader, corpus = Reader(folder), Reader(folder)
    rows = reader.read(reader.find("asqa_eval*.jsonl.gz", "asqa_eval*.jsonl"), _Question)
    once = Unique(corpus.faults)
    passages = [
        Passage(row.pid, row.text, row.title)
        for place, row in corpus.read(corpus.find("knowledge_passages.jsonl*"), _Passage)
        if once.take(row.pid, place)
    ]
    by_text = {passage.text: passage.id for passage in passages}
    everything = squeeze("\n".join(passage.text for passage in passages))
    unique = Unique(reader.faults)
    return Dataset(
        "asqa_alce",
        digest=reader.digest + corpus.digest[:8],
        items=tuple(
            _item(row, by_text, everything)
            for place, row in rows
            if unique.take(row.sample_id, place)
        ),
        passages=tuple(passages),
        faults=tuple(reader.faults),
        corpus_faults=tuple(corpus.faults),
    )


def _item(row: _Question, by_text: dict[str, str], everything: str) -> Item:
    findings = tuple(
        Finding(pair.question, (tuple(pair.short_answers),))
        for pair in row.qa_pairs
        if pair.short_answers
    )
    contents = (k.content for a in row.annotations for k in a.knowledge if k.content)
    return Item(
        id=row.sample_id,
        question=row.question,
        group=row.sample_id,
        topic=FOUND if all(says(everything, finding) for finding in findings) else MISSING,
        findings=findings,
        gold_answers=tuple(a.long_answer for a in row.annotations if a.long_answer),
        relevant={by_text[content]: 1 for content in contents if content in by_text},
    )
