from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st
from notes import write_note
from serving import DISCLAIMER, NOW, QuotingAssistant, make_index, settings

from api.app import create_app
from index.index import Index
from index.records import StoredDocument
from rag.report import SourceCard


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    with make_index(folder) as index:
        yield index


@pytest.fixture(scope="module")
def client(folder: Path, index: Index) -> Iterator[TestClient]:
    app = create_app(QuotingAssistant(index), settings(folder), keyless=True, clock=lambda: NOW)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


@pytest.fixture(scope="module")
def harbour(index: Index) -> StoredDocument:
    with index.snapshot() as snapshot:
        ids = {source.key: i for i, source in snapshot.sources()}
        return snapshot.document(ids["harbour"])


def test_a_source_is_its_stored_text_and_what_a_report_says_of_it(
    client: TestClient, harbour: StoredDocument
) -> None:
    data = client.get(f"/v1/sources/{harbour.id}").json()
    assert data["text"] == harbour.text
    assert data["length"] == len(harbour.text)
    assert data["live"] is True
    assert data["disclaimer"] == DISCLAIMER
    assert set(data["card"]) == set(SourceCard.__slots__) - {"n"}
    assert data["card"]["published"] == "2025-03"


def test_an_older_version_is_read_by_its_hash(tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        app = create_app(QuotingAssistant(index), settings(tmp_path), keyless=True)
        with index.snapshot() as snapshot:
            ids = {source.key: i for i, source in snapshot.sources()}
            old = snapshot.document(ids["harbour"])
        write_note(tmp_path / "notes", "harbour.md", "It is all new.", id="harbour", title="New")
        index.sync([tmp_path / "notes"])
        with TestClient(app, base_url="http://localhost") as client:
            path = f"/v1/sources/{old.id}"
            new = client.get(path).json()
            assert new["text"] != old.text
            found = client.get(path, params={"at": old.sha256}).json()
            assert (found["text"], found["live"]) == (old.text, False)
            span = {"start": 0, "end": 5, "at": old.sha256}
            passage = client.get(f"{path}/passage", params=span).json()
            assert passage["exact"] == old.text[:5]
            assert client.get(path, params={"at": "0" * 64}).status_code == 404


@given_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_passage_is_the_span_with_its_context_in_every_unit(
    client: TestClient, harbour: StoredDocument, data: st.DataObject
) -> None:
    text = harbour.text
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    context = data.draw(st.integers(0, 30))
    encoding = data.draw(st.sampled_from(["codepoint", "utf16", "utf8"]))

    def unit(offset: int) -> int:
        if encoding == "codepoint":
            return offset
        if encoding == "utf16":
            return len(text[:offset].encode("utf-16-le")) // 2
        return len(text[:offset].encode())

    found = client.get(
        f"/v1/sources/{harbour.id}/passage",
        params={
            "start": unit(start),
            "end": unit(end),
            "context": context,
            "offset_encoding": encoding,
        },
    ).json()
    assert found["exact"] == text[start:end] == found["selector"]["exact"]
    assert found["before"] == text[max(0, start - context) : start]
    assert found["after"] == text[end : end + context]
    assert found["locator"]["start"] == found["start"] == unit(start)
    assert found["locator"]["end"] == found["end"] == unit(end)


def test_a_passage_knows_its_headings(client: TestClient, harbour: StoredDocument) -> None:
    start = harbour.text.index("The count")
    span = {"start": start, "end": start + 9}
    found = client.get(f"/v1/sources/{harbour.id}/passage", params=span).json()
    assert found["headings"] == ["About harbour"]


@pytest.mark.parametrize(
    ("span", "pointer"),
    [
        ({"start": 5, "end": 5}, "?end"),
        ({"start": 9, "end": 5}, "?end"),
        ({"start": 0, "end": 10**9}, "?end"),
        ({"start": -1, "end": 5}, "?start"),
        ({"start": "x", "end": 5}, "?start"),
        ({"start": 0}, "?end"),
        ({"start": 0, "end": 3, "at": "../../etc/passwd"}, "?at"),
        ({"start": 0, "end": 3, "context": 10**6}, "?context"),
        ({"start": 0, "end": 3, "offset_encoding": "utf32"}, "?offset_encoding"),
    ],
)
def test_a_span_that_is_none_is_refused(
    client: TestClient, harbour: StoredDocument, span: dict[str, Any], pointer: str
) -> None:
    response = client.get(f"/v1/sources/{harbour.id}/passage", params=span)
    assert response.status_code == 422
    assert [e["pointer"] for e in response.json()["errors"]] == [pointer]


def test_half_a_character_is_no_span(client: TestClient, harbour: StoredDocument) -> None:
    inside = len(harbour.text[: harbour.text.index("🛥")].encode("utf-16-le")) // 2 + 1
    span = {"start": inside, "end": inside + 5, "offset_encoding": "utf16"}
    response = client.get(f"/v1/sources/{harbour.id}/passage", params=span)
    assert response.json()["errors"][0]["pointer"] == "?start"


@pytest.mark.parametrize(
    "source_id",
    ["doc_" + "0" * 26, "doc_x", "..%2f..%2fsecret", "%00", "x' OR 1=1 --", "doc_" + "0" * 4000],
)
def test_an_unknown_source_is_not_found(client: TestClient, source_id: str) -> None:
    response = client.get(f"/v1/sources/{source_id}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


def test_a_search_returns_spans_of_stored_texts(
    client: TestClient, harbour: StoredDocument
) -> None:
    body = {"query": "boats counted harbour", "k": 2, "offset_encoding": "utf16"}
    found = client.post("/v1/search", json=body).json()
    assert found["corpus"]["documents"] == 3
    assert found["disclaimer"] == DISCLAIMER
    best = found["data"][0]
    assert len(found["data"]) == 2
    assert best["source"]["id"] == harbour.id
    data = harbour.text.encode("utf-16-le")
    assert data[2 * best["start"] : 2 * best["end"]].decode("utf-16-le") == best["quote"]
    assert best["quote"] in harbour.text
    assert best["scores"]["dense_rank"] == 1


def test_a_search_before_a_date_leaves_later_documents_out(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "boats", "as_of": "2020"}).json()
    assert found["data"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"query": "boats", "as_of": "yesterday"}, "/as_of"),
        ({"query": "boats", "as_of": "2024-02-31"}, "/as_of"),
        ({"query": "boats", "k": 0}, "/k"),
        ({"query": "boats", "k": "3"}, "/k"),
        ({"query": "   "}, "/query"),
        ({}, "/query"),
    ],
)
def test_a_search_that_is_none_is_refused(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    response = client.post("/v1/search", json=body)
    assert response.status_code == 422
    assert [e["pointer"] for e in response.json()["errors"]] == [pointer]
