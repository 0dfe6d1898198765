import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import PartialDate
from corpus.loaders import jsonl
from corpus.loaders.files import File, Loaded
from corpus.problems import LoadError
from corpus.text import normalise


def load(*lines: str) -> Loaded:
    return jsonl.read(File("x/data.jsonl", "application/jsonl", "\n".join(lines).encode()))


def test_a_line_is_a_document_with_any_field_of_a_source() -> None:
    line = {
        "id": "w1",
        "title": "One",
        "text": "A  b.\u200b",
        "published": "2024-05",
        "url": "https://x.org",
    }
    made = load(json.dumps(line)).documents[0]
    assert made.text == "A b."
    assert (made.source.key, made.source.title) == ("w1", "One")
    assert made.source.published == PartialDate(2024, 5)
    assert made.source.media == "application/jsonl"


def test_a_line_without_name_is_called_by_its_number() -> None:
    sources = [made.source for made in load("", '{"text": "a"}', '{"text": "b"}').documents]
    assert [source.key for source in sources] == ["x/data.jsonl#2", "x/data.jsonl#3"]
    assert sources[0].title == "data, line 2"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ('{"title": "t"}', '"text" is missing'),
        ('{"text": 5}', '"text" is missing or not a text'),
        ('{"text": "  "}', "there is no text"),
        ('{"text": "a", "titel": "b"}', "'titel' is not a field"),
        ('{"text": "a", "title": ["b"]}', "'title' must be a text, not a list"),
        ('{"text": "a", "published": "soon"}', "'soon' is not a date"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_loaded(line: str, reason: str) -> None:
    loaded = load('{"text": "first"}', line, '{"text": "last"}')
    assert [made.text for made in loaded.documents] == ["first", "last"]
    (problem,) = loaded.problems
    assert problem.line == 2
    assert reason in problem.reason
    assert str(problem).startswith("x/data.jsonl, line 2: ")


def test_bad_lines_past_the_limit_are_counted() -> None:
    loaded = load(*["{"] * (jsonl.MAX_PROBLEMS + 7), '{"text": "a"}')
    assert len(loaded.documents) == 1
    assert len(loaded.problems) == jsonl.MAX_PROBLEMS + 1
    assert loaded.problems[-1].reason == "7 more lines are as bad"


def test_no_line_is_an_error_of_the_file() -> None:
    with pytest.raises(LoadError, match="there is no line in it"):
        load(" ", "")


def test_half_a_surrogate_in_the_text_can_be_stored() -> None:
    made = load('{"text": "a \\ud800 b"}').documents[0]
    assert made.text == "a \ufffd b"
    assert len(made.sha256) == 64


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"))))
def test_every_text_comes_back_normalised_and_in_order(texts: list[str]) -> None:
    kept = [normalise(text) for text in texts if normalise(text)]
    lines = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]
    if lines:
        assert [made.text for made in load(*lines).documents] == kept
