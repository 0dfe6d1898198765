import gzip
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from serving import DISCLAIMER, NOW, QuotingAssistant, make_index, settings

from api.app import create_app
from api.keys import Keys, Terms
from api.pages_assets import assets
from api.problems import Code
from api.records import open_records
from api.secret import server_secret
from index.index import Index

HOSTILE = {
    "hostile": "The &lt;img src=x onerror=alert(1)&gt; count was 12 boats. "
    "&lt;/script&gt;&lt;script&gt;alert(2)&lt;/script&gt; was written on the pier.",
}


class Page(HTMLParser):
    """The elements of a page with their attributes, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def index(folder: Path) -> Iterator[Index]:
    with make_index(folder) as index:
        yield index


@pytest.fixture(scope="module")
def client(folder: Path, index: Index) -> Iterator[TestClient]:
    app = create_app(QuotingAssistant(index), settings(folder), keyless=True, clock=lambda: NOW)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def ask(client: TestClient, question: str = "How many boats are there?") -> str:
    response = client.post("/ask", data={"question": question})
    assert response.status_code == 303, response.text
    return str(response.headers["location"])


def show(client: TestClient, path: str, status: int = 200) -> Page:
    response = client.get(path)
    assert response.status_code == status, response.text
    return Page(response.text)


@pytest.mark.parametrize("path", ["/", "/embed", "/docs/errors", "/r/no-such", "/s/doc_no"])
def test_every_page_forbids_what_is_inline_and_says_the_disclaimer(
    client: TestClient, path: str
) -> None:
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = Page(response.text)
    assert DISCLAIMER in page.text
    assert not page.all("style")
    for _, attrs in page.elements:
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
    for script in page.all("script"):
        assert script.get("src") or script["type"] == "application/ld+json"


def test_a_question_leads_to_a_report_whose_brackets_lead_to_its_passages(
    client: TestClient,
) -> None:
    page = show(client, ask(client))
    ids = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    marks = [a for a in page.all("a") if a.get("class") == "cite"]
    assert len(marks) >= 6
    assert {str(a["href"])[1:] for a in marks} <= ids
    assert "Checked on November 24, 2025" in page.text
    assert "How this was made" in page.text
    assert "quote found; supports the sentence" in page.text


def test_a_passage_opens_in_its_source_with_exactly_its_words_marked(client: TestClient) -> None:
    page = show(client, ask(client))
    links = [str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("/s/")]
    quotes = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", client.get(ask(client)).text)
    marked = []
    for link in links:
        text = client.get(link).text
        found = re.search(r'<mark id="passage"[^>]*>(.*?)</mark>', text, re.DOTALL)
        assert found is not None
        marked.append(" ".join(found[1].split()))
    assert marked == quotes


def test_a_span_that_is_none_shows_the_source_unmarked(client: TestClient) -> None:
    page = show(client, ask(client))
    link = next(str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("/s/"))
    source, _, query = link.partition("?")
    at = re.search(r"at=([0-9a-f]{64})", query)
    assert at is not None
    for span in ("start=5&end=5", "start=9&end=2", "start=0&end=999999"):
        assert not show(client, f"{source}?at={at[1]}&{span}").all("mark")
    assert not show(client, source).all("mark")
    assert "There is no source" in show(client, f"{source}?at={'0' * 64}", 404).text


def test_the_structured_data_is_a_report_with_its_citations(client: TestClient) -> None:
    text = client.get(ask(client)).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "Report"
    assert data["usageInfo"] == DISCLAIMER
    assert [c["position"] for c in data["citation"]] == [1, 2, 3]
    assert {c["publisher"]["name"] for c in data["citation"]} == {"Port Office"}


def test_a_refusal_shows_the_searches_and_the_nearest_passages(client: TestClient) -> None:
    page = show(client, ask(client, "Is there nothing?"))
    assert "No answer from these sources" in page.text
    assert "Searches made" in page.text
    assert "The nearest passages, which do not answer the question" in page.text
    assert DISCLAIMER in page.text


def test_a_report_can_be_had_as_markdown_and_as_data(client: TestClient) -> None:
    path = ask(client)
    data = client.get(f"{path}.json").json()
    assert data["schema"] == "citeproof/report@1"
    assert DISCLAIMER in client.get(f"{path}.md").text
    assert "attachment" in client.get(f"{path}.md").headers["content-disposition"]


def test_an_empty_question_keeps_the_form_and_says_why(client: TestClient) -> None:
    response = client.post("/ask", data={"question": "  "})
    assert response.status_code == 422
    page = Page(response.text)
    assert page.all("textarea")
    assert any(attrs.get("role") == "alert" for attrs in page.all("p"))


@pytest.mark.parametrize(
    ("content_type", "size", "status"),
    [
        ("application/json", 10, 415),
        ("application/x-www-form-urlencoded", 70_000, 413),
    ],
)
def test_a_form_that_is_none_or_too_long_is_refused_in_a_page(
    client: TestClient, content_type: str, size: int, status: int
) -> None:
    response = client.post("/ask", content=b"a" * size, headers={"Content-Type": content_type})
    assert response.status_code == status
    assert "text/html" in response.headers["content-type"]


def test_another_site_can_neither_ask_nor_read_without_keys(client: TestClient) -> None:
    foreign = client.post(
        "/ask", data={"question": "Who?"}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    path = ask(client)
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 403


def test_with_keys_there_is_no_public_page_to_ask_from(folder: Path, index: Index) -> None:
    app = create_app(QuotingAssistant(index), settings(folder / "keyed"), clock=lambda: NOW)
    with TestClient(app, base_url="http://proof.example") as client:
        assert not show(client, "/").all("textarea")
        assert client.post("/ask", data={"question": "Who?"}).status_code == 401


@pytest.fixture
def keyed(tmp_path: Path, index: Index) -> Iterator[TestClient]:
    """A server whose own pages ask by a key with two answers a day."""
    state = settings(tmp_path)
    records = open_records(state.state)
    terms = Terms("pk", "desk", origins=frozenset({"http://proof.example"}), answers_per_day=2)
    token = Keys(records, server_secret(state.state)).create(terms, NOW).token
    records.close()
    app = create_app(QuotingAssistant(index), settings(tmp_path, page_key=token), clock=lambda: NOW)
    with TestClient(app, base_url="http://proof.example", follow_redirects=False) as client:
        yield client


def keys_of(client: TestClient) -> Keys:
    keys: Keys = client.app.state.services.admission.keys  # type: ignore[attr-defined]
    return keys


def post(client: TestClient, origin: str | None) -> httpx.Response:
    headers = {"Origin": origin} if origin else {}
    return client.post("/ask", data={"question": "How many boats?"}, headers=headers)


def test_by_a_page_key_the_servers_own_pages_ask(keyed: TestClient) -> None:
    key = keyed.app.state.services.settings.page_key  # type: ignore[attr-defined]
    for path in ("/", "/embed"):
        (widget,) = show(keyed, path).all("fact-check")
        assert widget["site-key"] == key
    answered = post(keyed, "http://proof.example")
    assert answered.status_code == 303
    assert show(keyed, answered.headers["location"]).all("figure")


@pytest.mark.parametrize("origin", [None, "null", "https://proof.example", "http://evil.example"])
def test_a_page_key_lets_no_other_page_ask(keyed: TestClient, origin: str | None) -> None:
    assert post(keyed, origin).status_code == 403


def test_what_the_pages_ask_counts_on_the_budget_of_their_key(keyed: TestClient) -> None:
    answers = [post(keyed, "http://proof.example") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "How many boats?" in answers[2].text  # the question stays in the form


def test_a_page_key_that_is_revoked_closes_the_pages(keyed: TestClient) -> None:
    (key,) = keys_of(keyed).all()
    keys_of(keyed).revoke(key.id, NOW)
    for path in ("/", "/embed"):
        assert not show(keyed, path).all("fact-check")
    assert post(keyed, "http://proof.example").status_code == 401


def test_markup_in_a_source_stays_words(tmp_path: Path) -> None:
    with make_index(tmp_path, HOSTILE) as index:
        app = create_app(
            QuotingAssistant(index), settings(tmp_path), keyless=True, clock=lambda: NOW
        )
        with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
            path = ask(client, "What was <b>written</b>?")
            page = show(client, path)
            links = [str(a["href"]) for a in page.all("a") if str(a["href"]).startswith("/s/")]
            for shown in (page, *(show(client, link) for link in links)):
                assert not shown.all("img")
                assert not shown.all("b") or shown is page  # the numbers in the margin
                assert len(shown.all("script")) == len(
                    [s for s in shown.all("script") if s.get("type") == "application/ld+json"]
                )
            assert "<img src=x onerror=alert(1)>" in page.text


def test_every_error_code_has_its_place(client: TestClient) -> None:
    page = show(client, "/docs/errors")
    assert [a["id"] for a in page.all("dt")] == [str(code) for code in Code]


def test_a_file_is_served_to_every_page_compressed_and_for_ever(client: TestClient) -> None:
    held = assets()
    for name, asset in held.files.items():
        response = client.get(held.address(name))
        assert response.content == asset.body
        assert response.headers["content-encoding"] == "gzip"
        assert gzip.decompress(asset.packed) == asset.body
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "immutable" in response.headers["cache-control"]


def test_a_file_is_asked_again_under_1_and_not_found_under_another_version(
    client: TestClient,
) -> None:
    first = client.get("/w/1/fc.js")
    assert first.headers["cache-control"] == "public, no-cache"
    again = client.get("/w/1/fc.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/w/000000000000/fc.js").status_code == 404
    assert client.get("/w/1/%2e%2e/app.py").status_code == 404
