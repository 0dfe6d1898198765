import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from serving import DISCLAIMER, NOW, QuotingAssistant, make_index, read_events, settings

from api.app import create_app
from index.index import Index
from rag.render.json import from_data

QUESTION = "How many boats are in the harbour?"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with make_index(tmp_path) as index:
        yield index


@pytest.fixture
def assistant(index: Index) -> QuotingAssistant:
    return QuotingAssistant(index)


@pytest.fixture
def client(tmp_path: Path, assistant: QuotingAssistant) -> Iterator[TestClient]:
    app = create_app(assistant, settings(tmp_path), keyless=True, clock=lambda: NOW)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def ask(client: TestClient, question: str = QUESTION, **options: Any) -> dict[str, Any]:
    response = client.post("/v1/answers", json={"question": question, **options})
    assert response.status_code == 201, response.text
    data: dict[str, Any] = response.json()
    return data


def citations(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for section in report["sections"]:
        for statement in section["statements"]:
            yield from statement["citations"]


def test_an_answer_is_a_report_in_an_envelope(client: TestClient) -> None:
    response = client.post("/v1/answers", json={"question": QUESTION})
    answer = response.json()
    assert list(answer) == [
        "id",
        "object",
        "created",
        "slug",
        "version",
        "offset_encoding",
        "report",
        "usage",
        "timings_ms",
        "warnings",
    ]
    assert answer["object"] == "answer"
    assert answer["created"] == NOW
    assert answer["slug"].startswith("how-many-boats-are-in-the-harbour-")
    assert answer["offset_encoding"] == "codepoint"
    assert answer["report"]["disclaimer"] == DISCLAIMER
    assert answer["report"]["corpus"]["generation"] == "g000001"
    assert set(answer["timings_ms"]) == {"retrieve", "first_statement", "total"}
    assert response.headers["location"] == f"/v1/answers/{answer['id']}"
    assert response.headers["cache-control"] == "no-store"
    from_data(answer["report"])  # more fields than the schema names, all of its own in place


def test_an_answer_is_read_as_it_was_given(client: TestClient) -> None:
    answer = ask(client)
    assert client.get(f"/v1/answers/{answer['id']}").json() == answer


@pytest.mark.parametrize(
    ("encoding", "codec", "width"), [("utf16", "utf-16-le", 2), ("utf8", "utf-8", 1)]
)
def test_offsets_are_counted_in_the_unit_asked_for(
    client: TestClient, index: Index, encoding: str, codec: str, width: int
) -> None:
    answer = ask(client, offset_encoding=encoding)
    plain = client.get(f"/v1/answers/{answer['id']}").json()
    read = client.get(f"/v1/answers/{answer['id']}", params={"offset_encoding": encoding}).json()
    assert read == answer
    assert answer["offset_encoding"] == encoding
    ids = {card["n"]: card["id"] for card in answer["report"]["sources"]}
    differing = 0
    with index.snapshot() as snapshot:
        pairs = zip(citations(answer["report"]), citations(plain["report"]), strict=True)
        for found, original in pairs:
            data = snapshot.document(ids[found["n"]]).text.encode(codec)
            quote = data[width * found["start"] : width * found["end"]].decode(codec)
            assert quote == found["quote"] == found["selector"]["exact"]
            differing += found["start"] != original["start"]
    assert differing >= 2
    counted = answer["report"]["sections"][0]["statements"][-1]
    named = [f"{c['n']}:{c['start']}-{c['end']}" for c in counted["citations"]]
    assert counted["computation"]["spans"] == named


def test_a_refusal_is_an_answer_with_anchored_passages(client: TestClient) -> None:
    report = ask(client, "Is there nothing about trains?")["report"]
    assert report["status"] == "refused"
    passage = report["refusal"]["nearest"][0]
    assert passage["selector"]["exact"] == passage["quote"]


def test_a_stream_tells_the_same_answer_step_by_step(client: TestClient) -> None:
    response = client.post("/v1/answers", json={"question": QUESTION, "stream": True})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    found = read_events(response.text)
    assert found.ids == [str(n) for n in range(1, len(found.ids) + 1)]
    assert found.names[:2] == ["question.understood", "sources.found"]
    assert found.names[-2:] == ["gaps.found", "answer.completed"]
    assert found.names.count("statement.verified") == 9
    answer = json.loads(found.data[-1])
    opening = json.loads(found.data[0])
    assert opening["id"] == answer["id"]
    assert opening["disclaimer"] == DISCLAIMER
    told = [
        json.loads(data)["statement"]
        for name, data in zip(found.names, found.data, strict=True)
        if name == "statement.verified"
    ]
    report = answer["report"]
    assert told == [*report["summary"], *report["sections"][0]["statements"]]
    assert client.get(f"/v1/answers/{answer['id']}").json() == answer


def test_a_finished_stream_can_be_taken_up_after_any_event(client: TestClient) -> None:
    first = client.post(
        "/v1/answers", json={"question": QUESTION, "stream": True, "offset_encoding": "utf16"}
    )
    whole = read_events(first.text)
    path = f"/v1/answers/{json.loads(whole.data[0])['id']}/events?offset_encoding=utf16"
    for seen in (0, 1, 5, len(whole.ids) - 1):
        again = client.get(path, headers={"Last-Event-ID": str(seen)})
        assert read_events(again.text).data == whole.data[seen:]


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_fails_ends_in_one_error_without_its_cause(
    client: TestClient, assistant: QuotingAssistant, stream: bool
) -> None:
    def fail(event: str) -> None:
        if event == "plan.made":
            raise RuntimeError("secret path /etc/passwd")

    assistant.before = fail
    response = client.post("/v1/answers", json={"question": QUESTION, "stream": stream})
    if stream:
        found = read_events(response.text)
        assert found.names[-1] == "error"
        assert found.names.count("error") == 1
        problem = json.loads(found.data[-1])
    else:
        assert response.status_code == 500
        problem = response.json()
    assert problem["code"] == "internal"
    assert problem["request_id"] == response.headers["x-request-id"]
    assert "passwd" not in response.text
    assert client.get("/v1/answers").json()["data"] == []


def test_answers_are_listed_newest_first_in_pages_that_stay_right_while_more_come(
    client: TestClient,
) -> None:
    ids = [ask(client, f"Question number {n} about boats?")["id"] for n in range(5)]
    first = client.get("/v1/answers", params={"limit": 2}).json()
    assert [item["id"] for item in first["data"]] == ids[:2:-1]
    assert first["has_more"]
    assert first["first_id"] == ids[4]
    assert first["last_id"] == ids[3]
    ask(client)
    seen, after = ids[:2:-1], first["next_after"]
    while after:
        page = client.get("/v1/answers", params={"limit": 2, "after": after}).json()
        seen += [item["id"] for item in page["data"]]
        after = page["next_after"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("change", ["x", "", "AAAA", "é", "." * 401])
def test_a_forged_cursor_is_refused(client: TestClient, change: str) -> None:
    for n in range(2):
        ask(client, f"Question number {n} about boats?")
    cursor = client.get("/v1/answers", params={"limit": 1}).json()["next_after"]
    response = client.get("/v1/answers", params={"after": change + cursor[4:] + change})
    assert response.json()["code"] in ("invalid_cursor", "invalid_request")
    assert client.get("/v1/answers", params={"after": cursor}).status_code == 200


def test_sources_that_changed_since_are_warned_of(client: TestClient, index: Index) -> None:
    answer = ask(client)
    card = answer["report"]["sources"][0]
    index.delete(card["id"])
    read = client.get(f"/v1/answers/{answer['id']}").json()
    assert read["warnings"] == [
        {
            "code": "source_withdrawn",
            "detail": "Source [1] is not in the index any more.",
        }
    ]
    assert read["report"] == answer["report"]
    assert card["id"] not in [c["id"] for c in ask(client)["report"]["sources"]]


def test_an_unchanged_answer_is_not_sent_twice(client: TestClient) -> None:
    path = f"/v1/answers/{ask(client)['id']}"
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_feedback_is_kept_with_the_answer(client: TestClient) -> None:
    path = f"/v1/answers/{ask(client)['id']}/feedback"
    given = {"vote": "down", "reason": "wrong_source", "citation": 2, "statement": "s3"}
    response = client.post(path, json=given)
    assert response.status_code == 201
    assert response.json().items() >= given.items()
    assert client.get(path).json()["data"] == [response.json()]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"vote": "sideways"}, "/vote"),
        ({"vote": "up", "reason": "boring"}, "/reason"),
        ({"vote": "up", "statement": "s99"}, "/statement"),
        ({"vote": "up", "citation": 99}, "/citation"),
        ({"vote": "up", "citation": 0}, "/citation"),
        ({"vote": "up", "comment": "x" * 2001}, "/comment"),
        ({"vote": "up", "more": 1}, "/more"),
    ],
)
def test_feedback_on_what_is_not_there_is_refused(
    client: TestClient, body: dict[str, Any], pointer: str
) -> None:
    response = client.post(f"/v1/answers/{ask(client)['id']}/feedback", json=body)
    assert response.status_code == 422
    assert [e["pointer"] for e in response.json()["errors"]] == [pointer]


def test_an_unknown_answer_is_not_found(client: TestClient) -> None:
    for path in ("ans_x", "ans_x/events", "ans_x/feedback", "..%2f..%2fsecret", "%00"):
        response = client.get(f"/v1/answers/{path}")
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
