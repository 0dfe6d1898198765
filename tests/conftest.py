from pathlib import Path

import pytest
from browsing import browser, served

__all__ = ["browser", "served"]


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
