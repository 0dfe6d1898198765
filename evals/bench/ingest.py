"""The stage of indexing a folder with and without annotation, beside a plain embedding loop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from evals.bench.plain import Loop
from evals.bench.stage import Clock, Measure, Values, figure, seconds, turns
from evals.bench.texts import Texts
from evals.items import Item, Sample
from evals.metrics.metric import Metric
from index.annotations import Annotator
from index.embedding import Embedder
from index.index import Index

NAME = "ingest"


@dataclass(frozen=True)
class Ingests:
    """Indexes a folder in a warm process, whole, after a plain loop over the texts embedded."""

    documents: Path
    count: int
    embedder: Callable[[], Embedder]
    annotator: Callable[[], Annotator]
    plain: Callable[[], Loop]
    clock: Clock = time.perf_counter

    @property
    def items(self) -> tuple[Item, ...]:
        """A turn each."""
        return turns(NAME, self.count, "plain loop, index without annotation, index with it")

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Load the models, and let the annotator and both embedders read something."""
        embedder, annotator, plain = self.embedder(), self.annotator(), self.plain()
        texts = Texts.of(self.documents, embedder.count_tokens, embedder.max_tokens)
        # An index embeds a text once, however often it is there.
        embedded = list(dict.fromkeys([*texts.chunks, *texts.sentences]))
        document, chunks = texts.documents[0]
        annotator.annotate(document, chunks[0].sentences)
        for loop in (plain, embedder.embed):
            loop(texts.chunks[:1])

        def sync(annotating: Annotator | None) -> float:
            with TemporaryDirectory() as folder:
                path = Path(folder) / "index"
                with Index.open(path, embedder, writable=True) as index:
                    return seconds(
                        self.clock, lambda: index.sync([self.documents], annotator=annotating)
                    )

        def measure(_: Item) -> Values:
            return {
                "words": texts.words,
                "plain": seconds(self.clock, lambda: plain(embedded)),
                "bare": sync(None),
                "annotated": sync(annotator),
            }

        yield measure


def figures() -> list[Metric[Sample]]:
    """Return the figures of the stage."""
    plain = "plain sentence-transformers loop over the same chunks and sentences"
    unit, scale = "s/M words", 1e6
    return [
        figure("plain_ingest", f"{plain}: the floor", unit, "plain", over="words", scale=scale),
        figure(
            "ingest_bare", "indexed without annotation", unit, "bare", over="words", scale=scale
        ),
        figure("ingest", "indexed with annotation", unit, "annotated", over="words", scale=scale),
        figure("ingest_bare_to_plain", f"without annotation / {plain}", "x", "bare", over="plain"),
        figure("ingest_to_plain", f"with annotation / {plain}", "x", "annotated", over="plain"),
    ]
