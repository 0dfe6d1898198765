import textwrap

from hypothesis import given
from hypothesis import strategies as st

from corpus.loaders.wrapping import unwrap
from corpus.text import normalise, one_line

PROSE = (
    "The committee met in the capital on the second day of March and heard nine witnesses, most of "
    "them officers of the coast guard. None of them had seen the vessel before it was stopped, and "
    "none could say where it had been loaded. The report was adopted."
)
WORDS = st.lists(st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=9), min_size=40)


def test_wrapped_paragraphs_become_one_line_each() -> None:
    lines = [*textwrap.wrap(PROSE, 72), "", *textwrap.wrap(PROSE, 72)]
    assert unwrap(lines).text == f"{PROSE}\n\n{PROSE}"


@given(WORDS, st.integers(50, 110))
def test_what_was_wrapped_greedily_is_made_whole(words: list[str], width: int) -> None:
    text = " ".join(words)
    lines = textwrap.wrap(text, width)
    longest = max(map(len, lines[:-1]), default=0)
    if len(lines) > 3 and longest >= 45:
        assert unwrap(lines).text == text


def test_short_lines_stay_lines() -> None:
    lines = ["Mexico", "China and Hong Kong", "India", "", "Canada", "Netherlands"]
    assert unwrap(lines).text == "Mexico\nChina and Hong Kong\nIndia\n\nCanada\nNetherlands"


def test_long_paragraphs_on_lines_of_their_own_stay_lines() -> None:
    assert unwrap([PROSE, PROSE]).text == f"{PROSE}\n{PROSE}"


def test_list_items_in_wrapped_text_begin_their_own_lines() -> None:
    items = [f"{mark} {PROSE[:90]}" for mark in ("-", "2.", "(b)", "•")]
    lines = [line for item in items for line in textwrap.wrap(item, 60)]
    assert unwrap(lines).text.split("\n") == items


def test_a_line_that_ends_early_with_a_stop_ends_its_paragraph() -> None:
    lines = [*textwrap.wrap(PROSE, 72), *textwrap.wrap(PROSE, 72)]
    assert len(lines[len(lines) // 2 - 1]) < 60
    assert unwrap(lines).text == f"{PROSE}\n\n{PROSE}"


def test_a_heading_between_wrapped_paragraphs_stays_a_line() -> None:
    lines = [*textwrap.wrap(PROSE, 72), "Findings", *textwrap.wrap(PROSE, 72)]
    assert unwrap(lines).text == f"{PROSE}\n\nFindings\n{PROSE}"


def test_a_word_broken_by_a_hyphen_is_made_whole() -> None:
    lines = [*textwrap.wrap(PROSE, 72)[:3], "and the com-", "mittee adjourned."]
    assert "and the committee adjourned." in unwrap(lines).text


def test_a_compound_that_occurs_elsewhere_keeps_its_hyphen() -> None:
    wrapped = textwrap.wrap(f"The cross-border trade grew. {PROSE}", 72)
    lines = [*wrapped[:3], "and the cross-", "border trade fell."]
    assert "and the cross-border trade fell." in unwrap(lines).text


def test_a_dash_before_a_name_is_no_broken_word() -> None:
    lines = [*textwrap.wrap(PROSE, 72)[:3], "the port of Trinidad-", "Tobago is near."]
    assert "Trinidad-" in unwrap(lines).text


def test_no_lines_give_no_text() -> None:
    assert unwrap([]).text == ""
    assert unwrap(["", ""]).starts == (0, 0)


LINE = st.one_of(
    st.text().map(one_line),
    st.sampled_from(
        [
            "",
            PROSE[:72].strip(),
            PROSE[80:150].strip(),
            "broken-",
            "- item",
            "lower case goes on",
            "1. It",
        ]
    ),
)


@given(st.lists(LINE, max_size=30), st.sampled_from([0.8, 1.0]))
def test_every_line_is_found_where_it_is_said_to_begin(lines: list[str], slack: float) -> None:
    unwrapped = unwrap(lines, slack=slack)
    assert len(unwrapped.starts) == len(lines)
    assert list(unwrapped.starts) == sorted(unwrapped.starts)
    for line, start in zip(lines, unwrapped.starts, strict=True):
        assert unwrapped.text.startswith(line.removesuffix("-"), start)
    assert normalise(unwrapped.text) == unwrapped.text
