"""Which embedder runs: one name for a model's weights, whatever computes them."""

import os
from pathlib import Path

from index.embedders.export import digest_of, export
from index.embedders.models import Model, ModelRefused, default_model, model_at
from index.embedders.onnx_embedder import OnnxEmbedder
from index.embedders.torch_embedder import TorchEmbedder, has_bf16
from index.embedding import Embedder


def find_model(setting: str | None, *, allow_network: bool = False) -> Model:
    """Return the model that a setting names: None the default, else a folder or a hub name.

    Raises:
        ModelRefused: it is not there, or a hub name was given and the network is not allowed.
    """
    if setting is None:
        return default_model()
    path = Path(setting).expanduser()
    if path.is_dir():
        return model_at(path)
    if not allow_network:
        raise ModelRefused(
            f"{setting!r} is no folder: name one that holds a sentence-transformers model, or "
            "allow downloads by CITEPROOF_ALLOW_NETWORK=true to fetch it from its hub"
        )
    from huggingface_hub import snapshot_download

    return model_at(Path(snapshot_download(setting, allow_patterns=["*.json", "*.safetensors"])))


def for_questions(model: Model, folder: Path) -> Embedder:
    """Return the embedder that asks: ONNX Runtime on one thread, from the export in `folder`.

    Raises:
        ExportMissing: the model was not exported there yet.
    """
    digest = digest_of(model, folder)
    graph = folder / "models" / model.name / "model.onnx"
    return OnnxEmbedder(model, graph, name=_name(model, digest))


def for_ingest(model: Model, folder: Path) -> Embedder:
    """Check and export the model, and return the fastest embedder of this processor for many texts.

    That is PyTorch in bfloat16 where the processor multiplies it, else ONNX Runtime on every core.
    Their vectors agree (cosine at least .999), so both bear one name.

    Raises:
        ModelRefused: the weights are missing or not the published ones.
    """
    graph = export(model, folder)
    name = _name(model, digest_of(model, folder))
    if has_bf16():
        return TorchEmbedder(model, name=name)
    return OnnxEmbedder(model, graph, name=name, threads=os.cpu_count() or 1)


def _name(model: Model, digest: str) -> str:
    return f"{model.name}@{digest[:12]}"
