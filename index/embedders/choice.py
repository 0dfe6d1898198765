"""Which embedder runs: one name for a model's vectors, whatever computes them."""

import logging
import os
from pathlib import Path

from index.embedders.export import embedder_name, export, exported, exported_name
from index.embedders.models import Model, ModelRefused, NotExportable, default_model
from index.embedders.onnx_embedder import OnnxEmbedder
from index.embedders.torch_embedder import TorchEmbedder, has_bf16
from index.embedding import Embedder

_log = logging.getLogger(__name__)

# Everything that a model consists of, and nothing that could run code.
_DOWNLOADED = ["*.json", "*.safetensors", "*.txt", "*.model"]


def find_model(setting: str | None, *, allow_network: bool = False) -> Model:
    """Return the model that a setting names: None the default, else a folder or a hub name.

    A hub model that was downloaded once is taken from the disk, without asking its hub again.

    Raises:
        ModelRefused: it is not there, or would have to be downloaded and that is not allowed.
    """
    if setting is None:
        return default_model()
    path = Path(setting).expanduser()
    if path.is_dir():
        return Model(path.resolve().name, path)
    return Model(setting.rsplit("/", 1)[-1], _from_hub(setting, allow_network=allow_network))


def for_questions(model: Model, folder: Path) -> Embedder:
    """Return the embedder that asks: ONNX Runtime on one thread, from the export in `folder`.

    Raises:
        ExportMissing: the model was not exported there yet.
        ModelRefused: the model's files are missing, or of another form.
    """
    try:
        graph = exported(model, folder)
    except NotExportable as reason:
        _log.info("%s", reason)
        return TorchEmbedder(model, name=embedder_name(model, model.digest()), bf16=False)
    return OnnxEmbedder(model, graph, name=exported_name(model, folder))


def for_ingest(model: Model, folder: Path) -> Embedder:
    """Check and export the model, and return the fastest embedder of this processor for many texts.

    That is PyTorch in bfloat16 where the processor multiplies it, else ONNX Runtime on every core,
    which was half as fast again as sentence-transformers and needs no PyTorch after the export.
    Their vectors agree (cosine at least .999), so both bear one name. A model that cannot be
    exported is run by sentence-transformers here and for questions.

    Raises:
        ModelRefused: the weights are missing or not the published ones.
        IndexLocked: another process is exporting the model.
        StorageError: the export cannot be written.
    """
    try:
        graph = export(model, folder)
    except NotExportable as reason:
        _log.warning("%s", reason)
        return TorchEmbedder(model, name=embedder_name(model, model.digest()))
    name = exported_name(model, folder)
    if has_bf16():
        return TorchEmbedder(model, name=name)
    return OnnxEmbedder(model, graph, name=name, workers=os.cpu_count() or 1)


def _from_hub(name: str, *, allow_network: bool) -> Path:
    """Return the folder of a hub model, downloaded if that is allowed."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(
            snapshot_download(name, allow_patterns=_DOWNLOADED, local_files_only=not allow_network)
        )
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        advice = (
            "check the name and the connection"
            if allow_network
            else "allow downloads by CITEPROOF_ALLOW_NETWORK=true to fetch it from its hub"
        )
        raise ModelRefused(
            f"{name!r} is no folder, and no model that was downloaded before: name a folder that"
            f" holds a sentence-transformers model, or {advice}"
        ) from error
