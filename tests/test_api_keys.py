import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from serving import NOW, QuotingAssistant, make_index, settings
from typer.testing import CliRunner, Result

from api.app import create_app
from api.caller import PUBLISHABLE, Permission
from api.errors import KeyNotFound, KeyRefused
from api.keys import Keys, Terms, origins_of
from api.records import open_records
from api.secret import server_secret
from index.index import Index
from rag.cli.app import app as command_line

PAGE = "https://www.example.org"
QUESTION = {"question": "How many boats are there?"}
SECRET = Terms("sk", "news")
PAGES = Terms("pk", "news", origins=frozenset({PAGE}))


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with make_index(tmp_path_factory.mktemp("keys")) as index:
        yield index


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, index: Index, clock: Clock) -> Iterator[TestClient]:
    app = create_app(
        QuotingAssistant(index), settings(tmp_path, address_per_minute=3), keyless=True, clock=clock
    )
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def keys_of(client: TestClient) -> Keys:
    keys: Keys = client.app.state.services.admission.keys  # type: ignore[attr-defined]
    return keys


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def test_a_key_opens_what_its_scopes_say(client: TestClient) -> None:
    token = keys_of(client).create(replace(SECRET, scopes=frozenset({Permission.ASK})), NOW).token
    asked = client.post("/v1/answers", json=QUESTION, headers=bearer(token))
    assert asked.status_code == 201
    read = client.get(asked.headers["location"], headers=bearer(token))
    assert (read.status_code, read.json()["code"]) == (403, "insufficient_scope")


def test_the_first_key_ends_answering_without_one(client: TestClient) -> None:
    assert client.post("/v1/answers", json=QUESTION).status_code == 201
    keys_of(client).create(SECRET, NOW)
    refused = client.post("/v1/answers", json=QUESTION)
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "X-Real-IP"])
def test_without_keys_what_comes_through_a_proxy_is_refused(client: TestClient, name: str) -> None:
    refused = client.post("/v1/answers", json=QUESTION, headers={name: "192.0.2.1"})
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t[:-1],
        lambda t: t + "0",
        lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
        lambda t: "pk" + t[2:],
        lambda t: t.upper(),
        lambda t: t.replace("_", "-"),
        lambda _: "sk_",
        lambda _: "",
        lambda t: f"{t} {t}",
        lambda t: t[:30] + "'; DROP TABLE keys; --",
    ],
)
def test_what_is_not_exactly_a_live_key_opens_nothing(client: TestClient, spoil: object) -> None:
    token = keys_of(client).create(SECRET, NOW).token
    assert callable(spoil)
    refused = client.get("/v1/answers", headers=bearer(spoil(token)))
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert client.get("/v1/answers", headers=bearer(token)).status_code == 200


def test_the_records_do_not_hold_the_token(client: TestClient, tmp_path: Path) -> None:
    minted = keys_of(client).create(SECRET, NOW)
    half = minted.token.rsplit("_", 1)[1].encode()
    stored = [path.read_bytes() for path in (tmp_path / "server").iterdir()]
    assert stored
    assert not [data for data in stored if half in data]


def test_a_revoked_or_expired_key_opens_nothing_at_once(client: TestClient, clock: Clock) -> None:
    keys = keys_of(client)
    revoked, expiring = (
        keys.create(SECRET, NOW),
        keys.create(SECRET, NOW, expires=int(NOW) + 10),
    )
    for minted in (revoked, expiring):
        assert client.get("/v1/answers", headers=bearer(minted.token)).status_code == 200
    keys.revoke(revoked.key.id, NOW)
    clock.now = NOW + 10
    for minted in (revoked, expiring):
        assert client.get("/v1/answers", headers=bearer(minted.token)).status_code == 401
        with pytest.raises(KeyNotFound):
            keys.revoke(minted.key.id, clock.now)
        with pytest.raises(KeyNotFound):
            keys.rotate(minted.key.id, clock.now, overlap=1)


def test_rotation_keeps_both_keys_live_for_the_overlap(client: TestClient, clock: Clock) -> None:
    keys = keys_of(client)
    old = keys.create(SECRET, NOW)
    new = keys.rotate(old.key.id, NOW, overlap=60)
    assert new.key.terms == old.key.terms
    for token in (old.token, new.token):
        assert client.get("/v1/answers", headers=bearer(token)).status_code == 200
    clock.now = NOW + 60
    assert client.get("/v1/answers", headers=bearer(old.token)).status_code == 401
    assert client.get("/v1/answers", headers=bearer(new.token)).status_code == 200
    assert [key.replaced_by for key in keys.all()] == [new.key.id, None]


def test_a_rotated_key_never_lives_longer_than_before(tmp_path: Path) -> None:
    with closing(open_records(tmp_path)) as records:
        keys = Keys(records, b"secret")
        old = keys.create(SECRET, NOW, expires=int(NOW) + 10)
        keys.rotate(old.key.id, NOW, overlap=60)
        assert keys.find(old.token, NOW + 9) is not None
        assert keys.find(old.token, NOW + 10) is None


