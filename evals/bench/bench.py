"""A bench from its stages to its scores, in a run's folder."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.loading import discover
from evals.bench import children
from evals.bench.annotation import Annotations, plain_parser
from evals.bench.cold import ColdAsks
from evals.bench.embedding import Embeddings
from evals.bench.ingest import Ingests
from evals.bench.machine import identity
from evals.bench.measuring import measure_all
from evals.bench.plain import PlainModel
from evals.bench.stage import Stage
from evals.bench.syncing import Syncs
from evals.bench.warm import ADDED, NAME, WarmReports
from evals.datasets import gold
from evals.evaluate import evaluate
from evals.items import Dataset, Item
from evals.report import write_all
from evals.runs import Manifest, Run, ids_digest
from index.annotate.parser import SpacyAnnotator
from index.annotations import Annotator
from index.embedders.choice import find_model, for_ingest
from index.embedders.models import Model
from index.embedding import Embedder
from index.ledger import LedgerReader
from index.schema import LEDGER_FILE, open_for_reading
from rag.cli.compose import open_assistant
from rag.settings import Settings

DATASET = "bench"
# How often each stage is measured; a turn of warm reports asks every gold question.
TURNS: Mapping[str, int] = {
    "sync": 3,
    "cold": 5,
    "warm": 5,
    "warm_added": 3,
    "embedding": 5,
    "ingest": 3,
    "annotation": 5,
}


def bench(
    out: Path,
    *,
    added: Path | None = None,
    turns: int | None = None,
    seed: int = 0,
    told: Callable[[Item], None] | None = None,
) -> Run:
    """Measure every stage, or what is left of them, and leave scores and reports in the folder.

    `added` is the folder of an index that holds the demonstration notes and other documents:
    reports are timed from it too. `turns` is how often everything is measured, instead of `TURNS`.

    Raises:
        RunError: the folder holds another run, or one of another machine, version or program.
        IndexNotFound: there is no index in `added`.
    """
    with TemporaryDirectory() as folder:
        stages = Parts(Path(folder), added, turns).stages
        return measured(out, stages, digest(added), identity(), seed=seed, told=told)


def measured(
    out: Path,
    stages: Sequence[Stage],
    data: str,
    system: Mapping[str, str],
    *,
    seed: int = 0,
    told: Callable[[Item], None] | None = None,
) -> Run:
    """Measure what is left of the stages, seal the run, score it, and write its reports.

    `data` is the sha256 of what is measured, `system` what makes it other measurements.
    """
    items = tuple(item for stage in stages for item in stage.items)
    manifest = Manifest(
        dataset=DATASET,
        digest=data,
        items=ids_digest([item.id for item in items]),
        count=len(items),
        seed=seed,
        limit=None,
        topic=None,
        system=system,
        started=_now(),
    )
    run = Run.begin(out, Dataset(DATASET, data, items), manifest)
    measure_all(run, stages, told=told)
    run.seal(_now())
    evaluate(run, [])
    write_all(run)
    return run


@dataclass(frozen=True)
class Parts:
    """The installed models, each loaded once, at its first use, and the stages that use them."""

    folder: Path
    added: Path | None
    turns: int | None

    @property
    def stages(self) -> list[Stage]:
        """Every stage; those of other processes come first, before this one is large."""
        questions = gold.load(gold.DEMO).items
        notes, models = gold.DOCUMENTS, (self._embedder, self._annotator)
        warm = [(NAME, self._index)]
        if (added := self.added) is not None:
            warm.append((ADDED, lambda: added))
        return [
            Syncs(notes, self._count("sync")),
            ColdAsks(self._index, questions[0].question, self._count("cold")),
            *(
                WarmReports(
                    name,
                    index,
                    questions,
                    self._count(name),
                    lambda path: open_assistant(Settings(index=path)),
                    lambda: self._plain.embed,
                )
                for name, index in warm
            ),
            Embeddings(notes, self._count("embedding"), self._embedder, lambda: self._plain.loop),
            Ingests(notes, self._count("ingest"), *models, lambda: self._plain.loop),
            Annotations(notes, self._count("annotation"), *models, plain_parser),
        ]

    def _count(self, stage: str) -> int:
        return self.turns or TURNS[stage]

    def _index(self) -> Path:
        return self._synced

    @cached_property
    def _synced(self) -> Path:
        index = self.folder / "index"
        children.citeproof(index, "sync", str(gold.DOCUMENTS))
        return index

    @cached_property
    def _model(self) -> Model:
        return find_model(None)

    @cached_property
    def _plain(self) -> PlainModel:
        return PlainModel(self._model)

    @cached_property
    def _ingesting(self) -> Embedder:
        return for_ingest(self._model, self.folder / "model")

    def _embedder(self) -> Embedder:
        return self._ingesting

    def _annotator(self) -> Annotator:
        return SpacyAnnotator()


def digest(added: Path | None) -> str:
    """Return the sha256 over the questions and documents that are measured.

    Raises:
        IndexNotFound: there is no index in `added`.
    """
    found = hashlib.sha256(gold.DEMO.read_bytes())
    for path in discover(gold.DOCUMENTS).files:
        found.update(path.read_bytes())
    if added is not None:
        with closing(open_for_reading(added / LEDGER_FILE)) as connection:
            ledger = LedgerReader(connection)
            hashes = ledger.live_hashes([id for id, _ in ledger.sources()])
        found.update("\n".join(sorted(hashes.values())).encode())
    return found.hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
