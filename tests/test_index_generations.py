import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.generations import MANIFEST, Damaged, Generations


def save(content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / "data").write_bytes(content) and None


def write(root: Path, number: int, content: bytes = b"vectors") -> Generations:
    generations = Generations(root)
    generations.write(number, save(content), embedder="e", vectors=1)
    return generations


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_a_written_generation_is_verified_and_named(tmp_path: Path) -> None:
    folder = write(tmp_path, 8).verify(8, embedder="e")
    assert folder == tmp_path / "generations" / "g000008"
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["generation"] == "g000008"
    assert manifest["parent"] == "g000007"
    assert [entry["name"] for entry in manifest["files"]] == ["data"]


def test_writing_again_replaces(tmp_path: Path) -> None:
    write(tmp_path, 1, b"before")
    folder = write(tmp_path, 1, b"after").verify(1, embedder="e")
    assert (folder / "data").read_bytes() == b"after"


def test_a_save_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        Generations(tmp_path).write(1, fail, embedder="e", vectors=1)
    assert names(tmp_path) == ["generations"]


def test_another_embedders_generation_is_damage(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="embedder 'e', not 'other'"):
        write(tmp_path, 1).verify(1, embedder="other")


def test_a_missing_generation_is_damage(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        Generations(tmp_path).verify(1, embedder="e")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "files": 3}', "\0", "nul"])
def test_a_manifest_of_another_form_is_damage(tmp_path: Path, text: str) -> None:
    generations = write(tmp_path, 1)
    (generations.path(1) / MANIFEST).write_text(text)
    with pytest.raises(Damaged):
        generations.verify(1, embedder="e")


@given(st.data())
def test_any_changed_or_cut_byte_is_damage(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    generations = write(tmp_path_factory.mktemp("g"), 1, bytes(range(100)))
    path = generations.path(1) / "data"
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[place:]
    path.write_bytes(content)
    with pytest.raises(Damaged):
        generations.verify(1, embedder="e")


def test_pruning_keeps_the_last_generations_alone(tmp_path: Path) -> None:
    for number in (1, 2, 3, 4):
        generations = write(tmp_path, number)
    (tmp_path / "generations" / "g000005.tmp").mkdir()
    (tmp_path / "generations" / "stray").write_text("x")
    left = [path.name for path in generations.leftovers(3)]
    assert left == ["g000001", "g000004", "g000005.tmp", "stray"]
    generations.prune(3)
    assert names(tmp_path / "generations") == [
        "g000002",
        "g000002/MANIFEST.json",
        "g000002/data",
        "g000003",
        "g000003/MANIFEST.json",
        "g000003/data",
    ]
    assert generations.leftovers(3) == []
