import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.documents import Span
from corpus.sentences import paragraph_at, paragraphs, split_sentences

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "sentences.json").read_text(encoding="utf-8")
)
# Letters of several scripts, stops, quotes, joiners and marks: where offsets go wrong if they do.
AWKWARD = st.text(
    st.sampled_from(
        "abSU. .!?…\"'()[]1 \n\n•-“”«»¿é\u0301文。」」م؟।"
        "\U0001f600\u200d\U0001f469\u3000\u2028\ufffd\0\ud800"
    )
)
PIECES = (
    "Gen. Ruiz U.S. EE.UU. No. 5 3.5 The the said. “Stop!” (a) [12] 1. • e.g. end.) p.m. J. St. "
    "你好。"
)
PROSE = st.lists(st.sampled_from([*PIECES.split(), "\n", "\n\n"])).map(" ".join)


@pytest.mark.parametrize("case", CASES, ids=[case["comment"] for case in CASES])
def test_hard_borders(case: dict[str, Any]) -> None:
    found = [span.slice(case["text"]) for span in split_sentences(case["text"])]
    assert found == case["sentences"]


@given(st.one_of(st.text(), AWKWARD, PROSE))
@example("\u0301. A\u0301. \u200b B.")
@example("a.\0 \0 B. \ud800. C")
def test_sentences_cover_all_but_white_space_in_order(text: str) -> None:
    spans = split_sentences(text)
    ends = [0, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), len(text)]
    for end, start in zip(ends, starts, strict=True):
        assert end <= start
        assert not text[end:start].strip()
    for span in spans:
        sentence = span.slice(text)
        assert sentence == sentence.strip()
        assert "\n" not in sentence


@given(st.lists(st.sampled_from(["One is here.", "The rest follows!", "Was it so?"]), min_size=1))
def test_plain_sentences_are_told_apart(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [span.slice(text) for span in split_sentences(text)] == sentences


def test_a_line_longer_than_the_window_keeps_its_sentences_whole() -> None:
    sentence = "The word follows the word " * 1_000 + "until it ends."
    text = " ".join([sentence] * 3)
    assert [span.slice(text) for span in split_sentences(text)] == [sentence] * 3


def test_long_runs_of_stops_and_abbreviations_do_not_blow_up() -> None:
    text = "." * 200_000 + " " * 200_000 + "a\n" + "e.g. " * 100_000
    assert [span.start for span in split_sentences(text)] == [0, 400_002]


def test_paragraphs_are_the_blocks_between_blank_lines() -> None:
    text = "One.\nStill one.\n\nTwo.  \n \nThree."
    blocks = paragraphs(text)
    assert [block.slice(text) for block in blocks] == ["One.\nStill one.", "Two.", "Three."]
    assert [paragraph_at(blocks, text.index(word)) for word in ("Still", "Two", "Three")] == [
        0,
        1,
        2,
    ]


@given(st.one_of(st.text(), AWKWARD))
def test_every_sentence_lies_in_one_paragraph(text: str) -> None:
    blocks = paragraphs(text)
    for span in split_sentences(text):
        block = blocks[paragraph_at(blocks, span.start)]
        assert block.start <= span.start
        assert span.end <= block.end


def test_no_text_has_no_paragraphs() -> None:
    assert paragraphs("\n \n") == []
    assert paragraph_at([], 0) == 0
    assert paragraphs("a") == [Span(0, 1)]
