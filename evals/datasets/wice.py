"""WiCE (Kamoi et al., 2023): sentences of Wikipedia, judged against the articles they cite."""

from pathlib import Path

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Claim, Dataset, Fault

_LABELS = {"supported": True, "partially_supported": False, "not_supported": False}


class _Meta(Row):
    id: str
    claim_title: str | None = None


class _Row(Row):
    label: str
    claim: str
    evidence: list[str]
    meta: _Meta


def load(folder: Path) -> Dataset:
    """Read `claim_dev*`; partly supported is not supported, as in the paper's binary setting.

    Raises:
        DatasetError: the file is missing or unreadable.
    """
    reader = Reader(folder)
    unique, claims = Unique(reader.faults), []
    for place, row in reader.read(reader.find("claim_dev*.jsonl.gz", "claim*.jsonl*"), _Row):
        if row.label not in _LABELS:
            reader.faults.append(Fault(place, f"unknown label {row.label!r}"))
        elif unique.take(row.meta.id, place):
            claims.append(
                Claim(
                    id=row.meta.id,
                    text=row.claim,
                    premises=("\n".join(row.evidence),),
                    supported=_LABELS[row.label],
                    group=row.meta.claim_title or row.meta.id,
                    topic=row.label,
                )
            )
    return Dataset("wice", reader.digest, claims=tuple(claims), faults=tuple(reader.faults))
