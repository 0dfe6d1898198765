"""Where settings, models and files become an index, a verifier and an assistant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from index.annotations import Annotator
    from index.embedding import Embedder
    from index.index import Index
    from index.ledger import LedgerReader
    from rag.assistant import Assistant
    from rag.settings import Settings
    from rag.verify.support import Verifier
    from rag.write.writer import Writer


class Models(Protocol):
    """Makes what computes."""

    def for_questions(self, settings: "Settings") -> "Embedder":
        """Return the embedder of a new process that only asks."""
        ...

    def for_ingest(self, settings: "Settings") -> "Embedder":
        """Return the embedder for many texts."""
        ...

    def annotator(self, settings: "Settings") -> "Annotator | None":
        """Return what reads sentences when they are indexed, None where nothing does."""
        ...

    def writer(self, settings: "Settings") -> "Writer":
        """Return what puts findings into sentences."""
        ...

    def verifier(self, settings: "Settings") -> "Verifier":
        """Return what judges sentences against the passages that they cite."""
        ...


class InstalledModels:
    """The models that came with the installation, or that the settings name."""

    def for_questions(self, settings: "Settings") -> "Embedder":
        """Return the exported model on ONNX Runtime.

        Raises:
            ExportMissing: the model was never exported here, or is another since.
            ModelRefused: the model is missing or of another form.
        """
        from index.embedders import choice

        model = choice.find_model(settings.embedder, allow_network=settings.allow_network)
        return choice.for_questions(model, settings.index)

    def for_ingest(self, settings: "Settings") -> "Embedder":
        """Return the fastest embedder of this processor, its weights checked and exported.

        Raises:
            ModelRefused: the model is missing, changed, or of another form.
        """
        from index.embedders import choice

        model = choice.find_model(settings.embedder, allow_network=settings.allow_network)
        return choice.for_ingest(model, settings.index)

    def annotator(self, settings: "Settings") -> "Annotator | None":
        """Return the parser, unless the settings do without."""
        if not settings.annotate:
            return None
        from index.annotate.parser import SpacyAnnotator

        return SpacyAnnotator()

    def writer(self, settings: "Settings") -> "Writer":
        """Return the writer that needs no model."""
        del settings
        from rag.write.verbatim import VerbatimWriter

        return VerbatimWriter()

    def verifier(self, settings: "Settings") -> "Verifier":
        """Return the verifier that needs no model, so that a bundle can be checked anywhere."""
        del settings
        from rag.verify.hand import HandVerifier

        return HandVerifier()


_INSTALLED = InstalledModels()


@contextmanager
def open_index(settings: "Settings", models: Models = _INSTALLED) -> Iterator["Index"]:
    """Open the index for questions, and close it afterwards; raises like `Index.open`."""
    from index.index import Index

    # Whether there is an index at all is told before a model is loaded.
    with open_ledger(settings):
        pass
    with Index.open(settings.index, models.for_questions(settings)) as index:
        yield index


@contextmanager
def open_ledger(settings: "Settings") -> Iterator["LedgerReader"]:
    """Open the ledger alone: stored texts can be read without any model.

    Raises:
        IndexNotFound: nothing was synced there.
        StorageError: the disk or the ledger cannot be used.
    """
    from index.errors import named_storage_errors
    from index.ledger import ReaderPool
    from index.schema import LEDGER_FILE

    pool = ReaderPool(settings.index / LEDGER_FILE)
    with named_storage_errors(settings.index):
        reader = pool.take()
        try:
            yield reader
        finally:
            pool.give_back(reader)
            pool.close()


@contextmanager
def open_assistant(settings: "Settings", models: Models = _INSTALLED) -> Iterator["Assistant"]:
    """Open the index and put the assistant together; raises like `Index.open`."""
    from rag.assistant import Assistant

    with open_index(settings, models) as index:
        yield Assistant(
            index,
            models.writer(settings),
            models.verifier(settings),
            disclaimer=settings.disclaimer,
            staleness=settings.staleness,
            stale_after=settings.stale_after,
        )
