"""Embedding through sentence-transformers: the way in for any of its models."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from index.embedders.models import Model
from index.embedding import Vectors

_BATCH = 8


class TorchEmbedder:
    """Runs a model by sentence-transformers, in bf16 where the processor computes in it.

    Texts are embedded in small batches of like length, so that little is computed on padding.
    """

    def __init__(self, model: Model, *, name: str, bf16: bool | None = None) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        self.name = name
        self.bf16 = has_bf16() if bf16 is None else bf16
        self._model: Any = SentenceTransformer(
            str(model.path),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"dtype": torch.bfloat16 if self.bf16 else torch.float32},
        )
        pooling = model.settings()
        self.dimension = pooling.dimension
        self.max_tokens = pooling.max_tokens

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the model's own tokens, special tokens included."""
        return len(self._model.tokenizer(text, truncation=False, verbose=False)["input_ids"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def has_bf16() -> bool:
    """Whether this processor multiplies bfloat16 matrices itself, so that they are fast."""
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:
            flags = file.read()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
