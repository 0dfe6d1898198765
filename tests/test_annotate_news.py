"""References in invented news, against what a reader would say that they stand for.

In a text `{She|Anna Kosic}` is a word that needs the sentences before it, with the phrases that may
stand in its place; `{It|?}` has none, or none that stands alone elsewhere, and must stay open.
"""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from corpus.dates import PartialDate
from corpus.documents import Document, Source
from corpus.sentences import split_sentences
from index.annotate.parser import SpacyAnnotator

NEWS = Path(__file__).parent / "data" / "news"
MARK = re.compile(r"\{([^|{}]+)\|([^{}]+)\}")


class Gold(NamedTuple):
    start: int
    end: int
    phrases: frozenset[str]


def load(path: Path) -> tuple[Document, list[Gold]]:
    title, facts, body = path.read_text("utf-8").split("\n", 2)
    publisher, date, kind = facts.split(" | ")
    text, gold, last = "", [], 0
    for match in MARK.finditer(body):
        text += body[last : match.start()]
        phrases = frozenset(plain(p) for p in match[2].split(";") if p != "?")
        gold.append(Gold(len(text), len(text) + len(match[1]), phrases))
        text += match[1]
        last = match.end()
    published = PartialDate.parse(date)
    source = Source(path.stem, title.removeprefix("# "), publisher, published, doc_type=kind)
    return Document(source, text + body[last:]), gold


def plain(phrase: str) -> str:
    phrase = re.sub(r"['’]s?$", "", phrase.strip().lower())
    return re.sub(r"^(?:the|an?) ", "", phrase)


@cache
def outcome() -> tuple[Counter[str], tuple[str, ...]]:
    annotator = SpacyAnnotator()
    counts: Counter[str] = Counter()
    wrong = []
    for path in sorted(NEWS.glob("*.txt")):
        document, gold = load(path)
        spans = split_sentences(document.text)
        notes = annotator.annotate(document, spans)
        found = [
            (s.start + r.start, s.start + r.end, r.text)
            for s, note in zip(spans, notes, strict=True)
            for r in note.references
        ]
        for start, end, phrases in gold:
            texts = [text for first, last, text in found if first < end and start < last]
            if not texts:
                counts["missed"] += 1
            elif texts[0] is None:
                counts["open"] += 1
            elif plain(texts[0]) in phrases:
                counts["right"] += 1
            else:
                counts["wrong"] += 1
                wrong.append(f"{path.stem}: {document.text[start:end]} -> {texts[0]}")
    return counts, tuple(wrong)


def test_the_gold_is_large() -> None:
    documents = [load(path) for path in NEWS.glob("*.txt")]
    assert len(documents) >= 30
    assert sum(len(gold) for _, gold in documents) >= 200


def test_a_reference_is_right_or_left_open() -> None:
    counts, wrong = outcome()
    assert counts["wrong"] <= 0.02 * counts["right"], wrong


def test_nearly_half_that_can_be_resolved_is() -> None:
    counts, _ = outcome()
    resolvable = sum(bool(g.phrases) for path in NEWS.glob("*.txt") for g in load(path)[1])
    assert counts["right"] >= 0.45 * resolvable


def test_hardly_a_reference_is_overlooked() -> None:
    counts, _ = outcome()
    assert counts["missed"] <= 0.05 * counts.total()
