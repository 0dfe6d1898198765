"""Where settings, models and files become an assistant."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.index import Index
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.verify.support import Verifier


@contextmanager
def open_index(settings: "Settings") -> Iterator["Index"]:
    """Open the index for questions, and close it afterwards.

    Raises:
        IndexNotFound: nothing was synced there.
        ModelRefused: the embedder is missing or changed.
    """
    from index.embedders.choice import find_model, for_questions
    from index.embedders.export import ExportMissing
    from index.errors import IndexNotFound
    from index.index import Index

    model = find_model(settings.embedder, allow_network=settings.allow_network)
    try:
        embedder = for_questions(model, settings.index)
    except ExportMissing:
        raise IndexNotFound(settings.index) from None
    index = Index.open(settings.index, embedder)
    try:
        yield index
    finally:
        index.close()


@contextmanager
def open_assistant(settings: "Settings") -> Iterator["Assistant"]:
    """Open the index and put the assistant together; raises like `open_index`."""
    from rag.assistant import Assistant
    from rag.write.verbatim import VerbatimWriter

    with open_index(settings) as index:
        yield Assistant(
            index,
            VerbatimWriter(),
            make_verifier(),
            disclaimer=settings.disclaimer,
            staleness=settings.staleness,
            stale_after=settings.stale_after,
        )


def make_verifier() -> "Verifier":
    """Return the verifier that writes and checks reports; it needs no model."""
    from rag.verify.hand import HandVerifier

    return HandVerifier()


def source_texts(folder: Path) -> dict[str, str]:
    """Load every document of a folder and return the texts by their sha256."""
    from corpus.loading import discover, load

    texts: dict[str, str] = {}
    for path in discover(folder).files:
        texts.update({d.sha256: d.text for d in load(path, folder).documents})
    return texts
