import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Source, Span
from index.records import StoredDocument
from rag.citations import Numbering, Quote, bracketed, closed, marks, plain, sentences


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Yes [1].", [(1,)]),
        ("Yes [1, 2].", [(1, 2)]),
        ("Yes [1-3].", [(1, 2, 3)]),
        ("Yes [1] [3].", [(1,), (3,)]),
        ("Yes 【4】.", [(4,)]),
        ("No [0] and [99].", [(0,), (99,)]),
        ("In [2024] and [3-1].", [(2024,), (3, 1)]),
        ("[1-9999]", [(1, 9999)]),
        ("Not [a], [], [1.5] or [-1].", []),
    ],
)
def test_marks_are_read_as_written_and_never_repaired(
    text: str, numbers: list[tuple[int, ...]]
) -> None:
    assert [m.numbers for m in marks(text)] == numbers


@given(st.text())
def test_every_mark_slices_to_brackets(text: str) -> None:
    for mark in marks(text):
        assert text[mark.start] in "[【"
        assert text[mark.end - 1] in "]】"


@given(st.lists(st.integers(1, 999), min_size=1, max_size=6))
def test_rendered_marks_parse_back_to_their_numbers(numbers: list[int]) -> None:
    text = f"A sentence {bracketed(numbers)}."
    found = [n for m in marks(text) for n in m.numbers]
    assert found == list(dict.fromkeys(numbers))
    assert plain(text) == "A sentence."


def test_a_quote_cannot_reach_outside_its_document() -> None:
    document = StoredDocument("doc_1", "00", Source("k", "t"), "short")
    assert Quote(document, Span(0, 5)).text == "short"
    with pytest.raises(ValueError, match="outside"):
        Quote(document, Span(0, 6))


@given(st.lists(st.sampled_from("abcdef"), min_size=1))
def test_a_document_keeps_its_number_in_order_of_first_appearance(ids: list[str]) -> None:
    numbering = Numbering()
    given_numbers = {}
    for name in ids:
        given_numbers.setdefault(name, numbering.number(name))
        assert numbering.number(name) == given_numbers[name]
    assert sorted(given_numbers.values()) == list(range(1, len(given_numbers) + 1))


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("Ada met Bren [1]. She left [1].", [1, 1], ["Ada met Bren", ". She left."]),
        ("Ada met Bren [1]. She left [1].", [1, 1, 1], ["Ada met Bren . She left."] * 3),
        ("Ada left, and Bren stayed [1] [2].", [1, 2], ["Ada left, and Bren stayed."] * 2),
        ("Ada left [1], while Bren stayed [2].", [1, 2], ["Ada left", ", while Bren stayed."]),
    ],
)
def test_each_citation_closes_the_words_before_its_own_mark(
    text: str, numbers: list[int], words: list[str]
) -> None:
    assert closed(text, numbers) == words


def test_a_statement_is_taken_apart_into_its_sentences() -> None:
    assert sentences("Ada met Bren [1]. She left [1].") == ["Ada met Bren [1].", "She left [1]."]
    assert sentences("Ada left [1], while Bren stayed [2].") == [
        "Ada left [1], while Bren stayed [2]."
    ]
