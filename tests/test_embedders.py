import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedders.choice import find_model, for_ingest, for_questions
from index.embedders.export import ExportMissing, export, exported
from index.embedders.models import Model, ModelRefused, default_model
from index.embedders.torch_embedder import TorchEmbedder
from index.embedding import Embedder

NOTES = Path(__file__).parent.parent / "corpus" / "demo"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    export(default_model(), path)
    return path


@pytest.fixture(scope="module")
def questions(folder: Path) -> Embedder:
    return for_questions(default_model(), folder)


def texts() -> list[str]:
    bodies = [
        p.read_text("utf-8").split("---\n", 2)[2].strip() for p in sorted(NOTES.glob("d*.md"))
    ]
    return [p for body in bodies[:24] for p in body.split("\n\n")]


def test_the_export_gives_the_vectors_of_the_model(folder: Path, questions: Embedder) -> None:
    reference = TorchEmbedder(default_model(), name="reference", bf16=False)
    expected, found = reference.embed(texts()), questions.embed(texts())
    assert float((expected * found).sum(axis=1).min()) >= 0.999
    asked = questions.embed(["Who makes fentanyl?", "How many people died?"])
    for query in asked:
        assert list(np.argsort(-(expected @ query))[:10]) == list(np.argsort(-(found @ query))[:10])


def test_vectors_do_not_depend_on_their_batch(questions: Embedder) -> None:
    together = questions.embed(texts()[:6])
    alone = np.vstack([questions.embed([t]) for t in texts()[:6]])
    assert float((together * alone).sum(axis=1).min()) > 0.9999
    assert questions.embed([]).shape == (0, questions.dimension)


def test_tokens_are_counted_with_the_special_ones(questions: Embedder) -> None:
    assert questions.count_tokens("hello") == 3
    assert questions.count_tokens("word " * 400) > questions.max_tokens


def test_ingest_and_questions_share_a_name(folder: Path, questions: Embedder) -> None:
    assert for_ingest(default_model(), folder).name == questions.name


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    shutil.copytree(default_model().path, tmp_path / "m")
    model = Model("all-MiniLM-L6-v2", tmp_path / "m", default_model().expected)
    assert model.digest() == model.expected
    with model.weights.open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x01")
    with pytest.raises(ModelRefused, match="sha256"):
        export(model, tmp_path)


def test_an_export_of_other_weights_is_not_used(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportMissing, match="sync"):
        exported(default_model(), tmp_path)
    shutil.copytree(folder / "models", tmp_path / "models")
    record = tmp_path / "models" / default_model().name / "export.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "weights_size": 1}))
    with pytest.raises(ExportMissing, match="out of date"):
        exported(default_model(), tmp_path)


def test_a_name_that_is_no_folder_needs_the_network() -> None:
    with pytest.raises(ModelRefused, match="ALLOW_NETWORK"):
        find_model("somebody/some-model")
