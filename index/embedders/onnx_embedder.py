"""Embedding through ONNX Runtime: ready in a fraction of a second, without PyTorch."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedders.models import Model
from index.embedders.pooling import Mask
from index.embedders.tracing import INPUTS, OUTPUT
from index.embedding import Vectors

# Tokens in a batch, padding included: small ones stay in the processor's cache.
_BATCH_TOKENS = 256


@dataclass(frozen=True, slots=True)
class TokenStates:
    """What the model's last layer makes of each word piece of a text, special tokens left out.

    `offsets` has the shape (pieces, 2): start and end in code points of the text. `states` is
    float32 of shape (pieces, dimension), not normalised. `vector` is the text's own unit vector,
    of the same pass. Pieces beyond the model's `max_tokens` are missing.
    """

    offsets: NDArray[np.int64]
    states: Vectors
    vector: Vectors


class OnnxEmbedder:
    """Runs an exported model by onnxruntime and tokenizers; safe to share among threads.

    Each batch is computed on one thread, so a question is not slowed by other work on the machine;
    `workers` batches are computed at once, for embedding many texts. A text longer than
    `max_tokens` is cut there: `count_tokens` tells beforehand.
    """

    def __init__(self, model: Model, graph: Path, *, name: str, workers: int = 1) -> None:
        from tokenizers import Tokenizer

        self._session = open_session(graph)
        self._workers = workers
        self._pooling = model.pooling()
        self._tokenizer: Any = Tokenizer.from_file(str(model.tokenizer))
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
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)

        def store(i: int, _: Any, __: Vectors, vector: Vectors) -> None:
            vectors[i] = vector

        self._run(texts, store)
        return vectors

    def token_states(self, texts: Sequence[str]) -> list[TokenStates]:
        """Return the states of every text's word pieces, in the order given."""
        found: dict[int, TokenStates] = {}

        def store(i: int, encoding: Any, states: Vectors, vector: Vectors) -> None:
            pieces = np.flatnonzero(np.array(encoding.special_tokens_mask) == 0)
            offsets = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2)[pieces]
            found[i] = TokenStates(offsets, states[pieces], vector)

        self._run(texts, store)
        return [found[i] for i in range(len(texts))]

    def _run(
        self, texts: Sequence[str], store: Callable[[int, Any, Vectors, Vectors], None]
    ) -> None:
        """Hand every text's number, encoding, token states and vector to `store`."""
        encodings = [self._encode(text) for text in texts]

        def run(batch: list[int]) -> None:
            states, mask = self._states([encodings[i].ids for i in batch])
            for i, row, vector in zip(batch, states, self._pooling.pool(states, mask), strict=True):
                store(i, encodings[i], row, vector)

        batches = _batches([len(encoding.ids) for encoding in encodings])
        if self._workers == 1 or len(batches) == 1:
            for batch in batches:
                run(batch)
            return
        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(run, batches))

    def _encode(self, text: str) -> Any:
        encoding = self._tokenizer.encode(text)
        if len(encoding.ids) <= self.max_tokens:
            return encoding
        bare = self._tokenizer.encode(text, add_special_tokens=False)
        bare.truncate(self.max_tokens - self._tokenizer.num_special_tokens_to_add(False))
        return self._tokenizer.post_process(bare)

    def _states(self, tokens: Sequence[Sequence[int]]) -> tuple[Vectors, Mask]:
        """Return the states of a batch, (texts, tokens, dimension), and which tokens are no pad."""
        longest = max(len(text) for text in tokens)
        ids = np.full((len(tokens), longest), self._pooling.pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        feed = dict(zip(INPUTS, (ids, mask), strict=True))
        return self._session.run([OUTPUT], feed)[0], mask


def open_session(graph: Path) -> Any:
    """Return an ONNX Runtime session that computes each run on the thread that asks for it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group texts of like length, longest first, so that little is computed on padding."""
    batches: list[list[int]] = []
    for i in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and lengths[batches[-1][0]] * (len(batches[-1]) + 1) <= _BATCH_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches
