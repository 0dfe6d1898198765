"""Embedding through ONNX Runtime: ready in a fraction of a second, without PyTorch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.models import Model
from index.embedding import Vectors

_BATCH_TOKENS = 512


class OnnxEmbedder:
    """Runs an exported model by onnxruntime and tokenizers.

    With `threads` = 1 a question is not slowed by other work on the machine; 0 takes every core,
    for embedding many texts. A text longer than `max_tokens` is cut there; `count_tokens` tells.
    """

    def __init__(self, model: Model, graph: Path, *, name: str, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Any = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self._pooling = model.settings()
        self._tokenizer = Tokenizer.from_file(str(model.path / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.name = name
        self.dimension = self._pooling.dimension
        self.max_tokens = self._pooling.max_tokens

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the model's own tokens, special tokens included."""
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        tokens = [self._tokens(text) for text in texts]
        for batch in _batches([len(t) for t in tokens]):
            out[batch] = self._vectors([tokens[i] for i in batch])
        return out

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text).ids
        if len(ids) > self.max_tokens:
            ids = [*ids[: self.max_tokens - 1], ids[-1]]
        return ids

    def _vectors(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        longest = max(len(t) for t in tokens)
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(["states"], feed)[0]
        if self._pooling.cls:
            pooled = states[:, 0]
        else:
            pooled = (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        length = np.linalg.norm(pooled, axis=1, keepdims=True)
        return np.asarray(pooled / np.maximum(length, 1e-12), dtype=np.float32)


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts of like length so that a batch holds about 512 tokens, padding included."""
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batches and lengths[i] * (len(batches[-1]) + 1) <= _BATCH_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
