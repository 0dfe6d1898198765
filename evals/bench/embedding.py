"""The stage of embedding passages, beside a plain loop over them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.bench.plain import Loop
from evals.bench.stage import Clock, Measure, Values, figure, seconds, turns
from evals.bench.texts import Texts
from evals.items import Item, Sample
from evals.metrics.metric import Metric
from index.embedding import Embedder

NAME = "embedding"
_WARM_UP = 32


@dataclass(frozen=True)
class Embeddings:
    """Embeds all passages of a folder by a plain loop, then by the embedder of an index."""

    documents: Path
    count: int
    embedder: Callable[[], Embedder]
    plain: Callable[[], Loop]
    clock: Clock = time.perf_counter

    @property
    def items(self) -> tuple[Item, ...]:
        """A turn each."""
        return turns(NAME, self.count, "passages by the plain loop, then by ours")

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Load both, read the folder, and embed a few passages."""
        ours, plain = self.embedder(), self.plain()
        chunks = Texts.of(self.documents, ours.count_tokens, ours.max_tokens).chunks
        for loop in (plain, ours.embed):
            loop(chunks[:_WARM_UP])

        # In turns, so that whatever else the machine does hits both alike.
        def measure(_: Item) -> Values:
            return {
                "chunks": len(chunks),
                "plain": seconds(self.clock, lambda: plain(chunks)),
                "ours": seconds(self.clock, lambda: ours.embed(chunks)),
            }

        yield measure


def figures() -> list[Metric[Sample]]:
    """Return the figures of the stage."""
    plain = "plain sentence-transformers loop over the same passages"
    return [
        figure("plain_loop", f"{plain}: the floor", "chunks/s", "chunks", over="plain", more=True),
        figure(
            "embedder",
            "embedder of an index, for ingest",
            "chunks/s",
            "chunks",
            over="ours",
            more=True,
        ),
        figure(
            "embedder_to_plain_loop", f"time of the embedder / {plain}", "x", "ours", over="plain"
        ),
    ]
