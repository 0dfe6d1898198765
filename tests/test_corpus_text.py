import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text import normalise, one_line

CASES = [
    ("composes", "e\u0301t\u00e9", "\u00e9t\u00e9"),
    ("line ends", "a\r\nb\rc\x85d\u2028e\x0bf", "a\nb\nc\nd\ne\nf"),
    ("page and paragraph separators", "a\x0cb\u2029c", "a\n\nb\n\nc"),
    ("byte order mark", "\ufefftext", "text"),
    ("zero-width", "fen\u200bta\u2060n\ufeffyl", "fentanyl"),
    ("soft hyphen", "traf\u00adficking", "trafficking"),
    ("bidi controls", "\u202eabc\u202c \u2066d\u2069\u200e\u200f\u061c", "abc d"),
    ("tag characters", "safe\U000e0069\U000e0067\U000e007f", "safe"),
    ("variation selectors", "a\ufe0fb\U000e0101", "ab"),
    ("controls", "a\x00b\x1b[31mc\x9bd\x7f", "ab[31mcd"),
    ("tab and spaces", "a\tb\u00a0c\u3000d\u2009e", "a b c d e"),
    ("space runs", "a   b", "a b"),
    ("indentation stays", "a\n    b  c", "a\n    b c"),
    ("trailing spaces", "a  \nb \n \n \nc ", "a\nb\n\nc"),
    ("blank lines", "\n\na\n\n\n\n\nb\n\n", "a\n\nb"),
    ("lost characters stay", "a\ufffdb\ud800c", "a\ufffdb\ufffdc"),
    ("only invisible", "\u200b\u2060 \u00ad\n", ""),
    ("Persian joiner", "\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    ("Malayalam chillu", "\u0d28\u0d4d\u200d.", "\u0d28\u0d4d\u200d."),
    ("doubled joiner", "\u0645\u200c\u200c\u062e", "\u0645\u062e"),
    ("joiner that a mark moves away from", "\u0301\u200d\u0d4d\u200d", "\u0d4d\u0301"),
    ("Latin joiner", "a\u200db\u200cc", "abc"),
    ("emoji family", "\U0001f468\u200d\U0001f467", "\U0001f468\u200d\U0001f467"),
    ("noncharacters", "a\uffffb\ufdd0c\U0001fffed", "abcd"),
]


@pytest.mark.parametrize(("raw", "stored"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_each_row_of_the_table(raw: str, stored: str) -> None:
    assert normalise(raw) == stored


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(
    st.text(st.sampled_from("ae\u0301 \t\n\r\x0c\u200c\u200d\u0645\u0d4d\U0001f468\u00a0\ufe0f"))
)
def test_normalising_twice_changes_nothing_where_rules_meet(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text(st.characters()))
def test_stored_text_is_composed_utf8_without_controls(text: str) -> None:
    stored = normalise(text)
    stored.encode()
    assert unicodedata.is_normalized("NFC", stored)
    assert all(character == "\n" or ord(character) >= 0x20 for character in stored)
    assert "\n\n\n" not in stored
    assert " \n" not in stored


def test_long_indentation_is_read_in_linear_time() -> None:
    text = "a\n" + " " * 1_000_000 + "b"
    assert normalise(text) == text


def test_no_invisible_format_or_odd_space_survives_alone() -> None:
    # The Arabic, Syriac, Kaithi and Egyptian signs of category Cf are visible.
    visible = {0x600, 0x601, 0x602, 0x603, 0x604, 0x605, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2}
    visible |= {0x110BD, 0x110CD, *range(0x13430, 0x13440)}
    for code in range(0x110000):
        if (
            unicodedata.category(chr(code)) in {"Cc", "Cf", "Zs", "Zl", "Zp"}
            and code not in visible
        ):
            assert normalise(f"a{chr(code)}b") in {"ab", "a b", "a\nb", "a\n\nb"}, hex(code)


def test_one_line_joins_lines_with_single_spaces() -> None:
    assert one_line(" a\r\n\tb\u200b  c\n") == "a b c"
