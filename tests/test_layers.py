import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "corpus": {"corpus"},
    "index": {"corpus", "index"},
    "rag": {"corpus", "index", "rag"},
    "api": {"corpus", "index", "rag", "api"},
    "evals": {"corpus", "index", "rag", "evals"},
}
FORBIDDEN = {"pickle", "joblib", "dill", "shelve", "marshal", "cloudpickle"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_left_only(package: str) -> None:
    assert modules(package)
    for path in modules(package):
        # The command line is where everything is put together.
        allowed = set(MAY_IMPORT) if path.parent.name == "cli" else MAY_IMPORT[package]
        ours = imported(path) & set(MAY_IMPORT)
        assert ours <= allowed, f"{path.relative_to(ROOT)} imports {ours - allowed}"


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_nothing_unpickles(package: str) -> None:
    for path in modules(package):
        assert not imported(path) & FORBIDDEN, path
        text = path.read_text("utf-8")
        assert "allow_pickle=True" not in text, path
        assert "torch.load(" not in text, path
