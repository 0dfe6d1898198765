"""Embedding through sentence-transformers: the way in for any of its models."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.models import Model, cannot_be_loaded
from index.embedders.pooling import unit
from index.embedding import Vectors

_BATCH = 8


class TorchEmbedder:
    """Runs a model by sentence-transformers, in bf16 where the processor computes in it.

    The model is loaded when it is first needed: a sync that finds nothing new never waits for
    PyTorch. Texts are embedded in small batches of like length, so that little is computed on
    padding. A text longer than `max_tokens` is cut there: `count_tokens` tells beforehand.
    """

    def __init__(self, model: Model, *, name: str, bf16: bool | None = None) -> None:
        self.name = name
        self.bf16 = has_bf16() if bf16 is None else bf16
        self._path = model.path
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        """The longest text in the model's own tokens that is not cut."""
        return int(self._model.max_seq_length)

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the model's own tokens, special tokens included."""
        with self._lock:
            return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._lock:
            found = self._model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False)
        # Not left to the model: bf16 would make the lengths wrong by up to half a percent.
        return unit(np.asarray(found, dtype=np.float32))

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer

        try:
            with no_progress_bars():
                return SentenceTransformer(
                    str(self._path),
                    device="cpu",
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"dtype": torch.bfloat16 if self.bf16 else torch.float32},
                )
        except Exception as error:  # a model's files can be wrong in any way
            raise cannot_be_loaded(self._path, error) from error


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Load models inside without drawing on the terminal."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16 matrices itself, so that they are fast."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
