"""The model written once as ONNX, so that asking a question never imports PyTorch."""

import hashlib
import json
import logging
import os
import warnings
from pathlib import Path
from typing import Any

from index.embedders.models import Model, ModelRefused

_GRAPH = "model.onnx"
_MANIFEST = "export.json"
_VERSION = 1
_OPSET = 17


class ExportMissing(Exception):
    """The model was not exported yet; syncing a folder does it."""


def exported(model: Model, folder: Path) -> Path:
    """Return the export of `model` in `folder` if it is there and is of the same weights.

    The weights are known again by their size and time of change, which the manifest keeps beside
    their sha256: reading 90 MB at every question would cost more than the question. Whoever can
    set a file's time back can also replace this program; `citeproof doctor` and every sync compare
    the digests in full.

    Raises:
        ExportMissing: there is none, or it is of other weights.
    """
    target = _target(model, folder)
    try:
        manifest = json.loads((target / _MANIFEST).read_text("utf-8"))
        graph = (target / _GRAPH).stat()
        weights = model.weights.stat()
    except (OSError, ValueError):
        raise ExportMissing(f"{model.name} was not exported yet: run `citeproof sync`") from None
    same = (
        manifest.get("version") == _VERSION
        and manifest.get("graph_size") == graph.st_size
        and manifest.get("weights_size") == weights.st_size
        and manifest.get("weights_mtime_ns") == weights.st_mtime_ns
    )
    if not same:
        raise ExportMissing(f"the export of {model.name} is out of date: run `citeproof sync`")
    return target / _GRAPH


def digest_of(model: Model, folder: Path) -> str:
    """Return the sha256 of the weights that the export in `folder` was made from.

    Raises:
        ExportMissing: there is no export.
    """
    exported(model, folder)
    manifest = json.loads((_target(model, folder) / _MANIFEST).read_text("utf-8"))
    return str(manifest["weights_sha256"])


def export(model: Model, folder: Path) -> Path:
    """Check the model's weights, and write its export into `folder` unless it is there already.

    Raises:
        ModelRefused: the weights are missing or not the published ones, or an export that is
            there does not match its manifest and cannot be replaced.
    """
    digest = model.digest()
    target = _target(model, folder)
    try:
        path = exported(model, folder)
        manifest = json.loads((target / _MANIFEST).read_text("utf-8"))
        if manifest["weights_sha256"] == digest and manifest["graph_sha256"] == _sha256(path):
            return path
    except (ExportMissing, KeyError):
        pass
    target.mkdir(parents=True, exist_ok=True)
    temporary = target / f".{_GRAPH}.{os.getpid()}"
    try:
        _write(model, temporary)
        _flush(temporary)
        os.replace(temporary, target / _GRAPH)
    except OSError as error:
        raise ModelRefused(f"the export of {model.name} cannot be written: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    weights = model.weights.stat()
    manifest = {
        "version": _VERSION,
        "opset": _OPSET,
        "weights_sha256": digest,
        "weights_size": weights.st_size,
        "weights_mtime_ns": weights.st_mtime_ns,
        "graph_sha256": _sha256(target / _GRAPH),
        "graph_size": (target / _GRAPH).stat().st_size,
    }
    record = target / f".{_MANIFEST}.{os.getpid()}"
    record.write_text(json.dumps(manifest, indent=1), "utf-8")
    _flush(record)
    os.replace(record, target / _MANIFEST)
    return target / _GRAPH


def _target(model: Model, folder: Path) -> Path:
    return folder / "models" / model.name


def _write(model: Model, path: Path) -> None:
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.inner(
                input_ids=input_ids,
                attention_mask=attention_mask,
                token_type_ids=token_type_ids,
            ).last_hidden_state

    inner = AutoModel.from_pretrained(
        str(model.path), local_files_only=True, trust_remote_code=False, dtype=torch.float32
    )
    names = ["input_ids", "attention_mask", "token_type_ids"]
    example = tuple(torch.ones((2, 8), dtype=torch.int64) for _ in names)
    axes = {name: {0: "batch", 1: "tokens"} for name in [*names, "states"]}
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                States(inner).eval(),
                example,
                str(path),
                input_names=names,
                output_names=["states"],
                dynamic_axes=axes,
                opset_version=_OPSET,
                dynamo=False,
            )
    finally:
        logger.setLevel(level)


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
