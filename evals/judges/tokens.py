"""The words of a text, each with its state in a sentence encoder."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from index.embedders.models import default_model
from index.embedding import Vectors

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_WINDOW_WORDS = 160
# Word pieces stand in the vocabulary by falling frequency, after the special ones.
_FIRST_PIECE = 999


@dataclass(frozen=True)
class States:
    """Words, their unit states of shape (words, dimension), and weights that grow with rarity."""

    words: tuple[str, ...]
    vectors: Vectors
    weights: Vectors

    @property
    def text(self) -> Vectors:
        """The unit state of the whole, the direction of the words' mean, shape (dimension,)."""
        return np.asarray(_unit(self.vectors.mean(axis=0, keepdims=True))[0])

    def part(self, begin: int, end: int) -> "States":
        """Return the states of some words in a row."""
        here = slice(begin, end)
        return States(self.words[here], self.vectors[here], self.weights[here])


class TokenStates:
    """Reads texts with all-MiniLM-L6-v2, from the package that comes with the installation.

    States of word pieces are averaged to words. A text longer than about 160 words is read in
    windows of that length.
    """

    def __init__(self) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        # One text at a time: more threads only wait for each other.
        torch.set_num_threads(1)

        model = default_model()
        model.digest()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(model.path, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(
            model.path, local_files_only=True, use_safetensors=True
        ).eval()
        self._cached = lru_cache(maxsize=4096)(self._read)

    def read(self, text: str) -> States:
        """Return the states of a text's words; the same object for the same text."""
        return self._cached(text)

    def _read(self, text: str) -> States:
        words = [m.group() for m in _WORD.finditer(text)]
        parts = [words[i : i + _WINDOW_WORDS] for i in range(0, len(words), _WINDOW_WORDS)]
        read = [self._window(part) for part in parts or [[]]]
        return States(
            tuple(words),
            np.concatenate([r.vectors for r in read]),
            np.concatenate([r.weights for r in read]),
        )

    def _window(self, words: Sequence[str]) -> States:
        import torch

        coded = self._tokenizer(
            [list(words)],
            is_split_into_words=True,
            return_tensors="pt",
            truncation=True,
            max_length=512,
        )
        with torch.inference_mode():
            states = self._model(**coded).last_hidden_state[0].float().numpy()
        owners, ids = coded.word_ids(0), coded["input_ids"][0].tolist()
        vectors = np.zeros((len(words), states.shape[1]), dtype=np.float32)
        weights = np.ones(len(words), dtype=np.float32)
        for place, owner in enumerate(owners):
            if owner is not None:
                vectors[owner] += states[place]
                rarity = np.log(max(ids[place] - _FIRST_PIECE, 1))
                weights[owner] = max(weights[owner], rarity)
        return States(tuple(words), _unit(vectors), weights)


def count_words(text: str) -> int:
    """Return how many words `TokenStates.read` gives for a text."""
    return sum(1 for _ in _WORD.finditer(text))


def _unit(vectors: Vectors) -> Vectors:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), dtype=np.float32)
