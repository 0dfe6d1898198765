"""Errors in words, and the exit status that belongs to each."""

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status tells."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFIG = 4
    UNAVAILABLE = 5
    NOT_VERIFIED = 6
    INTERRUPTED = 130


def status_of(error: Exception) -> Exit:
    """Return the exit status for an error."""
    from api.errors import (
        AddressRefused,
        KeyNotFound,
        KeyRefused,
        StateTooNew,
        WorkersFailed,
    )
    from corpus.problems import LoadError
    from evals.errors import DatasetError, GateError, NotComparable, RunError, SystemUnavailable
    from index.embedders.export import ExportMissing
    from index.embedders.models import ModelRefused
    from index.errors import (
        DocumentNotFound,
        EmbedderMismatch,
        IndexLocked,
        IndexNotFound,
        StorageError,
    )
    from rag.question import QuestionError
    from rag.render.json import ReportFormatError
    from rag.settings import SettingsError

    statuses: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Exit], ...] = (
        (
            (QuestionError, ReportFormatError, KeyRefused, RunError, NotComparable),
            Exit.USAGE,
        ),
        (
            (
                IndexNotFound,
                DocumentNotFound,
                FileNotFoundError,
                LoadError,
                KeyNotFound,
                DatasetError,
            ),
            Exit.NOT_FOUND,
        ),
        ((SettingsError, ModelRefused, EmbedderMismatch, AddressRefused, GateError), Exit.CONFIG),
        (
            (
                IndexLocked,
                StorageError,
                ExportMissing,
                StateTooNew,
                SystemUnavailable,
                WorkersFailed,
            ),
            Exit.UNAVAILABLE,
        ),
    )
    return next((status for kinds, status in statuses if isinstance(error, kinds)), Exit.FAILURE)


def explain_error(error: Exception) -> str:
    """Return what happened, why, and what to do, in one line."""
    from api.errors import ServerFault
    from corpus.problems import LoadError
    from corpus.text import one_line
    from evals.errors import EvalError
    from index.embedders.export import ExportMissing
    from index.embedders.models import ModelRefused
    from index.errors import IndexFault
    from rag.bundle import TextMissing
    from rag.question import QuestionError
    from rag.render.json import ReportFormatError
    from rag.settings import SettingsError

    ours = (
        EvalError,
        IndexFault,
        LoadError,
        ModelRefused,
        ExportMissing,
        QuestionError,
        ReportFormatError,
        SettingsError,
        ServerFault,
        TextMissing,
    )
    if isinstance(error, ours):
        return one_line(str(error))
    if isinstance(error, OSError) and error.filename is not None:
        return one_line(f"cannot use {str(error.filename)!r}: {error.strerror}; check the path")
    return one_line(
        f"an error of Citeproof's own, {type(error).__name__}: {error};"
        " run the same command with -v and report the traceback"
    )
