"""The model written once as ONNX, so that asking a question never imports PyTorch.

`models/<name>/model.onnx` maps token ids and their mask to the states of the last layer;
`export.json` beside it says from which weights and settings it was made, and its own digest.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from index.embedders.models import Model, NotExportable, sha256_of
from index.embedders.tracing import OPSET, trace
from index.errors import IndexFault, named_storage_errors
from index.lock import WriteLock

_GRAPH = "model.onnx"
_MANIFEST = "export.json"
# Raised whenever the same model is exported in another way.
_VERSION = 2


class ExportMissing(IndexFault):
    """The model was not exported yet, or the export is not its own; syncing a folder makes it."""


def exported(model: Model, folder: Path) -> Path:
    """Return the export of `model` in `folder`, if it is of the model's weights and unchanged.

    A process that asks one question must not read 180 MB to learn that nothing changed. Weights
    and graph are therefore known again by size and time of change, which the manifest keeps beside
    their sha256; where one of these is another, as after an installation, a move or a change, both
    files are read in full and their sha256 decides. What this cannot see is a file of the same size
    whose time was set back on purpose: whoever can do that can also replace this program, and
    every sync and `citeproof doctor` read both files in full.

    Raises:
        ExportMissing: there is none, or not of this model.
        NotExportable: it was found before that the model cannot be exported.
    """
    target = _target(model, folder)
    manifest = _manifest(target)
    if _quick(model, target).items() <= manifest.items():
        return _graph_of(manifest, target)
    return check_export(model, folder)


def check_export(model: Model, folder: Path) -> Path:
    """Return the export like `exported`, with every file read in full; raises like it too."""
    target = _target(model, folder)
    manifest = _manifest(target)
    if not _identity(model, model.digest(), target).items() <= manifest.items():
        raise ExportMissing(
            f"the export in {str(target)!r} is damaged or of another model:"
            " run `citeproof sync FOLDER`"
        )
    return _graph_of(manifest, target)


def export(model: Model, folder: Path) -> Path:
    """Check the model's weights, and write its export into `folder` unless it is there already.

    A new export is compared with the model before it is kept.

    Raises:
        ModelRefused: the weights are missing or not the published ones.
        NotExportable: the model must be run by sentence-transformers.
        IndexLocked: another process is exporting it.
        StorageError: the disk refuses.
    """
    weights = model.digest()
    target = _target(model, folder)
    with named_storage_errors(target):
        target.mkdir(parents=True, exist_ok=True)
        lock = WriteLock(target)
        try:
            return _export(model, weights, target)
        finally:
            lock.release()


def embedder_name(model: Model, weights: str) -> str:
    """Return the name of a model's vectors, from the sha256 of its weights and its settings."""
    both = f"{weights} {model.settings_digest()}"
    return f"{model.name}@{hashlib.sha256(both.encode()).hexdigest()[:12]}"


def exported_name(model: Model, folder: Path) -> str:
    """Return `embedder_name` of a model that was exported; raises `ExportMissing`."""
    return embedder_name(model, str(_manifest(_target(model, folder))["weights_sha256"]))


def _target(model: Model, folder: Path) -> Path:
    return folder / "models" / model.name


def _manifest(target: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((target / _MANIFEST).read_text("utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ExportMissing(
            f"{target.name} was not exported for this index yet: run `citeproof sync FOLDER`"
        ) from error


def _graph_of(manifest: dict[str, Any], target: Path) -> Path:
    if reason := manifest.get("not_exportable"):
        raise NotExportable(target.name, reason)
    return target / _GRAPH


def _quick(model: Model, target: Path) -> dict[str, Any]:
    """Return what can be told of model and export without reading their large files."""
    return {
        "version": _VERSION,
        "settings_sha256": model.settings_digest(),
        "weights_stamp": _stamp(model.weights),
        "graph_stamp": _stamp(target / _GRAPH),
    }


def _stamp(path: Path) -> list[int] | None:
    """Return a file's size in bytes and time of change in nanoseconds, None where there is none."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return [state.st_size, state.st_mtime_ns]


def _identity(model: Model, weights: str, target: Path) -> dict[str, Any]:
    """Return what makes an export the one of a model, the graph read in full."""
    graph = target / _GRAPH
    return {
        "version": _VERSION,
        "weights_sha256": weights,
        "settings_sha256": model.settings_digest(),
        "graph_sha256": sha256_of(graph) if graph.is_file() else None,
    }


def _export(model: Model, weights: str, target: Path) -> Path:
    try:
        before = _manifest(target)
    except ExportMissing:
        before = {}
    identity = _identity(model, weights, target)
    reason = before.get("not_exportable")
    if not identity.items() <= before.items() or not (reason or identity["graph_sha256"]):
        reason = _write_graph(model, target)
        identity = _identity(model, weights, target)
    after = {"opset": OPSET, "not_exportable": reason, **identity, **_quick(model, target)}
    if after != before:
        with _replacing(target / _MANIFEST) as temporary:
            temporary.write_text(json.dumps(after, indent=1) + "\n", "utf-8")
    return _graph_of(after, target)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path, and make what is written there the file at `path`, durably."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        _sync_to_disk(temporary)
        temporary.replace(path)
        _sync_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_graph(model: Model, target: Path) -> str | None:
    """Write the graph, or return why there can be none."""
    try:
        model.pooling()
        with _replacing(target / _GRAPH) as temporary:
            trace(model, temporary)
    except NotExportable as refusal:
        (target / _GRAPH).unlink(missing_ok=True)
        return refusal.reason
    return None
