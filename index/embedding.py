"""The seam between text and vectors."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their similarity.

    `name` identifies model and weights: vectors of two names are never compared.
    """

    @property
    def name(self) -> str:
        """Model and weights."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    @property
    def max_tokens(self) -> int:
        """The longest text in tokens of the model's own tokenizer that is not truncated."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the length of `text` in the model's own tokens, special tokens included."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return float32 unit vectors of shape (len(texts), dimension), in the order given."""
        ...
