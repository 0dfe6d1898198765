import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reports import refusal, report, reports

from rag.render.json import ReportFormatError, from_data, from_json, parse, to_data, to_json
from rag.report import Report


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports())
def test_what_is_written_is_read_again(made: Report) -> None:
    assert from_json(to_json(made)) == made


def test_fields_stand_in_the_order_of_the_format() -> None:
    data = json.loads(to_json(report()))
    assert " ".join(data) == (
        "schema id version question understood_as language status checked_on as_of disclaimer"
        " staleness corpus summary sections unverified conflicts refusal gaps sources consulted"
        " follow_ups method"
    )
    statement = data["summary"][0]
    assert " ".join(statement) == "id kind text support score origins citations computation"
    citation = statement["citations"][0]
    assert " ".join(citation) == "n start end quote sha256 quote_verdict verdict score"
    assert data["schema"] == "citeproof/report@1"


def test_sources_have_numbers_and_consulted_ones_have_none() -> None:
    data = json.loads(to_json(report()))
    assert [card["n"] for card in data["sources"]] == [1, 2, 3]
    assert all("n" not in card for card in data["consulted"])


def test_equal_reports_give_equal_text() -> None:
    assert to_json(report()) == to_json(report())


def test_unknown_fields_are_passed_over() -> None:
    data = to_data(report())
    data["extra"] = 1
    data["summary"][0]["extra"] = {"a": []}
    data["consulted"][0]["n"] = 7
    assert from_data(data) == report()


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, name, value = path

    def change(data: Any) -> None:
        for step in way:
            data = data[step]
        data[name] = value

    return change


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("schema", _set("schema", "citeproof/report@2")),
        ("version", _set("version", "1")),
        ("version", _set("version", True)),
        ("status", _set("status", "certain")),
        ("checked_on", _set("checked_on", "yesterday")),
        ("checked_on", _set("checked_on", "2025")),
        ("as_of", _set("as_of", "2025-02-30")),
        ("corpus.latest_published", _set("corpus", "latest_published", "May")),
        ("summary", _set("summary", {})),
        ("summary.0.score", _set("summary", 0, "score", "0.9")),
        ("summary.0.support", _set("summary", 0, "support", "refutes")),
        ("summary.0.citations.0.n", _set("summary", 0, "citations", 0, "n", 1.0)),
        ("summary.0.citations.0", _set("summary", 0, "citations", 0, "n", 0)),
        ("summary.0", _set("summary", 0, "citations", [])),
        ("sections.0.kind", _set("sections", 0, "kind", "poem")),
        ("sources.1.published", _set("sources", 1, "published", "2 May 2024")),
        ("sources.1.n", _set("sources", 1, "n", None)),
        ("consulted.0", _set("consulted", 0, "doc_other")),
        ("method.thresholds.nearest", _set("method", "thresholds", "nearest", "3")),
    ],
)
def test_a_wrong_value_is_named_by_its_field(
    field: str, change: Callable[[dict[str, Any]], None]
) -> None:
    data = json.loads(to_json(report()))
    change(data)
    with pytest.raises(ReportFormatError) as caught:
        from_json(json.dumps(data))
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("field", list(to_data(report())))
def test_a_missing_field_is_named(field: str) -> None:
    data = to_data(report())
    del data[field]
    with pytest.raises(ReportFormatError, match=field):
        from_data(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"schema": NaN}',
        '{"schema": "citeproof/report@1", "schema": "citeproof/report@1"}',
        "[" * 100_000,
        '"' + "1" * 5000,
    ],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ReportFormatError):
        from_json(text)


def test_a_lone_surrogate_is_refused() -> None:
    text = to_json(report()).replace("herring", "\\ud800", 1)
    with pytest.raises(ReportFormatError):
        from_json(text)


def test_a_text_beyond_the_limit_is_not_parsed() -> None:
    with pytest.raises(ReportFormatError, match="more than 3"):
        parse("[1, 2]", limit=3)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_change_of_type_goes_unnoticed(data: st.DataObject) -> None:
    made = to_data(data.draw(st.sampled_from([report(), refusal()])))
    holders = [made, *made["sources"], *made["consulted"], made["corpus"], made["method"]]
    holder = data.draw(st.sampled_from(holders))
    name = data.draw(st.sampled_from([n for n in holder if n != "n"]))
    holder[name] = 3.5 if not isinstance(holder[name], float) else "3.5"
    with pytest.raises(ReportFormatError):
        from_data(made)
