from pathlib import Path

import pytest
from browsing import browser, served
from desk import ask, parser

__all__ = ["ask", "browser", "parser", "served"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for documents."""
    path = tmp_path / "notes"
    path.mkdir()
    return path


@pytest.fixture
def index_path(tmp_path: Path) -> Path:
    """Where an index may be made, beside the documents."""
    return tmp_path / "index"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that need a browser last.

    Its driver keeps an event loop in this thread, in which no other can be run.
    """
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
