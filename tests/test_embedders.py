import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny import save_model

from index.embedders.choice import find_model, for_ingest, for_questions
from index.embedders.export import ExportMissing, check_export, embedder_name, export, exported
from index.embedders.models import Model, ModelRefused, NotExportable, default_model
from index.embedders.onnx_embedder import OnnxEmbedder, open_session
from index.embedders.torch_embedder import TorchEmbedder
from index.embedders.tracing import INPUTS, example, require_agreement, trace
from index.embedding import Embedder, Vectors
from index.errors import IndexLocked
from index.lock import WriteLock

NOTES = Path(__file__).parent.parent / "corpus" / "demo"
QUESTIONS = (
    "Who makes fentanyl?",
    "How many people died of an overdose?",
    "Is the Cartel de los Soles headed by Nicolás Maduro?",
    "What did the boats carry?",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of the default model."""
    path = tmp_path_factory.mktemp("home")
    export(default_model(), path)
    return path


@pytest.fixture(scope="module")
def questions(home: Path) -> OnnxEmbedder:
    return OnnxEmbedder(default_model(), exported(default_model(), home), name="questions")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    bodies = [p.read_text("utf-8").split("---\n", 2)[2] for p in sorted(NOTES.glob("d*.md"))]
    return [text.strip() for body in bodies for text in body.split("\n\n")][:60]


@pytest.fixture(scope="module")
def reference(texts: list[str]) -> Vectors:
    """The texts' vectors by sentence-transformers in fp32."""
    return TorchEmbedder(default_model(), name="reference", bf16=False).embed(texts)


@pytest.fixture
def own(tmp_path: Path) -> Model:
    """A small model of the user's own."""
    return find_model(str(save_model(tmp_path / "own")))


def cosines(one: Vectors, other: Vectors) -> Vectors:
    return (one * other).sum(axis=1)


def same_files(home: Path) -> dict[str, tuple[int, int]]:
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in home.rglob("*.*")
        if path.suffix != ".lock"
    }


def test_the_export_gives_the_vectors_of_the_model(
    questions: OnnxEmbedder, texts: list[str], reference: Vectors
) -> None:
    found = questions.embed(texts)
    assert len(texts) == 60
    assert cosines(reference, found).min() >= 0.999
    for query in questions.embed(QUESTIONS):
        best = np.argsort(-(reference @ query))[:10]
        assert list(np.argsort(-(found @ query))[:10]) == list(best)


def test_bf16_gives_unit_vectors_close_to_the_models(texts: list[str], reference: Vectors) -> None:
    found = TorchEmbedder(default_model(), name="bf16", bf16=True).embed(texts[:8])
    assert cosines(reference[:8], found).min() >= 0.999
    assert np.abs(np.linalg.norm(found, axis=1) - 1).max() < 1e-5


def test_vectors_depend_neither_on_batches_nor_on_workers(
    home: Path, questions: OnnxEmbedder, texts: list[str]
) -> None:
    graph, some = exported(default_model(), home), [*texts[:9], *QUESTIONS]
    many = OnnxEmbedder(default_model(), graph, name="many", workers=4)
    together = questions.embed(some)
    assert np.array_equal(many.embed(some), together)
    alone = np.vstack([questions.embed([text]) for text in some])
    assert cosines(alone, together).min() > 0.99999
    assert questions.embed([]).shape == (0, questions.dimension)


def test_tokens_are_counted_with_the_special_ones_and_never_cut(questions: OnnxEmbedder) -> None:
    assert questions.count_tokens("hello") == 3
    assert questions.count_tokens("word " * 400) == 402
    assert questions.max_tokens == 256


def test_a_long_text_is_cut_where_the_model_cuts_it(questions: OnnxEmbedder) -> None:
    long = "Cocaine moves north. " * 100
    reference = TorchEmbedder(default_model(), name="reference", bf16=False)
    assert reference.max_tokens == questions.max_tokens
    assert reference.count_tokens(long) == questions.count_tokens(long) == 402
    assert cosines(reference.embed([long]), questions.embed([long])).min() >= 0.999
    assert len(questions.token_states([long])[0].states) == 254


