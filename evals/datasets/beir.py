"""The layout of BEIR (Thakur et al., 2021), and of Cranfield: a corpus, queries and judgements."""

from pathlib import Path

from pydantic import AliasChoices, Field

from evals.datasets.reading import Reader, Row, Unique
from evals.errors import DatasetError
from evals.items import Dataset, Fault, Item, Passage


class _Passage(Row):
    id: str = Field(validation_alias=AliasChoices("_id", "docid"))
    title: str | None = None
    text: str


class _Query(Row):
    id: str = Field(validation_alias=AliasChoices("_id", "qid"))
    text: str


class _Judgement(Row):
    query: str = Field(validation_alias=AliasChoices("query-id", "qid"))
    passage: str = Field(validation_alias=AliasChoices("corpus-id", "docid"))
    grade: int = Field(validation_alias=AliasChoices("score", "rel"))


def load(folder: Path) -> Dataset:
    """Read `corpus`, `queries` and the judgements: `qrels/test.tsv` or `qrels` as JSON Lines.

    A judgement of a query or passage that is not there is a fault. A passage without a word cannot
    be found and is a fault of the corpus; where it is judged relevant it counts as missed.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    reader, corpus = Reader(folder), Reader(folder)
    queries = reader.read(reader.find("queries.jsonl*"), _Query)
    once, unique = Unique(corpus.faults), Unique(reader.faults)
    passages = {
        row.id: Passage(row.id, row.text, row.title)
        for place, row in corpus.read(corpus.find("corpus.jsonl*"), _Passage)
        if once.take(row.id, place)
    }
    for passage in passages.values():
        if not passage.text.strip():
            corpus.faults.append(Fault(passage.id, "the passage has no text"))
    known = {row.id for _, row in queries}
    relevant: dict[str, dict[str, int]] = {}
    for place, judged in _judgements(reader):
        if judged.query not in known or judged.passage not in passages:
            reader.faults.append(
                Fault(place, f"{judged.query!r} or {judged.passage!r} is not in the data set")
            )
        elif judged.grade > 0:
            relevant.setdefault(judged.query, {})[judged.passage] = judged.grade
    return Dataset(
        folder.name,
        reader.digest + corpus.digest[:8],
        items=tuple(
            Item(id=row.id, question=row.text, group=row.id, relevant=relevant.get(row.id, {}))
            for place, row in queries
            if unique.take(row.id, place)
        ),
        passages=tuple(p for p in passages.values() if p.text.strip()),
        faults=tuple(reader.faults),
        corpus_faults=tuple(corpus.faults),
    )


def _judgements(reader: Reader) -> list[tuple[str, _Judgement]]:
    path = reader.find("qrels.jsonl*", "qrels/test.tsv")
    if path.suffix != ".tsv":
        return reader.read(path, _Judgement)
    found = []
    for number, line in enumerate(reader.text(path).splitlines()[1:], 2):
        query, _, rest = line.partition("\t")
        passage, _, grade = rest.partition("\t")
        try:
            row = {"qid": query, "docid": passage, "rel": int(grade)}
        except ValueError:
            reader.faults.append(Fault(f"{path.name}:{number}", f"no judgement: {line[:60]!r}"))
            continue
        found.append((f"{path.name}:{number}", _Judgement.model_validate(row)))
    if not found:
        raise DatasetError(f"{path} has no judgement")
    return found
