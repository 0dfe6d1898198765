"""The OpenAPI document: current, compatible with what was published, its examples valid."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi.testclient import TestClient
from openapi_changes import breaking
from serving import QuotingAssistant, make_index, settings

from api.app import api_document, create_app
from api.openapi import as_text
from api.problems import Code

ROOT = Path(__file__).parent.parent
PUBLISHED = Path(__file__).parent / "data" / "openapi-v1.json"


def test_the_committed_document_is_current() -> None:
    committed = (ROOT / "openapi.json").read_text("utf-8")
    assert committed == as_text(api_document()) + "\n", "python -m api.openapi > openapi.json"


def test_nothing_breaks_clients_of_the_published_document() -> None:
    published = json.loads(PUBLISHED.read_text("utf-8"))
    assert breaking(published, api_document()) == []


def _edit(change: Callable[[dict[str, Any]], Any]) -> list[str]:
    new = copy.deepcopy(api_document())
    change(new)
    return breaking(api_document(), new)


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["paths"].pop("/v1/search"), "POST /v1/search is gone"),
        (lambda d: d["paths"]["/v1/jobs"].pop("get"), "GET /v1/jobs is gone"),
        (lambda d: d["paths"]["/v1/jobs"]["get"]["parameters"].pop(0), "query limit is gone"),
        (lambda d: _schema(d, "CreateAnswer")["properties"].pop("as_of"), ".as_of is gone"),
        (lambda d: _schema(d, "CreateAnswer")["required"].append("as_of"), "is required now"),
        (lambda d: _schema(d, "Answer")["properties"].pop("slug"), ".slug is gone"),
        (lambda d: _schema(d, "Answer")["required"].remove("slug"), "may now be missing"),
        (lambda d: _schema(d, "Answer")["properties"].update(slug={"type": "integer"}), "type"),
        (lambda d: _schema(d, "JobStatus")["enum"].append("lost"), "may now be ['lost']"),
        (
            lambda d: _schema(d, "CreateAnswer")["properties"]["question"].update(maxLength=9),
            "maxLength 9",
        ),
        (
            lambda d: _schema(d, "GiveFeedback")["properties"]["vote"].update(enum=["up"]),
            "takes only ['up']",
        ),
        (lambda d: d["paths"]["/v1/answers"]["post"]["responses"].pop("201"), "201 is gone"),
        (
            lambda d: d["paths"]["/v1/answers"]["post"]["responses"]["200"]["content"].clear(),
            "text/event-stream is gone",
        ),
    ],
)
def test_a_change_that_breaks_clients_is_found(
    change: Callable[[dict[str, Any]], Any], told: str
) -> None:
    assert any(told in line for line in _edit(change))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["paths"].update({"/v1/threads": {"get": {"responses": {}}}}),
        lambda d: _schema(d, "Answer")["properties"].update(thread={"type": "string"}),
        lambda d: _schema(d, "CreateAnswer")["properties"].update(thread={"type": "string"}),
        lambda d: _schema(d, "CreateAnswer")["properties"]["question"].update(maxLength=9000),
        lambda d: d["info"].update(version="9.9"),
    ],
)
def test_a_change_that_adds_breaks_nobody(change: Callable[[dict[str, Any]], Any]) -> None:
    assert _edit(change) == []


def examples(node: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    if isinstance(node, dict):
        for example in node.get("examples", ()) if "type" in node or "anyOf" in node else ():
            yield node, example
        for value in node.values():
            yield from examples(value)
    elif isinstance(node, list):
        for value in node:
            yield from examples(value)


def test_every_example_is_valid() -> None:
    document = api_document()
    found = list(examples(document))
    assert len(found) >= 4
    for schema, example in found:
        whole = {**schema, "components": document["components"]}
        jsonschema_rs.validator_for(whole).validate(example)


def test_the_document_is_itself_valid_and_lists_every_code() -> None:
    document = api_document()
    assert document["openapi"].startswith("3.1")
    assert set(_schema(document, "Code")["enum"]) == set(Code)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["description"] or operation["summary"], path
            assert {"4XX", "5XX"} <= set(operation["responses"]) or not path.startswith("/v1")


def test_the_document_is_served_with_a_tag(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            first = client.get("/openapi.json")
            assert first.json() == api_document()
            again = client.get("/openapi.json", headers={"If-None-Match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/v1/answers", "GET, POST"),
        ("/v1/answers/ans_1/feedback", "GET, POST"),
        ("/v1/documents/doc_1", "DELETE, GET"),
        ("/livez", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(tmp_path: Path, path: str, allow: str) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            refused = client.put(path)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert refused.headers["allow"] == allow


def test_a_parameter_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            refused = client.get("/v1/answers?limt=5")
    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"pointer": "?limt", "detail": "no such parameter"}]
