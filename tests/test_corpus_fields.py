import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import PartialDate
from corpus.loaders.fields import FieldError, declared_fields, found_fields, parse_date


def test_the_own_name_of_a_document_becomes_its_key() -> None:
    assert declared_fields({"id": "d01", "title": " A\ntitle "}) == {
        "key": "d01",
        "title": "A title",
    }


def test_empty_fields_are_left_out() -> None:
    assert declared_fields({"publisher": None, "via": "  ", "url": ""}) == {}


def test_whole_numbers_serve_as_ids_and_years() -> None:
    assert declared_fields({"id": 17, "published": 2020}) == {"key": "17", "published": "2020"}


def test_the_time_of_a_timestamp_is_left_out() -> None:
    assert parse_date("2024-05-03T10:00:00Z") == PartialDate(2024, 5, 3)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"author": "x"}, r"'author' is not a field \(known: id, title, publisher"),
        ({"key": "x"}, "'key' is not a field"),
        ({"title": ["a"]}, "'title' must be a text, not a list"),
        ({"title": {"a": 1}}, "'title' must be a text, not a mapping"),
        ({"title": True}, "'title' must be a text, not true or false"),
        ({"title": 1.5}, "'title' must be a text, not a number"),
        ({"title": 7}, "'title' must be a text, not a number"),
        ({"published": "last May"}, "'published': 'last May' is not a date"),
        ({"fetched": "2021-02-30"}, "'fetched': '2021-02-30' is not a date"),
        ({"url": "javascript:alert(1)"}, "'url' must begin with http:// or https://"),
        ({"url": "https://a b"}, "'url' must begin"),
        ({"language": "English!"}, "'language' must be a code such as en"),
        ({"title": "x" * 1001}, "'title' has 1,001 characters, more than 1,000"),
    ],
)
def test_a_wrong_field_is_named(raw: dict[str, object], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        declared_fields(raw)


def test_all_wrong_fields_are_named_at_once() -> None:
    with pytest.raises(FieldError) as caught:
        declared_fields({"author": "x", "title": "good", "published": "soon"})
    assert "'author'" in str(caught.value)
    assert "'published'" in str(caught.value)


def test_metadata_of_the_wrong_form_is_left_out() -> None:
    found = found_fields({"title": "T", "published": "soon", "url": "ftp://x", "language": None})
    assert found == {"title": "T"}


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.lists(st.text())))
def test_any_mapping_gives_clean_fields_or_a_named_error(raw: dict[str, object]) -> None:
    try:
        checked = declared_fields(raw)
    except FieldError:
        return
    assert all(value and "\n" not in value for value in checked.values())
