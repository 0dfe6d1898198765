"""The index that systems search: a data set's passages, or a folder of documents."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evals.errors import DatasetError
from evals.items import Dataset, Passage
from index.index import Index
from rag.cli.compose import Models
from rag.settings import Settings


@contextmanager
def indexed(
    dataset: Dataset, documents: Path | None, settings: Settings, models: Models
) -> Iterator[Index]:
    """Sync the corpus into the settings' index folder and open it for questions.

    Raises:
        DatasetError: there is no corpus, or documents of it cannot be indexed.
    """
    folders = [documents] if documents is not None else []
    if written := dataset.passages if documents is None else dataset.planted:
        folders.append(_written(written, settings.index))
    if not folders:
        raise DatasetError(f"{dataset.name} brings no corpus: name a folder with --documents")
    with Index.open(settings.index, models.for_ingest(settings), writable=True) as index:
        summary = index.sync(folders, annotator=models.annotator(settings))
    if summary.problems:
        named = "; ".join(str(p) for p in summary.problems[:3])
        raise DatasetError(f"{len(summary.problems)} documents cannot be indexed: {named}")
    with Index.open(settings.index, models.for_questions(settings)) as index:
        yield index


def _written(passages: Sequence[Passage], home: Path) -> Path:
    folder = home.with_name(home.name + "-corpus")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for p in passages:
        fields = {
            "id": p.id,
            "title": p.title,
            "text": p.text,
            "published": p.published,
            "publisher": p.publisher,
        }
        lines.append(json.dumps({k: v for k, v in fields.items() if v}, ensure_ascii=False))
    (folder / "passages.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
