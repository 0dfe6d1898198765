"""A model's computation, written as ONNX and compared with the model."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from index.embedders.models import Model, NotExportable, cannot_be_loaded

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "states"
OPSET = 17

_AGREEMENT = 0.9999


def trace(model: Model, path: Path) -> None:
    """Write a model as ONNX to `path`: token ids and their mask in, states of the last layer out.

    It is PyTorch's TorchScript exporter that traces, since the newer one needs another package.

    Raises:
        ModelRefused: the model cannot be loaded.
        NotExportable: it cannot be traced, or the graph computes something else than the model.
    """
    import torch
    from transformers import AutoModel

    from index.embedders.torch_embedder import no_progress_bars

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(
                str(model.root), local_files_only=True, trust_remote_code=False, dtype=torch.float32
            )

        def forward(self, ids: Any, mask: Any) -> Any:
            return self.model(input_ids=ids, attention_mask=mask).last_hidden_state

    try:
        with no_progress_bars():
            states = States().eval()
    except Exception as error:  # a model's files can be wrong in any way
        raise cannot_be_loaded(model.root, error) from error
    try:
        with warnings.catch_warnings():
            # What the exporter has to say is checked by comparing what it wrote.
            warnings.simplefilter("ignore")
            torch.onnx.export(
                states,
                tuple(torch.from_numpy(array) for array in example((2, 8))),
                str(path),
                input_names=list(INPUTS),
                output_names=[OUTPUT],
                dynamic_axes={name: {0: "batch", 1: "tokens"} for name in (*INPUTS, OUTPUT)},
                opset_version=OPSET,
                dynamo=False,
            )
    except (OSError, MemoryError):
        raise
    except Exception as error:  # a model can fail to be traced in any way
        raise NotExportable(
            model.name, f"it cannot be traced ({type(error).__name__}: {error})"
        ) from error
    with torch.inference_mode():
        for shape in ((1, 3), (1, min(40, model.pooling().max_tokens)), (4, 17)):
            ids, mask = example(shape)
            expected = states(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
            require_agreement(model.name, path, ids, mask, expected)


def example(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Return token ids and their mask, each row one token shorter than the one before."""
    ids = np.random.default_rng(0).integers(5, 1000, shape, dtype=np.int64)
    mask = (np.arange(shape[1]) < shape[1] - np.arange(shape[0])[:, None]).astype(np.int64)
    return ids, mask


def require_agreement(name: str, path: Path, ids: Any, mask: Any, expected: Any) -> None:
    """Do nothing where the graph computes the expected states, (texts, tokens, dimension).

    Raises:
        NotExportable: it computes something else.
    """
    from index.embedders.onnx_embedder import open_session

    found = open_session(path).run([OUTPUT], dict(zip(INPUTS, (ids, mask), strict=True)))[0]
    lengths = np.linalg.norm(expected, axis=-1) * np.linalg.norm(found, axis=-1)
    cosines = (expected * found).sum(axis=-1) / lengths
    if not (cosines[mask == 1] >= _AGREEMENT).all():
        raise NotExportable(name, "its export computes something else than the model")
