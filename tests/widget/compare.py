"""Measure the widget beside others in one browser: `python tests/widget/compare.py NODE_MODULES`.

Needs `npm install deep-chat flowise-embed @typebot.io/js` in some folder, and the demonstration
notes indexed (`make demo`). It is no part of `make test`. What the others need of a backend is
answered here with fixed text; their own servers are not asked.
"""

import gzip
import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from browsing import QUESTION, chromium  # noqa: E402
from serving import live  # noqa: E402

from api.app import create_app  # noqa: E402
from api.settings import ApiSettings  # noqa: E402
from rag.cli.compose import open_assistant  # noqa: E402
from rag.settings import Settings  # noqa: E402

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RUNS = 5
ANSWER = "The count was 312 boats. It fell to 280 in 2023. <b>It</b> rose again."
STRICT = (
    "default-src 'none'; script-src {0}; connect-src {0}; style-src 'none'; img-src 'none';"
    " font-src 'none'"
)
TRUSTED = "; require-trusted-types-for 'script'; trusted-types 'none'"
WATCH = """
window.violations = []; window.announced = 0; window.ready = 0;
addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));
const attach = Element.prototype.attachShadow;
const watch = (root) => new MutationObserver((changes) => {
  for (const { target } of changes) {
    const element = target.nodeType === 1 ? target : target.parentElement;
    const loud = '[aria-live=polite],[aria-live=assertive],[role=status],[role=alert]';
    const live = element?.closest?.(loud);
    if (live && live.textContent.trim()) announced += 1;
  }
}).observe(root, { childList: true, characterData: true, subtree: true });
Element.prototype.attachShadow = function (...given) {
  const root = attach.apply(this, given);
  watch(root);
  return root;
};
addEventListener('DOMContentLoaded', () => watch(document.documentElement));
"""


@dataclass(frozen=True)
class Widget:
    """A widget, how a page has it, and where its first control and its answer are to be seen."""

    name: str
    html: str
    launcher: str
    box: str
    send: str = ""
    answer: str = ""
    routes: dict[str, tuple[str, str]] = field(default_factory=dict)


def widgets(ours: str, theirs: str) -> list[Widget]:
    """Return what is compared; `ours` and `theirs` are the origins of the files."""
    return [
        Widget(
            "citeproof",
            f"<script type=module src='{ours}/w/1/fc.js' crossorigin data-site-key=''></script>",
            "fact-check .launch",
            "#fc-question",
            answer=".tools",
        ),
        Widget(
            "deep-chat 2.4.2",
            f"<script type=module src='{theirs}/deep-chat/dist/deepChat.bundle.js'></script>"
            "<deep-chat demo='true'></deep-chat>",
            "deep-chat #text-input",
            "deep-chat #text-input",
            answer="deep-chat .ai-message-text",
        ),
        Widget(
            "flowise-embed 3.1.6",
            f"<script type=module src='{theirs}/start-flowise.js'></script>",
            "flowise-chatbot button",
            "flowise-chatbot textarea",
            answer="flowise-chatbot .chatbot-host-bubble >> nth=1",
            routes={
                "**/api/v1/prediction/**": ("application/json", json.dumps({"text": ANSWER})),
                "**/api/v1/chatflows-streaming/**": ("application/json", '{"isStreaming": false}'),
                "**/api/v1/public-chatbotConfig/**": ("application/json", "{}"),
                "**/api/v1/**": ("application/json", "{}"),
            },
        ),
        Widget(
            "@typebot.io/js 0.10.7",
            f"<script type=module src='{theirs}/start-typebot.js'></script>",
            "typebot-bubble button",
            "",
            routes={"**/api/**": ("application/json", "{}")},
        ),
    ]


