"""Gold questions of one's own: a JSON Lines file beside, or naming, a folder of documents."""

from pathlib import Path

from pydantic import Field

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Dataset, Finding, Item, Passage

DEMO = Path(__file__).parent.parent / "gold" / "demo.jsonl"
DOCUMENTS = Path(__file__).parents[2] / "corpus" / "demo"


class _Finding(Row):
    name: str
    all_of: list[list[str]]


class Question(Row):
    """A line of the file."""

    id: str
    question: str
    topic: str
    refuse: bool = False
    must: list[_Finding] = Field(default_factory=list)
    must_not: list[_Finding] = Field(default_factory=list)
    listing: bool = False
    conflicting: bool = False
    sources: list[str] = Field(default_factory=list)
    as_of: str | None = None
    current_since: str | None = None


def load(path: Path) -> Dataset:
    """Read gold questions from a file; `sources` are keys of documents that answer them.

    The corpus is the folder of documents that the caller names, see `with_documents`.

    Raises:
        DatasetError: the file is missing or unreadable.
    """
    reader = Reader(path.parent)
    unique = Unique(reader.faults)
    return Dataset(
        path.stem,
        items=tuple(
            item(row) for place, row in reader.read(path, Question) if unique.take(row.id, place)
        ),
        digest=reader.digest,
        faults=tuple(reader.faults),
    )


def documents(folder: Path) -> tuple[Passage, ...]:
    """Return the documents of a folder as passages, by their keys.

    Raises:
        LoadError: the folder or a file of it cannot be read.
    """
    from corpus.loading import discover
    from corpus.loading import load as load_file

    return tuple(
        Passage(
            d.source.key,
            d.text,
            d.source.title,
            str(d.source.published) if d.source.published else None,
        )
        for path in discover(folder).files
        for d in load_file(path, folder).documents
    )


def item(row: Question) -> Item:
    """Return the item that a line describes."""
    return Item(
        id=row.id,
        question=row.question,
        group=row.id,
        topic=row.topic,
        answerable=not row.refuse,
        findings=tuple(_finding(f) for f in row.must),
        forbidden=tuple(_finding(f) for f in row.must_not),
        relevant=dict.fromkeys(row.sources, 1),
        listing=row.listing,
        conflicting=row.conflicting,
        as_of=row.as_of,
        current_since=row.current_since,
    )


def _finding(finding: _Finding) -> Finding:
    return Finding(finding.name, tuple(tuple(group) for group in finding.all_of))
