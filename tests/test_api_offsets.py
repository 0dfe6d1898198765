import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.anchors import anchor_key, anchored, anchors_of, from_data, to_data
from api.offsets import OffsetInsideCharacter, code_point_offset, encoded_offsets
from corpus.documents import Source
from index.records import StoredDocument

# Emoji with joiners and flags, combining marks, CJK, right-to-left letters, and all else.
TRICKY = st.lists(
    st.sampled_from(
        ["👩‍👩‍👧‍👦", "🇻🇪", "e\u0301", "港", "ספינה", "عدن", "a", " ", "\n", "𝄞", "\u200b"]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    max_size=12,
).map("".join)


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, int, int]:
    text = draw(TRICKY.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, start, draw(st.integers(start + 1, len(text)))


@given(spans())
def test_every_encoding_slices_the_same_quote(case: tuple[str, int, int]) -> None:
    text, start, end = case
    quote = text[start:end]
    utf16 = encoded_offsets(text, (start, end), "utf16")
    utf8 = encoded_offsets(text, (start, end), "utf8")
    data = text.encode("utf-16-le")
    assert data[2 * utf16[start] : 2 * utf16[end]].decode("utf-16-le") == quote
    assert text.encode()[utf8[start] : utf8[end]].decode() == quote
    assert encoded_offsets(text, (start, end), "codepoint") == {start: start, end: end}


@given(spans())
def test_offsets_come_back_from_every_encoding(case: tuple[str, int, int]) -> None:
    text, start, end = case
    for encoding in ("codepoint", "utf16", "utf8"):
        for offset in (start, end):
            there = encoded_offsets(text, [offset], encoding)[offset]
            assert code_point_offset(text, there, encoding) == offset


@given(spans())
def test_an_anchored_citation_slices_to_its_quote_in_each_unit(
    case: tuple[str, int, int],
) -> None:
    text, start, end = case
    document = StoredDocument("doc_a", "0" * 64, Source(key="a", title="A"), text, (0,))
    anchors = from_data(to_data(dict(anchors_of(document, [(start, end)]))))
    assert list(anchors) == [anchor_key("0" * 64, start, end)]
    cited = {"sha256": "0" * 64, "start": start, "end": end, "quote": text[start:end]}
    units = {
        "codepoint": text,
        "utf16": text.encode("utf-16-le"),
        "utf8": text.encode(),
    }
    for encoding, data in units.items():
        found = anchored(cited, anchors, encoding)
        width = 2 if encoding == "utf16" else 1
        cut = data[width * found["start"] : width * found["end"]]
        codec = "utf-16-le" if encoding == "utf16" else "utf-8"
        assert (cut if isinstance(cut, str) else cut.decode(codec)) == text[start:end]
        assert found["locator"] == {
            "type": "char",
            "start": found["start"],
            "end": found["end"],
            "page": 1,
        }
        selector = found["selector"]
        around = selector["prefix"] + selector["exact"] + selector["suffix"]
        assert around in text
        assert text[:start].endswith(selector["prefix"])
        assert text[end:].startswith(selector["suffix"])


@pytest.mark.parametrize(
    ("offset", "encoding"),
    [(1, "utf16"), (1, "utf8"), (3, "utf8"), (3, "utf16"), (9, "codepoint"), (-1, "utf8")],
)
def test_an_offset_inside_a_character_or_outside_the_text_is_refused(
    offset: int, encoding: str
) -> None:
    with pytest.raises(OffsetInsideCharacter, match=str(offset)):
        code_point_offset("𝄞", offset, encoding)  # two UTF-16 units, four UTF-8 bytes
