"""The floor of everything that embeds: sentence-transformers, used as its own pages show it."""

from collections.abc import Callable, Sequence
from typing import Any

from index.embedders.models import Model

_BATCH = 32


class PlainModel:
    """A model as the library loads it, on the CPU; no network is asked."""

    def __init__(self, model: Model) -> None:
        from sentence_transformers import SentenceTransformer

        from index.embedders.torch_embedder import no_progress_bars

        with no_progress_bars():
            self._model: Any = SentenceTransformer(
                str(model.path), device="cpu", local_files_only=True
            )

    def embed(self, text: str) -> object:
        """Embed one text."""
        return self._model.encode(text, show_progress_bar=False)

    def loop(self, texts: Sequence[str]) -> None:
        """Embed texts in their order, 32 at once."""
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            self._model.encode(batch, batch_size=_BATCH, show_progress_bar=False)


Loop = Callable[[Sequence[str]], object]
