"""SQuAD 2.0 (Rajpurkar et al., 2018): half of the questions have no answer in the paragraphs."""

from pathlib import Path

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Dataset, Finding, Item, Passage


class _Question(Row):
    id: str
    question: str
    answers: list[str]
    is_impossible: bool


class _Paragraph(Row):
    title: str
    pid: str
    context: str
    qas: list[_Question]


def load(folder: Path) -> Dataset:
    """Read the one file of paragraphs; items are grouped by article.

    Raises:
        DatasetError: the file is missing or unreadable.
    """
    reader = Reader(folder)
    rows = reader.read(reader.find("public*.jsonl.gz", "*.jsonl*"), _Paragraph)
    unique, once = Unique(reader.faults), Unique(reader.faults)
    passages, items = [], []
    for place, row in rows:
        if once.take(row.pid, place):
            passages.append(Passage(row.pid, row.context, row.title.replace("_", " ")))
        items += [_item(row, q) for q in row.qas if unique.take(q.id, f"{place} {q.id}")]
    return Dataset(
        "squad2",
        reader.digest,
        items=tuple(items),
        passages=tuple(passages),
        faults=tuple(reader.faults),
    )


def _item(row: _Paragraph, question: _Question) -> Item:
    answerable = not question.is_impossible
    wordings = tuple(dict.fromkeys(question.answers))
    return Item(
        id=question.id,
        question=question.question,
        group=row.title,
        topic=row.title,
        answerable=answerable,
        findings=(Finding(wordings[0], (wordings,)),) if answerable and wordings else (),
        relevant={row.pid: 1} if answerable else {},
    )
