import subprocess
import sys
from pathlib import Path

from fakes import WordHashEmbedder
from notes import write_note

from index.index import Index

TESTS = Path(__file__).parent

ASK = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from fakes import WordHashEmbedder
from index.index import Index

with Index.open(Path(sys.argv[1]), WordHashEmbedder()) as index, index.snapshot() as snapshot:
    (hit,) = snapshot.search("rivers")
    assert snapshot.passages([hit.chunk_id]).sentences
    assert snapshot.live([hit.document_id])
heavy = {
    "torch", "sentence_transformers", "transformers", "spacy", "corpus.loading", "corpus.loaders",
    "corpus.chunking", "tiktoken", "blingfire", "scipy", "sklearn", "pypdf", "trafilatura",
    "index.sync", "index.check",
}
sys.exit(", ".join(sorted(heavy & set(sys.modules))) or 0)
"""


def test_a_process_that_only_asks_imports_no_loader_and_no_model(
    folder: Path, index_path: Path
) -> None:
    write_note(folder, "a.md", "Rivers flow.")
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.sync([folder])
    subprocess.run([sys.executable, "-c", ASK, index_path, TESTS, TESTS.parent], check=True)


def test_importing_the_index_imports_no_library_but_numpy() -> None:
    program = (
        "import sys, index.index, index.check\n"
        "heavy = {'faiss', 'torch', 'pydantic', 'yaml', 'tiktoken', 'blingfire'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
