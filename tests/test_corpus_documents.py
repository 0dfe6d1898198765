import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Document, Source, Span, page_at


def test_a_span_slices_code_points() -> None:
    assert Span(1, 3).slice("a\U0001f600\u00e9b") == "\U0001f600\u00e9"


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 3), (4, 3)])
def test_an_empty_or_backward_span_cannot_be_made(start: int, end: int) -> None:
    with pytest.raises(ValueError, match=f"not {start}..{end}"):
        Span(start, end)


def test_a_span_past_the_end_is_refused_rather_than_cut() -> None:
    with pytest.raises(ValueError, match=r"span 1..4 is outside a text of 3"):
        Span(1, 4).slice("abc")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_digest_is_that_of_the_utf8_bytes(text: str) -> None:
    document = Document(Source("k", "t"), text)
    assert document.sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(("offset", "page"), [(0, 1), (9, 1), (10, 2), (24, 2), (25, 4), (99, 4)])
def test_a_page_reaches_to_the_next_one(offset: int, page: int) -> None:
    assert page_at([0, 10, 25, 25], offset) == page


def test_a_medium_without_pages_has_none() -> None:
    assert page_at([], 5) is None