def test_keys_of_another_server_open_nothing(tmp_path: Path) -> None:
    with closing(open_records(tmp_path)) as records:
        token = Keys(records, b"one").create(SECRET, NOW).token
        assert Keys(records, b"other").find(token, NOW) is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": PAGE}, 201),
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://www.example.org"}, 403),
        ({"Origin": f"{PAGE}:8443"}, 403),
        ({"Origin": f"{PAGE}.evil.example"}, 403),
        ({"Origin": "https://evil.example", "Referer": PAGE}, 403),
        ({"Origin": f"{PAGE}, https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Host": "www.example.org"}, 403),
    ],
)
def test_a_publishable_key_is_good_in_pages_of_its_origins_only(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    token = keys_of(client).create(PAGES, NOW).token
    response = client.post("/v1/answers", json=QUESTION, headers=bearer(token, **headers))
    assert response.status_code == status
    echoed = response.headers.get("access-control-allow-origin")
    assert echoed == (PAGE if status == 201 else None)
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in response.headers


def test_a_page_of_the_server_itself_reads_without_naming_its_origin(client: TestClient) -> None:
    own = replace(PAGES, origins=frozenset({"http://localhost"}))
    token = keys_of(client).create(own, NOW).token
    page = {"Origin": "http://localhost"}
    asked = client.post("/v1/answers", json=QUESTION, headers=bearer(token, **page))
    read = client.get(
        asked.headers["location"], headers=bearer(token, **{"Sec-Fetch-Site": "same-origin"})
    )
    assert read.status_code == 200


def test_a_publishable_key_lists_nothing_and_reads_no_whole_text(client: TestClient) -> None:
    token = keys_of(client).create(PAGES, NOW).token
    page = bearer(token, Origin=PAGE)
    asked = client.post("/v1/answers", json=QUESTION, headers=page).json()
    for path in ("/v1/answers", f"/v1/answers/{asked['id']}/bundle"):
        assert client.get(path, headers=page).json()["code"] == "insufficient_scope"


def test_a_pages_forged_origin_is_held_by_its_quotas(client: TestClient) -> None:
    token = keys_of(client).create(replace(PAGES, answers_per_day=2), NOW).token
    page = bearer(token, Origin=PAGE)
    codes = [client.post("/v1/answers", json=QUESTION, headers=page).status_code for _ in range(4)]
    assert codes == [201, 201, 429, 429]


PREFLIGHTS = [
    (PAGE, True),
    ("https://evil.example", False),
    ("null", False),
    ("http://www.example.org", False),
    (f"{PAGE}/", False),
]


@pytest.mark.parametrize(("origin", "allowed"), PREFLIGHTS)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/v1/answers", "/v1/answers/x/feedback", "/v1/nothing"])
def test_preflights_are_answered_for_listed_origins_only(
    client: TestClient, origin: str, allowed: bool, method: str, path: str
) -> None:
    keys_of(client).create(PAGES, NOW)
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    response = client.options(path, headers=asked)
    assert response.status_code == (204 if allowed else 403)
    assert response.headers.get("access-control-allow-origin") == (PAGE if allowed else None)
    assert response.headers["vary"] == "Origin"
    if allowed:
        assert response.headers["access-control-max-age"] == "86400"
        assert "Authorization" in response.headers["access-control-allow-headers"]


def test_pages_of_this_machine_may_read_while_there_are_no_keys(client: TestClient) -> None:
    page = {"Origin": "http://localhost:3000"}
    asked = {**page, "Access-Control-Request-Method": "POST"}
    assert client.options("/v1/answers", headers=asked).status_code == 204
    answer = client.post("/v1/answers", json=QUESTION, headers=page)
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"
    keys_of(client).create(SECRET, NOW)
    assert client.options("/v1/answers", headers=asked).status_code == 403


def test_responses_to_secret_keys_cannot_be_read_by_pages(client: TestClient) -> None:
    token = keys_of(client).create(SECRET, NOW).token
    response = client.get("/v1/answers", headers=bearer(token, Origin=PAGE))
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


def test_each_site_sees_its_own_answers_and_nobody_elses(client: TestClient) -> None:
    keys = keys_of(client)
    mine, theirs = (keys.create(Terms("sk", site), NOW).token for site in ("mine", "theirs"))
    asked = client.post("/v1/answers", json=QUESTION, headers=bearer(mine)).json()
    listed = client.get("/v1/answers", headers=bearer(mine)).json()
    assert [answer["id"] for answer in listed["data"]] == [asked["id"]]
    probes = [
        ("GET", f"/v1/answers/{asked['id']}", None),
        ("GET", f"/v1/answers/{asked['id']}/events", None),
        ("GET", f"/v1/answers/{asked['id']}/bundle", None),
        ("GET", f"/v1/answers/{asked['id']}/feedback", None),
        ("POST", f"/v1/answers/{asked['id']}/feedback", {"vote": "up"}),
    ]
    absent = "ans_00000000000000000000000000"
    for method, path, body in probes:
        seen = client.request(method, path, json=body, headers=bearer(theirs))
        none = client.request(
            method, path.replace(asked["id"], absent), json=body, headers=bearer(theirs)
        )
        assert seen.status_code == none.status_code == 404
        assert seen.json()["detail"] == none.json()["detail"]
    assert client.get("/v1/answers", headers=bearer(theirs)).json()["data"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"site": ""},
        {"site": "News"},
        {"site": "-news"},
        {"site": "a" * 64},
        {"site": "news\n"},
        {"name": "x" * 101},
        {"name": "a\x1bb"},
        {"per_minute": 0},
        {"answers_per_day": 0},
        {"scopes": frozenset()},
        {"origins": frozenset({PAGE})},
    ],
)
def test_terms_that_no_key_should_have_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(KeyRefused):
        replace(SECRET, **wrong)