@contextmanager
def folder(path: Path) -> Iterator[str]:
    """Serve the files of a folder to every origin, and the scripts that start two widgets."""
    starts = {
        "/start-flowise.js": "import Chatbot from '/flowise-embed/dist/web.js';"
        " Chatbot.init({ chatflowid: 'x', apiHost: location.origin });",
        "/start-typebot.js": "import Typebot from '/@typebot.io/js/dist/web.js';"
        " Typebot.initBubble({ typebot: 'x', apiHost: location.origin });",
    }

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            start = starts.get(self.path)
            if start is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(start.encode())
            return None

        def end_headers(self) -> None:
            self.send_header("Access-Control-Allow-Origin", "*")
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    handler = partial(Handler, directory=str(path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def visit(browser: Browser, widget: Widget, origin: str, policy: str) -> tuple[Page, list[str]]:
    """Open a page of `origin` with the widget under a policy, and note what it asks for."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(6000)
    context.add_init_script(WATCH)
    context.add_init_script(AXE)
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    html = (
        "<!doctype html><html lang=en><title>Host</title><main><h1>Host</h1>"
        f"</main>{widget.html}</html>"
    )
    for pattern, (media, body) in reversed(widget.routes.items()):
        page.route(
            pattern,
            lambda route, media=media, body=body: route.fulfill(content_type=media, body=body),
        )

    def host(route: Route) -> None:
        headers = {"Content-Security-Policy": policy} if policy else {}
        route.fulfill(content_type="text/html", headers=headers, body=html)

    page.route(f"{origin}/host", host)
    page.goto(f"{origin}/host")
    return page, requests


def shown(page: Page, selector: str) -> bool:
    """Say whether a control comes to be seen."""
    try:
        page.locator(selector).first.wait_for(state="visible")
    except Error:
        return False
    return True


def answered(page: Page, widget: Widget) -> str:
    """Ask, and return "" where an answer came, else why it did not."""
    try:
        if widget.launcher != widget.box:
            page.locator(widget.launcher).first.click()
        if not widget.box:
            return "no backend"
        page.locator(widget.box).first.click()
        page.keyboard.type(QUESTION)
        page.evaluate("window.announced = 0")
        page.locator(widget.box).first.press("Enter")
        page.locator(widget.answer).first.wait_for()
        page.wait_for_timeout(1500)
    except Error as error:
        return str(error).splitlines()[0]
    return ""


def measure(browser: Browser, widget: Widget, origin: str) -> dict[str, Any]:
    """Return the figures of one widget."""
    own = origin.split("//")[1]
    strict = STRICT.format(origin)
    page, _ = visit(browser, widget, origin, strict)
    visible = shown(page, widget.launcher)
    violations = page.evaluate("violations")
    page.context.close()
    page, _ = visit(browser, widget, origin, strict + TRUSTED)
    trusted = shown(page, widget.launcher)
    sinks = [v for v in page.evaluate("violations") if "trusted" in v]
    page.context.close()

    times = []
    for _ in range(RUNS):
        page, _ = visit(browser, widget, origin, "")
        shown(page, widget.launcher)
        times.append(page.evaluate("performance.now()"))
        page.context.close()

    page, requests = visit(browser, widget, origin, "")
    shown(page, widget.launcher)
    why = answered(page, widget)
    announced = page.evaluate("announced")
    axe = page.evaluate(
        """async () => (await axe.run(document, { runOnly: { type: 'tag', values:
          ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] } }))
          .violations.map((v) => `${v.id} (${v.impact})`)"""
    )
    strangers = sorted({u.split("/")[2] for u in requests if "//" in u and own not in u})
    files = [
        u for u in dict.fromkeys(requests) if u.split("?")[0].endswith((".js", ".css", ".json"))
    ]
    size = 0
    for url in files:
        if own in url:
            size += len(gzip.compress(page.request.get(url).body(), 9))
    page.context.close()
    return {
        "kb_gz": round(size / 1024, 1),
        "third_party_hosts": strangers,
        "violations": len(violations),
        "visible_under_policy": visible,
        "trusted_types": "works" if trusted and not sinks else f"{len(sinks)} sinks refused",
        "axe": axe,
        "announcements": "no answer: " + why if why else announced,
        "ms_to_control": round(statistics.median(times)),
    }


def main() -> None:
    """Print the figures as JSON, one widget a line."""
    with (
        open_assistant(Settings()) as assistant,
        folder(Path(sys.argv[1])) as theirs,
        sync_playwright() as playwright,
    ):
        settings = ApiSettings(state=Path("/tmp") / "citeproof-compare")
        with live(create_app(assistant, settings, keyless=True)) as ours:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            for widget in widgets(ours, theirs):
                origin = ours if widget.name == "citeproof" else theirs
                print(json.dumps({"name": widget.name, **measure(browser, widget, origin)}))
                sys.stdout.flush()
            browser.close()


if __name__ == "__main__":
    main()