def test_token_states_lie_over_their_words(questions: OnnxEmbedder) -> None:
    text = "Nicolás Maduro denied it. \N{GRINNING FACE} Fentanylbust!"
    found, empty = questions.token_states([text, ""])
    pieces = [text[start:end] for start, end in found.offsets]
    assert "".join(pieces) == text.replace(" ", "")
    assert {"Nicolás", "denied", "\N{GRINNING FACE}", "!"} < set(pieces)
    assert found.states.shape == (len(pieces), questions.dimension)
    assert np.allclose(found.vector, questions.embed([text])[0], atol=1e-5)
    assert empty.states.shape == (0, questions.dimension)
    assert empty.offsets.shape == (0, 2)


def test_ingest_and_questions_share_a_name(home: Path) -> None:
    model = default_model()
    assert for_ingest(model, home).name == for_questions(model, home).name
    assert isinstance(for_questions(model, home), OnnxEmbedder)


def test_a_model_that_is_there_is_not_exported_again(home: Path) -> None:
    before = same_files(home)
    assert len(before) == 2
    export(default_model(), home)
    assert same_files(home) == before


def test_one_process_exports_at_a_time(home: Path) -> None:
    lock = WriteLock(home / "models" / default_model().name)
    try:
        with pytest.raises(IndexLocked):
            export(default_model(), home)
    finally:
        lock.release()


def test_changed_weights_of_a_published_model_are_refused(tmp_path: Path, own: Model) -> None:
    published = Model(own.name, own.path, expected="0" * 64)
    with pytest.raises(ModelRefused, match="not the published"):
        export(published, tmp_path)
    assert default_model().digest() == default_model().expected


@pytest.mark.parametrize("kind", ["bert", "mpnet", "nested"])
def test_models_of_several_layouts_agree_with_sentence_transformers(
    tmp_path: Path, kind: str
) -> None:
    model = find_model(str(save_model(tmp_path / "m", kind)))
    texts = ["gold in the nile", "tin", "the rhine meets the nile " * 9, "unheard of"]
    found = for_questions_after_export(model, tmp_path)
    assert isinstance(found, OnnxEmbedder)
    reference = TorchEmbedder(model, name="reference", bf16=False)
    assert (found.dimension, found.max_tokens) == (reference.dimension, reference.max_tokens)
    assert [found.count_tokens(t) for t in texts] == [reference.count_tokens(t) for t in texts]
    assert cosines(found.embed(texts), reference.embed(texts)).min() >= 0.9999


def for_questions_after_export(model: Model, home: Path) -> Embedder:
    export(model, home)
    return for_questions(model, home)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("dense", "made of Transformer, Pooling, Dense"),
        ("max", "pools by"),
        ("prompt", "puts a prompt"),
        ("lowercase", "changes texts"),
        ("t5", "cannot be traced"),
    ],
)
def test_a_model_that_does_more_is_run_by_sentence_transformers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, reason: str
) -> None:
    model = find_model(str(save_model(tmp_path / "m", kind)))
    ingest = for_ingest(model, tmp_path)
    assert [reason in record.message for record in caplog.records] == [True]
    asking = for_questions(model, tmp_path)
    assert isinstance(ingest, TorchEmbedder)
    assert isinstance(asking, TorchEmbedder)
    assert ingest.name == asking.name
    assert for_ingest(model, tmp_path).name == ingest.name
    with pytest.raises(NotExportable, match=reason):
        check_export(model, tmp_path)


@pytest.mark.parametrize("change", [{"model_type": "unheard-of"}, {"hidden_size": 18}])
def test_a_model_that_cannot_be_loaded_is_refused(
    tmp_path: Path, own: Model, change: dict[str, object]
) -> None:
    config = json.loads((own.path / "config.json").read_text())
    (own.path / "config.json").write_text(json.dumps({**config, **change}))
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        export(own, tmp_path)
    with pytest.raises(ModelRefused, match="cannot be loaded"):
        TorchEmbedder(own, name="plain").embed(["gold"])


def test_a_graph_of_another_model_is_not_taken_for_the_models(tmp_path: Path, own: Model) -> None:
    other = find_model(str(save_model(tmp_path / "other", seed=1)))
    trace(other, tmp_path / "other.onnx")
    ids, mask = example((2, 5))
    expected = open_session(tmp_path / "other.onnx").run(None, {INPUTS[0]: ids, INPUTS[1]: mask})[0]
    require_agreement("other", tmp_path / "other.onnx", ids, mask, expected)
    trace(own, tmp_path / "own.onnx")
    with pytest.raises(NotExportable, match="something else"):
        require_agreement("own", tmp_path / "own.onnx", ids, mask, expected)