def test_a_publishable_key_needs_origins_and_gets_no_power() -> None:
    with pytest.raises(KeyRefused, match="--origin"):
        replace(PAGES, origins=frozenset())
    for scope in set(Permission) - PUBLISHABLE:
        with pytest.raises(KeyRefused, match="publishable"):
            replace(PAGES, scopes=frozenset({scope}))


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://www.example.org", "https://www.example.org"),
        ("https://www.example.org/", "https://www.example.org"),
        ("HTTPS://WWW.Example.org:443", "https://www.example.org"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://example.org:80", "http://example.org"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_origins_are_written_as_browsers_write_them(address: str, origin: str) -> None:
    assert origins_of([address]) == {origin}


@pytest.mark.parametrize(
    "address",
    [
        "*",
        "null",
        "",
        "www.example.org",
        "//www.example.org",
        "https://*.example.org",
        "https://www.example.org/page",
        "https://www.example.org?x",
        "https://user@www.example.org",
        "ftp://www.example.org",
        "file:///tmp",
        "https://www.example.org:99999",
        "https://[::1",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_origin_is_refused(address: str) -> None:
    with pytest.raises(KeyRefused, match="is no origin"):
        origins_of([address])


@given(st.text(max_size=120))
def test_no_text_but_a_token_finds_a_key(text: str) -> None:
    class Untouched:
        def reading(self) -> object:
            raise AssertionError(text)

    keys = Keys(Untouched(), b"secret")  # type: ignore[arg-type]
    assert keys.find(text, NOW) is None


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("CITEPROOF_API_STATE", str(tmp_path / "server"))

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(command_line, ["keys", *arguments])

    return invoke


def test_the_command_line_makes_lists_rotates_and_revokes_keys(run: object, tmp_path: Path) -> None:
    assert callable(run)
    made = run("create", "--site", "news", "--name", "editors", "--scope", "ask", "--days", "7")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert re.fullmatch(r"sk_[0-9a-z]{26}_[0-9a-z]{32}", token)
    assert "only time" in made.stderr
    now = datetime.now(UTC).timestamp()
    with closing(open_records(tmp_path / "server")) as records:
        keys = Keys(records, server_secret(tmp_path / "server"))
        found = keys.find(token, now)
        assert found is not None
        assert (found.terms.site, found.terms.name) == ("news", "editors")
        assert found.terms.scopes == {Permission.ASK}
        rotated = json.loads(run("rotate", found.id, "--overlap", "0", "--json").stdout)
        assert keys.find(token, now + 1) is None
        assert keys.find(rotated["token"], now + 1) is not None
    assert run("revoke", rotated["id"]).exit_code == 0
    assert run("revoke", rotated["id"]).exit_code == 3

    listed = json.loads(run("list", "--json").stdout)["keys"]
    assert [key["state"] for key in listed] == ["expired", "revoked"]
    assert token not in json.dumps(listed)
    assert found.id in run("list").stdout


def test_the_command_line_makes_publishable_keys_for_named_pages(run: object) -> None:
    assert callable(run)
    made = json.loads(run("create", "--publishable", "--origin", f"{PAGE}/", "--json").stdout)
    assert made["token"].startswith("pk_")
    assert (made["origins"], made["scopes"]) == ([PAGE], ["ask", "feedback", "read"])
    for wrong in (
        ["--publishable"],
        ["--origin", PAGE],
        ["--publishable", "--origin", "*"],
        ["--scope", "everything"],
        ["--site", "A B"],
    ):
        refused = run("create", *wrong)
        assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_state_of_a_later_release_is_refused(run: object, tmp_path: Path) -> None:
    assert callable(run)
    assert run("list").exit_code == 0
    with sqlite3.connect(tmp_path / "server" / "records.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    refused = run("list")
    assert refused.exit_code == 5
    assert "upgrade citeproof" in refused.stderr
