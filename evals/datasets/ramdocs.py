"""RAMDocs (Wang et al., 2025): documents that disagree by ambiguity, misinformation and noise."""

from pathlib import Path

from pydantic import Field

from evals.datasets.reading import Reader, Row
from evals.items import Dataset, Finding, Item, Passage


class _Document(Row):
    text: str
    type: str
    answer: str | None = None


class _Question(Row):
    question: str
    documents: list[_Document]
    gold_answers: list[str]
    wrong_answers: list[str] = Field(default_factory=list)


def load(folder: Path) -> Dataset:
    """Read the one file; every gold answer must be told and no wrong one.

    Raises:
        DatasetError: the file is missing or unreadable.
    """
    reader = Reader(folder)
    rows = reader.read(reader.find("public*.jsonl.gz", "*.jsonl*"), _Question)
    items, passages = [], []
    for number, (_, row) in enumerate(rows, 1):
        ids = {f"q{number}d{i}": d for i, d in enumerate(row.documents, 1)}
        passages += [Passage(i, d.text) for i, d in ids.items()]
        items.append(
            Item(
                id=f"q{number}",
                question=row.question,
                group=f"q{number}",
                topic="misinformation" if row.wrong_answers else "ambiguity",
                answerable=True if any(d.type == "correct" for d in row.documents) else None,
                conflicting=len(row.gold_answers) + len(row.wrong_answers) > 1,
                findings=tuple(Finding(a, ((a,),)) for a in dict.fromkeys(row.gold_answers)),
                forbidden=tuple(Finding(a, ((a,),)) for a in dict.fromkeys(row.wrong_answers)),
                relevant={i: 1 for i, d in ids.items() if d.type == "correct"},
            )
        )
    return Dataset(
        "ramdocs",
        reader.digest,
        items=tuple(items),
        passages=tuple(passages),
        faults=tuple(reader.faults),
    )
