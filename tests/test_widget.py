import gzip
import re
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from api.pages import LANGUAGES
from api.pages_assets import FOLDER, assets

ROOT = Path(__file__).parent.parent
LOADER = 4 * 1024
PANEL = 30 * 1024
LOCALE = 2 * 1024
CODE = sorted(path.name for path in FOLDER.glob("*.js") if path.name != "embed.js")
LATER = ("copy.js",)
"""Loaded when a reader first wants it."""
BANNED = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "DOMParser",
    "createContextualFragment",
    "document.write",
    "setHTML",
    "eval(",
    "new Function",
    "srcdoc",
    ".cookie",
    "<img",
    "createElement('img",
    "localStorage[",
)


def packed(name: str) -> int:
    return len(assets().files[name].packed)


def test_the_loader_is_small() -> None:
    assert packed("fc.js") <= LOADER


def test_the_panel_is_small_with_all_it_loads() -> None:
    files = [name for name in CODE if name not in ("fc.js", *LATER)]
    files += ["tokens.css", "report.css", "panel.css"]
    assert sum(map(packed, files)) <= PANEL


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_small(language: str) -> None:
    assert packed(f"locales/{language}.json") <= LOCALE


@pytest.mark.parametrize("name", [*CODE, "embed.js"])
def test_no_text_is_ever_read_as_markup_or_code(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert not [word for word in BANNED if word in text]


def test_the_stylesheets_load_nothing() -> None:
    for path in FOLDER.glob("*.css"):
        assert not re.search(r"url\(|@import|@font-face", path.read_text("utf-8")), path


def test_the_panel_imports_only_files_of_the_widget() -> None:
    names = set(assets().files)
    for name in CODE:
        text = re.sub(r"/\*\*.*?\*/", "", (FOLDER / name).read_text("utf-8"), flags=re.DOTALL)
        for found in re.findall(
            r"""(?:from |await import\(|return import\(| = import\()'\./([^']+)'""", text
        ):
            assert found in names, (name, found)


@pytest.mark.parametrize("name", LATER)
def test_what_is_wanted_later_is_not_loaded_before(name: str) -> None:
    texts = [(FOLDER / other).read_text("utf-8") for other in CODE]
    assert not [text for text in texts if f"from './{name}'" in text]
    assert sum(f"import('./{name}')" in text for text in texts) == 1


def test_compressed_files_are_what_they_compress() -> None:
    for name, asset in assets().files.items():
        assert gzip.decompress(asset.packed) == (FOLDER / name).read_bytes()


def test_tokenizer_and_state_hold_under_node_alone() -> None:
    node = compute_driver_executable()[0]
    folder = ROOT / "tests" / "widget"
    files = sorted(str(path) for path in folder.glob("*.test.js"))
    assert len(files) == 5
    done = subprocess.run([node, "--test", *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout
