import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from serving import NOW, QuotingAssistant, make_index, settings

from api.app import create_app
from api.guard import needs_of
from api.problems import MEANINGS, Code, errors_page
from index.index import Index

DOCS = Path(__file__).parent.parent / "docs"
QUESTION = {"question": "How many boats are there?"}
PUBLIC = {"/livez", "/readyz", "/healthz", "/version", "/errors", "/openapi.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("border")


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    with make_index(folder) as index:
        yield index


@pytest.fixture(scope="module")
def client(folder: Path, index: Index) -> Iterator[TestClient]:
    app = create_app(
        QuotingAssistant(index),
        settings(folder, max_json_bytes=2000),
        keyless=True,
        clock=lambda: NOW,
    )
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def post(
    client: TestClient, body: bytes | str, content_type: str = "application/json"
) -> tuple[int, str]:
    response = client.post("/v1/answers", content=body, headers={"Content-Type": content_type})
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    assert problem["type"] == f"/errors#{problem['code']}"
    assert problem["instance"] == "/v1/answers"
    assert problem["request_id"] == response.headers["x-request-id"]
    return response.status_code, problem["code"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (422, "invalid_request")),
        (b"{", (400, "malformed_body")),
        (b"\xff\xfe", (400, "malformed_body")),
        (b"[" * 1999, (400, "malformed_body")),
        (b"null", (422, "invalid_request")),
        (b"[]", (422, "invalid_request")),
        (b'{"question": null}', (422, "invalid_request")),
        (b'{"question": 3}', (422, "invalid_request")),
        (b'{"question": ["a"]}', (422, "invalid_request")),
        (b'{"question": ""}', (422, "invalid_request")),
        (b'{"question": "a b c", "x": NaN}', (422, "invalid_request")),
        (b'{"question": "\\ud800 boats"}', (422, "invalid_request")),
        (b'{"question": "boats", "\\ud800": 1}', (422, "invalid_request")),
        (b'{"question": "boats", "stream": "yes"}', (422, "invalid_request")),
        (b'{"question": "boats", "stream": 1}', (422, "invalid_request")),
        (b'{"question": "boats", "as_of": "2024-13"}', (422, "invalid_request")),
        (b'{"question": "boats", "offset_encoding": "utf32"}', (422, "invalid_request")),
        (b'{"question": "???"}', (422, "invalid_question")),
        (b'{"question": "\\u0000\\u0007"}', (422, "invalid_question")),
        (b'{"question": "\\u200b\\u200b"}', (422, "invalid_question")),
        (b'{"question": "' + b"x" * 2000 + b'"}', (413, "body_too_large")),
    ],
)
def test_a_body_that_is_no_question_is_refused_in_full(
    client: TestClient, body: bytes, expected: tuple[int, str]
) -> None:
    assert post(client, body) == expected


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "", "x"])
def test_other_media_types_are_not_read(client: TestClient, content_type: str) -> None:
    found = post(client, json.dumps(QUESTION), content_type)
    assert found == (415, "unsupported_media_type")


def test_a_body_without_a_declared_length_is_cut_at_the_limit(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b'{"question": "' + b"x" * 500

    response = client.post(
        "/v1/answers", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_question_of_4000_characters_is_too_long_with_one_more(
    folder: Path, index: Index
) -> None:
    app = create_app(QuotingAssistant(index), settings(folder), keyless=True)
    with TestClient(app, base_url="http://localhost") as client:
        for length, status in ((4000, 201), (4001, 422)):
            question = ("boats " * 1000)[:length]
            assert client.post("/v1/answers", json={"question": question}).status_code == status


def test_headers_have_a_limit(client: TestClient) -> None:
    response = client.get("/v1/answers", headers={"X-Much": "x" * 20_000})
    assert (response.status_code, response.json()["code"]) == (431, "headers_too_large")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nothing", (404, "not_found")),
        ("GET", "/v1/nothing", (404, "not_found")),
        ("PUT", "/v1/answers", (405, "method_not_allowed")),
        ("DELETE", "/v1/search", (405, "method_not_allowed")),
        ("BREW", "/v1/search", (405, "method_not_allowed")),
    ],
)
def test_what_is_not_there_is_a_problem_too(
    client: TestClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.json()["code"]) == expected


def test_a_request_id_of_the_client_is_kept_if_it_is_harmless(client: TestClient) -> None:
    for given, kept in (
        ("0123-abc_X.y", True),
        ("short", False),
        ("x" * 65, False),
        ("a b c d e f g", False),
        ('id"<script>', False),
    ):
        response = client.get("/livez", headers={"X-Request-Id": given})
        assert (response.headers["x-request-id"] == given) is kept
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example:8380"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://localhost@evil.example"},
    ],
)
def test_without_keys_no_page_of_another_origin_is_answered(
    client: TestClient, headers: dict[str, str]
) -> None:
    response = client.post("/v1/answers", json=QUESTION, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "origin_not_allowed")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "127.0.0.1:8380"},
        {"Host": "[::1]:8380"},
        {"Host": "localhost:1", "Origin": "http://localhost:3000"},
        {"Host": "127.8.9.1"},
    ],
)
def test_without_keys_this_machine_is_answered(client: TestClient, headers: dict[str, str]) -> None:
    assert client.get("/v1/answers", headers=headers).status_code == 200


def test_a_server_with_keys_refuses_who_has_none_before_reading_anything(
    folder: Path, index: Index
) -> None:
    app = create_app(QuotingAssistant(index), settings(folder))
    with TestClient(app, base_url="http://localhost") as client:
        for method, path in (("POST", "/v1/answers"), ("GET", "/v1/nothing"), ("GET", "/v1")):
            response = client.request(method, path, content=b"{" * 10_000)
            assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
            assert response.headers["www-authenticate"].startswith("Bearer")


def test_every_route_is_public_by_name_or_guarded(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert len(paths) > 10
    for path, operations in paths.items():
        for operation in operations.values():
            assert bool(operation["security"]) is path.startswith("/v1/")
            assert path.startswith("/v1/") or path in PUBLIC


def test_no_guarded_endpoint_forgot_what_it_needs() -> None:
    from api.app import ROUTERS

    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            assert (needs_of(route.endpoint) is None) is (route.path in PUBLIC)


def test_health_tells_generation_and_release(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    for path in ("/readyz", "/healthz"):
        assert client.get(path).json() == {"status": "ready", "generation": "g000001"}
    assert client.get("/version").json()["report_schema"] == "citeproof/report@1"


def test_the_error_codes_are_documented_one_and_all(client: TestClient) -> None:
    assert set(MEANINGS) == set(Code)
    page = client.get("/errors").text
    assert page == errors_page() == (DOCS / "errors.md").read_text(encoding="utf-8")
    assert all(f"## {code}\n" in page for code in Code)
