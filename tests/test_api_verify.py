import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes import WordHashEmbedder
from fastapi.testclient import TestClient
from notes import write_note
from serving import settings

from api.app import create_app
from index.index import Index
from rag.assistant import Assistant
from rag.verify.hand import HandVerifier
from rag.write.verbatim import VerbatimWriter

BODY = (
    "On 3 May 2024 the Harbour Office closed the Orme bridge to lorries. "
    "The Harbour Office found that 12 of the 40 cables of the Orme bridge had failed."
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server with the real assistant over one note."""
    folder = tmp_path_factory.mktemp("verify")
    write_note(
        folder / "notes", "a.md", BODY, id="a", title="Inspection", publisher="Harbour Office"
    )
    with Index.open(folder / "index", WordHashEmbedder(), writable=True) as index:
        index.sync([folder / "notes"])
        assistant = Assistant(index, VerbatimWriter(), HandVerifier())
        app = create_app(assistant, settings(folder), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            yield client


@pytest.fixture(scope="module")
def answer(client: TestClient) -> dict[str, Any]:
    question = "Who closed the Orme bridge to lorries?"
    data: dict[str, Any] = client.post("/v1/answers", json={"question": question}).json()
    assert data["report"]["status"] == "answered"
    return data


def test_an_answer_its_report_and_its_bundle_pass(
    client: TestClient, answer: dict[str, Any]
) -> None:
    bundle = client.get(f"/v1/answers/{answer['id']}/bundle").json()
    assert bundle["schema"] == "citeproof/bundle@1"
    for sent in (answer, answer["report"], bundle):
        result = client.post("/v1/verify", json=sent).json()
        assert result["passed"] is True, result
        assert result["report_id"] == answer["report"]["id"]


def test_a_changed_quote_does_not_pass(client: TestClient, answer: dict[str, Any]) -> None:
    changed = json.loads(json.dumps(answer["report"]))
    changed["summary"][0]["citations"][0]["quote"] = "The bridge is safe."
    result = client.post("/v1/verify", json=changed).json()
    assert result["passed"] is False
    assert "changed" in [c["outcome"] for c in result["checked"]]


def test_a_report_on_unknown_sources_cannot_be_judged(
    client: TestClient, answer: dict[str, Any]
) -> None:
    text = json.dumps(answer["report"])
    text = text.replace(answer["report"]["sources"][0]["sha256"], "0" * 64)
    result = client.post(
        "/v1/verify", content=text, headers={"Content-Type": "application/json"}
    ).json()
    assert result["passed"] is False
    assert "could_not_judge" in [c["outcome"] for c in result["checked"]]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{}", 422, "invalid_report"),
        ("[]", 422, "invalid_report"),
        ("3", 422, "invalid_report"),
        ("", 400, "malformed_body"),
        ("{", 400, "malformed_body"),
        ("[" * 100_000, 400, "malformed_body"),
        ('{"object": "answer", "offset_encoding": "utf16"}', 422, "invalid_report"),
        ('{"object": "answer", "offset_encoding": "codepoint"}', 422, "invalid_report"),
        ('{"schema": "citeproof/report@1", "schema": "x"}', 422, "invalid_report"),
        ('{"schema": "citeproof/report@1", "id": "\\ud800"}', 422, "invalid_report"),
        ('{"schema": "citeproof/bundle@1"}', 422, "invalid_report"),
    ],
)
def test_what_is_no_report_is_refused_with_its_fault(
    client: TestClient, body: str, status: int, code: str
) -> None:
    response = client.post("/v1/verify", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_bytes_that_are_no_text_are_refused(client: TestClient) -> None:
    response = client.post(
        "/v1/verify", content=b'{"a": "\xff"}', headers={"Content-Type": "application/json"}
    )
    assert response.json()["code"] == "malformed_body"
