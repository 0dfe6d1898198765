import logging
from pathlib import Path

import numpy as np
import pytest
from fakes import ListedBackend

from index.embedding import Vectors
from index.vectors import FILE, FaissBackend, VectorBackend


def clustered(count: int, dimension: int = 16, *, seed: int = 0) -> Vectors:
    """Return unit vectors around 20 centres, as texts about 20 subjects would have."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(20, dimension))
    vectors = centres[random.integers(0, 20, count)] + random.normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def backends() -> list[VectorBackend]:
    return [FaissBackend(), FaissBackend(exact_limit=0, recall=1.0), ListedBackend()]


every_backend = pytest.mark.parametrize("backend", backends(), ids=["flat", "lists", "listed"])


@every_backend
def test_the_nearest_come_best_first_with_their_own_ids(backend: VectorBackend) -> None:
    vectors = clustered(400)
    ids = np.arange(400, dtype=np.int64) * 3 + 7
    nearest = backend.build(ids, vectors).search(vectors[[5, 9]], 4)
    assert nearest.ids[:, 0].tolist() == [5 * 3 + 7, 9 * 3 + 7]
    assert nearest.scores[:, 0] == pytest.approx([1, 1], abs=0.02)
    assert (np.diff(nearest.scores, axis=1) <= 0).all()


@every_backend
def test_a_saved_index_answers_as_before(backend: VectorBackend, tmp_path: Path) -> None:
    vectors = clustered(400)
    built = backend.build(np.arange(400, dtype=np.int64), vectors)
    built.save(tmp_path)
    loaded = backend.load(tmp_path)
    assert sorted(loaded.ids.tolist()) == list(range(400))
    for before, after in zip(
        built.search(vectors[:9], 5), loaded.search(vectors[:9], 5), strict=True
    ):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("backend", [FaissBackend(), ListedBackend()])
def test_an_empty_index_finds_nothing(backend: VectorBackend, tmp_path: Path) -> None:
    index = backend.build(np.empty(0, dtype=np.int64), np.empty((0, 16), dtype=np.float32))
    index.save(tmp_path)
    assert backend.load(tmp_path).search(clustered(2), 5).ids.shape == (2, 0)


def test_more_asked_for_than_there_is_returns_what_there_is() -> None:
    index = FaissBackend().build(np.arange(3, dtype=np.int64), clustered(3))
    assert sorted(index.search(clustered(1), 10).ids[0].tolist()) == [0, 1, 2]


def test_exact_search_equals_the_matrix_product() -> None:
    vectors, queries = clustered(500), clustered(30, seed=1)
    found = FaissBackend().build(np.arange(500, dtype=np.int64), vectors).search(queries, 10).ids
    expected = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    np.testing.assert_array_equal(found, expected)


def test_inverted_lists_reach_the_recall_asked_for() -> None:
    vectors, queries = clustered(6000), clustered(100, seed=2)
    ids = np.arange(6000, dtype=np.int64)
    exact = FaissBackend().build(ids, vectors).search(queries, 10).ids
    found = FaissBackend(exact_limit=1000, recall=0.95).build(ids, vectors).search(queries, 10).ids
    shares = [
        len(set(a) & set(b)) / 10 for a, b in zip(exact.tolist(), found.tolist(), strict=True)
    ]
    assert np.mean(shares) >= 0.9


def test_a_recall_that_cannot_be_reached_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        FaissBackend(exact_limit=0, recall=1.01).build(
            np.arange(200, dtype=np.int64), clustered(200)
        )
    assert "recall@10" in caplog.text


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"IxMp" + bytes(100))
    with pytest.raises(Exception, match=r"."):
        FaissBackend().load(tmp_path)


def test_an_index_of_another_kind_is_refused(tmp_path: Path) -> None:
    import faiss

    faiss.write_index(faiss.IndexFlatIP(4), str(tmp_path / FILE))
    with pytest.raises(ValueError, match="IndexFlatIP"):
        FaissBackend().load(tmp_path)
