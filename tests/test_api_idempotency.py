import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from serving import NOW, QuotingAssistant, make_index, read_events, settings

from api.app import create_app
from api.database import Database
from api.idempotency import Idempotency, finish
from api.keys import Terms
from api.problems import Problem
from api.records import open_records
from index.index import Index

QUESTION = {"question": "How many boats are there?"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with make_index(tmp_path_factory.mktemp("idempotency")) as index:
        yield index


@pytest.fixture
def assistant(index: Index) -> QuotingAssistant:
    return QuotingAssistant(index)


@pytest.fixture
def client(tmp_path: Path, assistant: QuotingAssistant) -> Iterator[TestClient]:
    app = create_app(
        assistant,
        settings(tmp_path, answers_at_once=8, queue=64),
        keyless=True,
        clock=lambda: NOW,
    )
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def test_the_same_request_again_gives_the_same_answer(
    client: TestClient, assistant: QuotingAssistant
) -> None:
    first, second = (
        client.post("/v1/answers", json=QUESTION, headers=key("one")) for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(assistant.closed) == 1


def test_a_stream_is_replayed_as_it_was(client: TestClient, assistant: QuotingAssistant) -> None:
    body = {**QUESTION, "stream": True}
    first, second = (client.post("/v1/answers", json=body, headers=key("one")) for _ in range(2))
    told, again = read_events(first.text), read_events(second.text)
    assert told == again
    assert told.names[-1] == "answer.completed"
    assert len(assistant.closed) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"question": "How many boats were there?"},
        {**QUESTION, "stream": True},
        {**QUESTION, "offset_encoding": "utf16"},
        {**QUESTION, "as_of": "2025"},
    ],
)
def test_another_request_under_the_key_is_refused(
    client: TestClient, other: dict[str, object]
) -> None:
    assert client.post("/v1/answers", json=QUESTION, headers=key("one")).status_code == 201
    refused = client.post("/v1/answers", json=other, headers=key("one"))
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")


@pytest.mark.parametrize("name", ["", "x" * 256, "a b", "caf\u00e9"])
def test_a_key_that_is_none_is_refused(client: TestClient, name: str) -> None:
    headers = {b"Idempotency-Key": name.encode()}
    refused = client.post("/v1/answers", json=QUESTION, headers=headers)  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "@Idempotency-Key"


def test_a_request_that_failed_can_be_sent_again(
    client: TestClient, assistant: QuotingAssistant
) -> None:
    def fail(_: str) -> None:
        raise ValueError("broken")

    assistant.before = fail
    failed = client.post("/v1/answers", json=QUESTION, headers=key("one"))
    assert (failed.status_code, failed.json()["code"]) == (500, "internal")
    assistant.before = lambda _: None
    assert client.post("/v1/answers", json=QUESTION, headers=key("one")).status_code == 201


def test_a_request_that_was_refused_holds_no_key(client: TestClient) -> None:
    runs = client.app.state.services.runs  # type: ignore[attr-defined]
    runs.draining = True
    assert client.post("/v1/answers", json=QUESTION, headers=key("one")).status_code == 503
    runs.draining = False
    assert client.post("/v1/answers", json=QUESTION, headers=key("one")).status_code == 201


def test_while_the_first_is_worked_on_the_second_is_told_to_wait(
    client: TestClient, assistant: QuotingAssistant
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def before(_: str) -> None:
        reached.set()
        go_on.wait()

    assistant.before = before
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(client.post, "/v1/answers", json=QUESTION, headers=key("one"))
        reached.wait()
        second = client.post("/v1/answers", json=QUESTION, headers=key("one"))
        go_on.set()
        assert first.result().status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_progress")
    assert second.headers["retry-after"] == "1"


def test_keys_of_different_owners_are_different(client: TestClient, tmp_path: Path) -> None:
    keys = client.app.state.services.admission.keys  # type: ignore[attr-defined]
    tokens = [keys.create(Terms("sk", site), NOW).token for site in ("a", "b", "b")]
    ids = {
        client.post(
            "/v1/answers",
            json=QUESTION,
            headers={"Authorization": f"Bearer {token}", **key("one")},
        ).json()["id"]
        for token in tokens
    }
    assert len(ids) == 3


def test_feedback_is_given_once(client: TestClient) -> None:
    answer = client.post("/v1/answers", json=QUESTION).json()
    path = f"/v1/answers/{answer['id']}/feedback"
    first, second = (client.post(path, json={"vote": "up"}, headers=key("one")) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert len(client.get(path).json()["data"]) == 1


def test_feedback_that_was_refused_holds_no_key(client: TestClient) -> None:
    answer = client.post("/v1/answers", json=QUESTION).json()
    path = f"/v1/answers/{answer['id']}/feedback"
    wrong = {"vote": "up", "citation": 999}
    codes = [client.post(path, json=wrong, headers=key("one")).status_code for _ in range(2)]
    assert codes == [422, 422]
    absent = client.post("/v1/answers/ans_x/feedback", json={"vote": "up"}, headers=key("two"))
    assert absent.status_code == 404


@bounded(max_examples=8, deadline=None)
@given(duplicates=st.lists(st.sampled_from(["one", "two", "three"]), min_size=2, max_size=10))
def test_concurrent_duplicates_make_one_answer_each(
    tmp_path_factory: pytest.TempPathFactory, index: Index, duplicates: list[str]
) -> None:
    assistant = QuotingAssistant(index)
    folder = tmp_path_factory.mktemp("duplicates")
    app = create_app(
        assistant, settings(folder, answers_at_once=8), keyless=True, clock=lambda: NOW
    )
    with TestClient(app, base_url="http://localhost") as client, ThreadPoolExecutor(10) as threads:

        def ask(name: str) -> tuple[str, int, str | None]:
            found = client.post("/v1/answers", json=QUESTION, headers=key(name))
            return name, found.status_code, found.json().get("id")

        found = list(threads.map(ask, duplicates))
        listed = client.get("/v1/answers").json()["data"]
    assert {status for _, status, _ in found} <= {201, 409}
    made = {(name, answer) for name, status, answer in found if status == 201}
    assert {name for name, _ in made} == set(duplicates)
    assert len(made) == len(listed) == len(assistant.closed) == len(set(duplicates))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Database]:
    with closing(open_records(tmp_path)) as records:
        yield records


def test_a_key_is_forgotten_after_a_day(records: Database) -> None:
    known = Idempotency(records, longest=60)
    claim = known.claim("a", "key", "print", NOW)
    with records.writing() as db:
        finish(db, claim, "ans_1")
    assert known.claim("a", "key", "print", NOW + 86_400).result == "ans_1"
    assert known.claim("a", "key", "another", NOW + 86_401).result is None


def test_the_key_of_a_process_that_died_is_free_again(records: Database) -> None:
    known = Idempotency(records, longest=60)
    known.claim("a", "key", "print", NOW)
    with pytest.raises(Problem):
        known.claim("a", "key", "print", NOW + 60)
    assert known.claim("a", "key", "print", NOW + 61).result is None
    with pytest.raises(Problem):
        known.claim("a", "key", "print", NOW + 62)
