import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.loaders.blocks import MAX_CHARACTERS, Block, build_document, make_document, table_row
from corpus.loaders.files import File
from corpus.problems import LoadError
from corpus.text import normalise

FILE = File("sub/name.md", "text/markdown", b"")
BLOCKS = st.lists(st.builds(Block, st.text(), st.none() | st.integers(1, 6), st.booleans()))


@given(BLOCKS)
def test_blocks_make_a_normalised_text_in_which_headings_slice(blocks: list[Block]) -> None:
    try:
        made = build_document(FILE, blocks, {})
    except LoadError:
        assert not any(normalise(block.text) for block in blocks)
        return
    assert normalise(made.text) == made.text
    texts = [block.text for block in blocks if block.level and normalise(block.text)]
    found = [heading.span.slice(made.text) for heading in made.headings]
    assert found == [" ".join(normalise(text).split()) for text in texts]
    words = [word for block in blocks for word in normalise(block.text).split()]
    assert made.text.split() == words


def test_close_blocks_stand_on_the_next_line() -> None:
    blocks = [Block("Intro"), Block("one", close=False), Block("two", close=True), Block("End")]
    assert build_document(FILE, blocks, {}).text == "Intro\n\none\ntwo\n\nEnd"


def test_a_row_has_no_empty_cells() -> None:
    assert table_row(["a\nb", " ", "c"], first=True).text == "a b | c"


def test_given_fields_win_over_the_defaults() -> None:
    fields = {"key": "d1", "title": "Given", "media": "note", "published": "2020-01"}
    source = build_document(FILE, [Block("Heading", 1), Block("Text.")], fields).source
    assert (source.key, source.title, source.media) == ("d1", "Given", "note")
    assert str(source.published) == "2020-01"


def test_too_much_text_is_named() -> None:
    with pytest.raises(LoadError, match="has 20,000,001 characters, more than 20,000,000"):
        make_document(FILE, "x" * (MAX_CHARACTERS + 1), {})
