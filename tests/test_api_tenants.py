"""Two sites on one server: whatever one has, the other one finds nothing of it, by any route."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fakes import WordHashEmbedder
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from serving import NOW, QuotingAssistant, ingest, make_index, settings

from api.app import api_document, create_app
from api.caller import Permission
from api.keys import Terms
from index.index import Index

BODIES: dict[str, Any] = {
    "/v1/answers/{answer_id}/feedback": {"vote": "up"},
}
# What is in the index is searched for all sites, so its sources can be read by all.
SHARED = {"source_id", "model"}


class Sites:
    """The keys of two sites, and what the first one has."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        keys = client.app.state.services.admission.keys  # type: ignore[attr-defined]
        self.mine, self.theirs = (
            {
                "Authorization": "Bearer "
                + keys.create(
                    Terms("sk", site, scopes=frozenset(Permission), per_minute=10**6), NOW
                ).token
            }
            for site in ("mine", "theirs")
        )
        asked = client.post("/v1/answers", json={"question": "Boats?"}, headers=self.mine)
        sent = client.post(
            "/v1/documents", files=[("file", ("a.md", b"A canoe."))], headers=self.mine
        )
        self.job = sent.json()["id"]
        path = sent.headers["location"]
        while (job := client.get(path, headers=self.mine).json())["finished"] is None:
            time.sleep(0.05)
        self.ids = {
            "answer_id": asked.json()["id"],
            "job_id": self.job,
            "document_id": job["files"][0]["documents"][0],
        }


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    folder: Path = tmp_path_factory.mktemp("tenants")
    make_index(folder).close()
    with Index.open(folder / "index", WordHashEmbedder()) as index:
        app = create_app(
            QuotingAssistant(index),
            settings(folder, site_per_minute=10**6),
            ingest=ingest(folder / "index"),
        )
        with TestClient(app, base_url="http://localhost") as client:
            yield Sites(client)


OPERATIONS = [
    (method.upper(), path)
    for path, operations in api_document()["paths"].items()
    for method in operations
    if path.startswith("/v1/") and "{" in path and not any(f"{{{n}}}" in path for n in SHARED)
]


def test_operations_on_what_a_site_has_are_all_probed() -> None:
    assert len(OPERATIONS) >= 10


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_what_another_site_has_looks_as_if_it_did_not_exist(
    sites: Sites, method: str, path: str
) -> None:
    told = []
    for ids in (sites.ids, {n: i[:4].rstrip("_") + "_" + "0" * 26 for n, i in sites.ids.items()}):
        response = sites.client.request(
            method,
            path.format(**ids),
            json=BODIES.get(path),
            headers={**sites.theirs, "If-Match": "*"},
        )
        problem = response.json()
        told.append({k: v for k, v in problem.items() if k not in ("instance", "request_id")})
    assert told[0]["status"] == 404
    assert told[0] == told[1]


@pytest.mark.parametrize("path", ["/v1/answers", "/v1/documents", "/v1/jobs"])
def test_lists_and_their_cursors_are_of_one_site(sites: Sites, path: str) -> None:
    for n in range(2):
        sites.client.post("/v1/answers", json={"question": f"Boats {n}?"}, headers=sites.mine)
    mine = sites.client.get(f"{path}?limit=1", headers=sites.mine).json()
    theirs = sites.client.get(path, headers=sites.theirs).json()
    assert len(mine["data"]) == 1
    assert theirs["data"] == []
    if (after := mine["next_after"]) is not None:
        refused = sites.client.get(f"{path}?after={after}", headers=sites.theirs)
        assert refused.json()["code"] == "invalid_cursor"


def test_an_idempotency_key_of_another_site_says_nothing(sites: Sites) -> None:
    body = {"question": "Boats under one key?"}
    key = {"Idempotency-Key": "shared"}
    mine = sites.client.post("/v1/answers", json=body, headers={**sites.mine, **key})
    theirs = sites.client.post("/v1/answers", json=body, headers={**sites.theirs, **key})
    other = sites.client.post(
        "/v1/answers", json={"question": "Else?"}, headers={**sites.theirs, **key}
    )
    assert mine.json()["id"] != theirs.json()["id"]
    assert "idempotency-replayed" not in theirs.headers
    assert other.json()["code"] == "idempotency_mismatch"


@bounded(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["answers", "documents", "jobs", "sources"]),
    name=st.one_of(
        st.text(max_size=40),
        st.from_regex(r"(ans|doc|job)_[0-9a-z]{20,30}", fullmatch=True),
        st.sampled_from(["' OR 1=1 --", "%27%20OR%201", "..", "%2e%2e", "*", "_", "null"]),
    ),
)
def test_no_name_finds_anything_of_another_site(sites: Sites, kind: str, name: str) -> None:
    path = f"/v1/{kind}/{quote(name, safe='')}"
    response = sites.client.get(path, headers=sites.theirs)
    assert response.status_code in (200, 404, 422)
    # An empty name, or a dot, is the list itself.
    assert not [known for known in sites.ids.values() if known in response.text]
