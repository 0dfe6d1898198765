"""Which reader reads a data set, by the name that the command line gives it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evals.errors import DatasetError
from evals.items import Dataset

NAMES = (
    "gold",
    "hagrid",
    "asqa_alce",
    "expertqa",
    "attributionbench",
    "wice",
    "squad2",
    "ramdocs",
    "hotpotqa",
    "musique",
    "beir",
    "bipia",
    "garak",
    "giskard",
    "false_claims",
    "swaps",
    "adversarial",
    "adaptive",
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A data set, and the folder of documents that it is asked over where it brings none."""

    dataset: Dataset
    documents: Path | None


def load(name: str, path: Path | None, documents: Path | None = None) -> Chosen:
    """Read a data set; `path` is its folder, or for `gold` its file (else the demonstration's).

    Raises:
        DatasetError: there is no such name or path, or a file is missing or unreadable.
    """
    if name == "gold":
        return _gold(path, documents)
    if name == "swaps":
        from evals.datasets import gold, swaps

        return Chosen(swaps.load(documents or gold.DOCUMENTS), None)
    if name in ("adversarial", "adaptive"):
        from evals.datasets import adversarial, gold

        reader = adversarial.load if name == "adversarial" else adversarial.load_adaptive
        return Chosen(reader(documents or gold.DOCUMENTS), documents or gold.DOCUMENTS)
    if name not in NAMES:
        raise DatasetError(f"there is no data set {name!r}: known are {', '.join(NAMES)}")
    if path is None or not path.is_dir():
        raise DatasetError(f"{path} is no folder: name the data set's folder with --data")
    return Chosen(_reader(name)(path), documents)


def _gold(path: Path | None, documents: Path | None) -> Chosen:
    from dataclasses import replace

    from evals.datasets import gold

    own = path is None
    path = path or gold.DEMO
    if not path.is_file():
        raise DatasetError(f"{path} is no file of gold questions")
    if documents is None:
        if not own:
            raise DatasetError("name the folder of documents that the questions are about")
        documents = gold.DOCUMENTS
    loaded = gold.load(path)
    return Chosen(replace(loaded, passages=gold.documents(documents)), documents)


def _reader(name: str) -> Callable[[Path], Dataset]:
    match name:
        case "hotpotqa" | "musique":
            from evals.datasets import multihop

            return multihop.load_hotpot if name == "hotpotqa" else multihop.load_musique
        case "bipia" | "garak" | "giskard" | "false_claims":
            from evals.datasets import attacks

            return {
                "bipia": attacks.load_bipia,
                "garak": attacks.load_garak,
                "giskard": attacks.load_giskard,
                "false_claims": attacks.load_false_claims,
            }[name]
        case _:
            from importlib import import_module

            reader: Callable[[Path], Dataset] = import_module(f"evals.datasets.{name}").load
            return reader