@pytest.mark.parametrize("file", ["modules.json", "config.json", "1_Pooling/config.json"])
def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path, own: Model, file: str) -> None:
    (own.path / file).unlink()
    with pytest.raises(ModelRefused, match=r"modules\.json"):
        export(own, tmp_path)
    (own.path / file).write_text("[]")
    with pytest.raises(ModelRefused, match=r"modules\.json"):
        export(own, tmp_path)


def test_a_model_without_safetensors_is_refused(tmp_path: Path, own: Model) -> None:
    own.weights.rename(own.path / "pytorch_model.bin")
    with pytest.raises(ModelRefused, match="safetensors"):
        export(own, tmp_path)
    assert not (tmp_path / "models").exists()


def test_nothing_is_asked_before_a_sync(tmp_path: Path, own: Model) -> None:
    with pytest.raises(ExportMissing, match="citeproof sync"):
        for_questions(own, tmp_path)


def test_an_export_is_known_again_wherever_its_files_are_moved(tmp_path: Path, own: Model) -> None:
    name = for_questions_after_export(own, tmp_path / "a").name
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    shutil.copytree(own.path, tmp_path / "elsewhere" / "own")
    moved = find_model(str(tmp_path / "elsewhere" / "own"))
    assert for_questions(moved, tmp_path / "b").name == name


@pytest.mark.parametrize("damage", ["graph", "cut", "missing", "manifest", "version", "settings"])
def test_a_damaged_export_is_found_and_made_anew(tmp_path: Path, own: Model, damage: str) -> None:
    graph = export(own, tmp_path)
    record = graph.parent / "export.json"
    match damage:
        case "graph":
            content = bytearray(graph.read_bytes())
            content[len(content) // 2] ^= 1
            graph.write_bytes(content)
        case "cut":
            graph.write_bytes(graph.read_bytes()[:-1])
        case "missing":
            graph.unlink()
        case "manifest":
            record.write_text("[1")
        case "version":
            record.write_text(json.dumps({**json.loads(record.read_text()), "version": 1}))
        case "settings":
            record.write_text(json.dumps({**json.loads(record.read_text()), "settings_sha256": ""}))
    for look in (exported, check_export):
        with pytest.raises(ExportMissing, match="citeproof sync"):
            look(own, tmp_path)
    export(own, tmp_path)
    assert check_export(own, tmp_path) == exported(own, tmp_path) == graph


def test_other_weights_and_other_settings_have_another_name_and_export(
    tmp_path: Path, own: Model
) -> None:
    export(own, tmp_path)
    name = for_questions(own, tmp_path).name
    settings = own.path / "tokenizer_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "model_max_length": 12}))
    with pytest.raises(ExportMissing):
        exported(own, tmp_path)
    shorter = for_questions_after_export(own, tmp_path)
    assert shorter.name != name
    assert shorter.max_tokens == 12
    shutil.copy(save_model(tmp_path / "other", seed=1) / "model.safetensors", own.weights)
    with pytest.raises(ExportMissing):
        exported(own, tmp_path)
    assert for_questions_after_export(own, tmp_path).name not in {name, shorter.name}
    assert embedder_name(own, own.digest()) == for_questions(own, tmp_path).name


def test_a_name_that_is_no_folder_needs_the_network(tmp_path: Path) -> None:
    for name in ("nobody/no-such-model", str(tmp_path / "missing"), "a/b/c"):
        with pytest.raises(ModelRefused, match="ALLOW_NETWORK"):
            find_model(name)


def test_neither_ingest_nor_questions_connect_anywhere(tmp_path: Path, own: Model) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "calls = []\n"
        "names = ('socket.connect', 'socket.getaddrinfo', 'subprocess.Popen', 'os.system')\n"
        "sys.addaudithook(lambda name, _: calls.append(name) if name in names else None)\n"
        "from index.embedders.choice import find_model, for_ingest, for_questions\n"
        "from index.embedders.torch_embedder import TorchEmbedder\n"
        "model, home = find_model(sys.argv[1]), Path(sys.argv[2])\n"
        "for_ingest(model, home).embed(['gold'])\n"
        "for_questions(model, home).embed(['gold'])\n"
        "TorchEmbedder(model, name='plain').embed(['gold'])\n"
        "print(calls)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(own.path), str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=True,
        cwd=NOTES.parent.parent,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
