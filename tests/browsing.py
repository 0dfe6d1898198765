"""A real Chromium, and a real server with the demonstration notes, for the tests of the widget."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from serving import live

from api.app import create_app
from api.settings import ApiSettings
from index.index import Index
from rag.assistant import Assistant
from rag.cli.compose import open_assistant
from rag.events import AnswerCompleted, Event
from rag.question import Question
from rag.settings import Settings
from rag.verify.support import Verifier

ROOT = Path(__file__).parent.parent
QUESTION = (
    "Which Venezuelan organizations or criminal groups are implicated in fentanyl production and"
    " trafficking?"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WATCH = """
window.violations = [];
addEventListener('securitypolicyviolation', (e) => {
  violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`);
});
"""


def chromium() -> str | None:
    """Return the path of a Chromium: that of CITEPROOF_CHROMIUM, else one on the PATH."""
    named = os.environ.get("CITEPROOF_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if os.environ.get("BROWSER") == "no":
        pytest.skip("BROWSER=no: the widget was not tested in a browser")
    path = chromium()
    if path is None:
        pytest.fail(
            "There is no Chromium on the PATH, so the widget cannot be tested in a browser: install"
            " one, name it in CITEPROOF_CHROMIUM, or leave these tests out with BROWSER=no."
        )
    with sync_playwright() as playwright:
        # Without its own sandbox it also runs in containers; it sees only pages of these tests.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass(frozen=True)
class Remembering:
    """An assistant that tells the same steps again where it is asked the same question again."""

    assistant: Assistant
    told: dict[tuple[Question, date], tuple[Event, ...]] = field(default_factory=dict)

    @property
    def index(self) -> Index:
        return self.assistant.index

    @property
    def verifier(self) -> Verifier:
        return self.assistant.verifier

    @property
    def disclaimer(self) -> str:
        return self.assistant.disclaimer

    def stream(self, question: Question, *, today: date) -> Iterator[Event]:
        if (question, today) in self.told:
            yield from self.told[question, today]
            return
        steps = []
        for event in self.assistant.stream(question, today=today):
            steps.append(event)
            if isinstance(event, AnswerCompleted):  # after it nobody asks for more
                self.told[question, today] = tuple(steps)
            yield event


@dataclass(frozen=True)
class Served:
    """Our server at `address`, and somebody else's site at `site` whose only page can be set."""

    address: str
    site: str
    assistant: Remembering
    page: dict[str, Any] = field(default_factory=dict)


@contextmanager
def somebody(page: dict[str, Any]) -> Iterator[str]:
    """Serve one page, whatever is asked for, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            body = page["html"].encode() if found else b""
            self.send_response(200 if found else 404)
            for name, value in {
                "Content-Type": "text/html; charset=utf-8",
                **page["headers"],
            }.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def served(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that answers from the demonstration notes without a key, and a site beside it."""
    folder = tmp_path_factory.mktemp("demo")
    subprocess.run(
        [
            *(sys.executable, "-m", "rag", "sync", str(ROOT / "corpus" / "demo"), "--quiet"),
            *("--published-until", "2025-12-20", "--index", str(folder / "index")),
        ],
        cwd=ROOT,
        check=True,
    )
    settings = ApiSettings(state=folder / "server", address_per_minute=10_000)
    with open_assistant(Settings(index=folder / "index")) as opened:
        assistant = Remembering(opened)
        app = create_app(assistant, settings, keyless=True)
        page: dict[str, Any] = {}
        with live(app) as address, somebody(page) as site:
            yield Served(address.replace("127.0.0.1", "localhost"), site, assistant, page)


@dataclass
class Visit:
    """A page in a fresh profile, with everything it asked for and everything that went wrong."""

    page: Page
    context: BrowserContext
    served: Served
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def panel(self, question: str | None = None) -> None:
        """Open the panel, and ask."""
        self.page.locator("fact-check .launch").click()
        self.box.wait_for()
        if question:
            self.ask(question)

    def ask(self, question: str) -> None:
        """Ask, and wait for the whole answer."""
        turns = self.turns.count()
        self.box.fill(question)
        self.box.press("Enter")
        self.turns.nth(turns).locator(".tools").wait_for()

    @property
    def box(self) -> Any:
        return self.page.locator("#fc-question")

    @property
    def turns(self) -> Any:
        return self.page.locator(".turn")

    @property
    def card(self) -> Any:
        return self.page.locator(".card:popover-open")

    def violations(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.violations")
        return found

    def strangers(self) -> list[str]:
        """Return the requests that went anywhere but to the page itself and the server."""
        own = (self.served.site, self.served.address + "/")
        return [url for url in self.requests if not url.startswith(own)]


@contextmanager
def visit(browser: Browser, served: Served, **options: Any) -> Iterator[Visit]:
    """Open a fresh profile whose faults and requests are noted."""
    context = browser.new_context(**{"locale": "en-US", "reduced_motion": "reduce", **options})
    context.set_default_timeout(15_000)
    context.add_init_script(_WATCH)
    page = context.new_page()
    seen = Visit(page, context, served)
    context.on("request", lambda request: seen.requests.append(request.url))
    context.on("weberror", lambda error: seen.faults.append(str(error.error)))
    context.on("dialog", lambda dialog: (seen.faults.append(dialog.message), dialog.dismiss()))
    try:
        yield seen
    finally:
        context.close()


def strict_policy(server: str) -> str:
    """Return the strictest policy under which a page can have the widget at all."""
    return (
        f"default-src 'none'; script-src {server}; connect-src {server}; style-src 'none';"
        " img-src 'none'; font-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def host_page(
    seen: Visit,
    *,
    attributes: str = "",
    body: str = "",
    headers: dict[str, str] | None = None,
    language: str = "en",
    key: str = "",
) -> None:
    """Open a page of somebody else that has the widget's script tag, by default a strict one."""
    served = seen.served
    strict = {"Content-Security-Policy": strict_policy(served.address)}
    html = (
        f"<!doctype html><html lang='{language}'>"
        "<meta name='viewport' content='width=device-width'>"
        "<title>The Daily Harbour</title><main><h1>The Daily Harbour</h1><p>News of the port.</p>"
        f"{body}</main><script type='module' async src='{served.address}/w/1/fc.js' crossorigin"
        f" data-site-key='{key}' {attributes}></script></html>"
    )

    served.page.update(html=html, headers=strict if headers is None else headers)
    seen.page.goto(served.site)


def told(events: list[tuple[str, Any]]) -> str:
    """Return events as they are sent."""
    return "".join(
        f"event: {name}\ndata: {data if isinstance(data, str) else json.dumps(data)}\nid: {i}\n\n"
        for i, (name, data) in enumerate(events, 1)
    )


def answer_with(seen: Visit, make: Callable[[Route], None]) -> None:
    """Let the test itself answer the questions that the page asks."""
    seen.page.route(f"{seen.served.address}/v1/answers", make)


def never(_: Route) -> None:
    """Leave a question without an answer."""


def stream_answer(route: Route, body: str) -> None:
    """Answer with a stream of events."""
    route.fulfill(
        status=200,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Content-Type": "text/event-stream",
        },
        body=body,
    )


def refuse(route: Route, status: int, **more: Any) -> None:
    """Answer with a problem."""
    retry = {"Retry-After": str(more["retry_after"])} if "retry_after" in more else {}
    route.fulfill(
        status=status,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Content-Type": "application/problem+json",
            **retry,
        },
        body=json.dumps({"status": status, "detail": "So it is.", "request_id": "req_x", **more}),
    )
