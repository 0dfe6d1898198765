"""The index that systems search: a data set's passages, or a folder of documents."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evals.errors import DatasetError
from evals.items import Dataset
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
    folder = documents or _written(dataset, settings.index)
    with Index.open(settings.index, models.for_ingest(settings), writable=True) as index:
        summary = index.sync([folder], annotator=models.annotator(settings))
    if summary.problems:
        named = "; ".join(str(p) for p in summary.problems[:3])
        raise DatasetError(f"{len(summary.problems)} documents cannot be indexed: {named}")
    with Index.open(settings.index, models.for_questions(settings)) as index:
        yield index


def _written(dataset: Dataset, home: Path) -> Path:
    if not dataset.passages:
        raise DatasetError(f"{dataset.name} brings no corpus: name a folder with --documents")
    folder = home.with_name(home.name + "-corpus")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for p in dataset.passages:
        fields = {"id": p.id, "title": p.title, "text": p.text, "published": p.published}
        lines.append(json.dumps({k: v for k, v in fields.items() if v}, ensure_ascii=False))
    (folder / "passages.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder
