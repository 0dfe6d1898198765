"""AttributionBench (Li et al., 2024): claims attributable to references, or not."""

from pathlib import Path

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Claim, Dataset, Fault
from rag.citations import plain

_LABELS = {"attributable": True, "not attributable": False}


class _Row(Row):
    id: str
    question: str | None
    claim: str
    references: list[str]
    attribution_label: str
    src_dataset: str


def load(folder: Path) -> Dataset:
    """Read every JSON Lines file of the folder.

    Raises:
        DatasetError: there is none, or one is unreadable.
    """
    reader = Reader(folder)
    reader.find("dev*.jsonl.gz", "dev*.jsonl", "*.jsonl*")
    unique, claims = Unique(reader.faults), []
    for path in sorted(folder.glob("*.jsonl*")):
        for place, row in reader.read(path, _Row):
            if row.attribution_label not in _LABELS:
                reader.faults.append(Fault(place, f"unknown label {row.attribution_label!r}"))
            elif unique.take(row.id, place):
                claims.append(
                    Claim(
                        id=row.id,
                        text=plain(row.claim),
                        premises=tuple(row.references),
                        supported=_LABELS[row.attribution_label],
                        group=row.question or row.id,
                        topic=row.src_dataset,
                    )
                )
    return Dataset(
        "attributionbench", reader.digest, claims=tuple(claims), faults=tuple(reader.faults)
    )
