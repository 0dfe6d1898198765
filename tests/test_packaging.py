import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_wheel_holds_the_five_packages_and_nothing_else(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    made = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = zipfile.ZipFile(tmp_path / made.stdout.split()[-1]).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {t for t in tops if not t.endswith(".dist-info")} == {
        "api",
        "corpus",
        "evals",
        "index",
        "rag",
    }
    assert sum(n.startswith("corpus/demo/d") and n.endswith(".md") for n in names) > 60
    assert {"rag/words.toml", "rag/render/report.html", "index/annotate/words.toml"} <= set(names)
    assert not [n for n in names if "test" in n.split("/")[0]]


def test_asking_imports_no_heavy_library() -> None:
    code = (
        "import sys, rag.cli.app, rag.assistant, rag.write.verbatim, rag.verify.hand,"
        " index.index, index.embedders.onnx_embedder;"
        "print(sorted(m for m in ('torch','transformers','sentence_transformers','spacy','fastapi',"
        "'trafilatura','docx','pypdf') if m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
