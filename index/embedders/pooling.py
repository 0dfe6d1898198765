"""From the states of a text's tokens to its one vector."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors

Mask = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pooling:
    """How token states become one vector: their mean, or the state of the first token.

    `max_tokens` is the longest input, special tokens included; `dimension` the vector's length;
    `pad_id` the token that fills up the shorter texts of a batch.
    """

    mode: Literal["mean", "cls"]
    max_tokens: int
    dimension: int
    pad_id: int

    def pool(self, states: Vectors, mask: Mask) -> Vectors:
        """Return unit vectors (texts, dimension) of states (texts, tokens, dimension).

        `mask` is 1 where a token belongs to its text and 0 where it fills up the batch.
        """
        if self.mode == "cls":
            return unit(states[:, 0])
        return unit((mask[:, None, :].astype(np.float32) @ states)[:, 0])


def unit(vectors: Vectors) -> Vectors:
    """Return the vectors, one a row, scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
