"""The widget among hostile pages, hostile texts and failing servers; the test answers itself."""

from collections.abc import Callable
from typing import Any

import pytest
from browsing import (
    QUESTION,
    Served,
    Visit,
    answer_with,
    host_page,
    never,
    refuse,
    stream_answer,
    told,
    visit,
)
from playwright.sync_api import Browser, Route

BAD_TEXTS = [
    "<img src=http://evil.example/a.png onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</span><iframe src=http://evil.example/></iframe>",
    "![x](http://evil.example/b.png)",
    "![x][ref]\n\n[ref]: http://evil.example/c.png",
    "[click](javascript:alert(1))",
    "<http://evil.example/d>",
    "&lt;svg onload=alert(1)&gt;",
    "<style>@import url(http://evil.example/e.css)</style>",
    "<link rel=prefetch href=http://evil.example/f>",
    "{{constructor.constructor('alert(1)')()}}",
    "<template shadowrootmode=open><img src=http://evil.example/g></template>",
    "tag\U000e0041\U000e0042 zero\u200bwidth var\ufe0fiation",
    "safe\u202egnp.exe",
    "👩‍👩‍👧‍👦 e\u0301 港口 עברית عربي",
    "w" * 5000,
]
BAD_URLS = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://user:pw@evil.example/",
    "//evil.example/",
    "https://good.example/\u202egpj.exe",
]


def card(n: int | None, text: str, url: str) -> dict[str, Any]:
    return {
        "n": n,
        "id": f"doc_{n}",
        "title": text,
        "publisher": text,
        "published": text[:10],
        "fetched": text[:10],
        "url": url,
        "doc_type": text,
        "evidence_role": text,
        "language": text,
        "via": text,
        "media": text,
        "sha256": "a" * 64,
    }


def statement(number: int, n: int, text: str = "The count was 312 boats.") -> dict[str, Any]:
    return {
        "id": f"s{number}",
        "kind": "quoted",
        "text": f"{text} [{n}]",
        "support": "partly" if number % 2 else "supports",
        "score": 1.0,
        "origins": 2,
        "citations": [
            {
                "n": n,
                "start": 3,
                "end": 9,
                "quote": text,
                "sha256": "a" * 64,
                "quote_verdict": "found",
                "verdict": "refutes" if number % 3 == 0 else "supports",
                "score": 1.0,
                "selector": {"exact": text, "prefix": text, "suffix": text},
                "locator": {"type": "char", "start": 3, "end": 9, "page": 2},
            }
        ],
        "computation": None,
    }


def answer(texts: list[str], urls: list[str], **report: Any) -> list[tuple[str, Any]]:
    """Return the events of an answer made of the texts, one source each."""
    cards = [card(n, text, urls[n % len(urls)]) for n, text in enumerate(texts, 1)]
    statements = [statement(n, n, text) for n, text in enumerate(texts, 1)]
    whole = {
        "schema": "citeproof/report@1",
        "question": texts[0],
        "understood_as": texts[-1],
        "language": "en",
        "status": "partly_answered",
        "checked_on": "2026-11-24",
        "disclaimer": f"It can be wrong. {texts[0]}",
        "staleness": texts[0],
        "corpus": {"documents": 3, "latest_published": "2025-03"},
        "summary": statements[:1],
        "sections": [
            {"heading": t, "kind": t, "statements": [s]}
            for t, s in zip(texts, statements, strict=True)
        ],
        "unverified": [{"text": t, "findings": [t]} for t in texts],
        "conflicts": [{"statements": ["s1", "s2"], "kind": texts[0]}],
        "refusal": None,
        "gaps": texts,
        "sources": cards,
        "consulted": [{**c, "n": None} for c in cards],
        "follow_ups": [{"question": t, "evidence": 2} for t in texts],
        "method": {"searches": texts},
        **report,
    }
    return [
        ("question.understood", {"id": "ans_1", "disclaimer": "It can be wrong."}),
        ("sources.found", {"sources": cards}),
        ("statement.verified", {"section": None, "statement": statements[0], "sources": cards[:1]}),
        ("plan.made", {"sections": [{"heading": t, "kind": "finding"} for t in texts]}),
        (
            "answer.completed",
            {"id": "ans_1", "slug": "x-1", "report": whole, "warnings": [{"detail": texts[0]}]},
        ),
    ]


PLAIN = answer(["The count was 312 boats.", "It fell to 280."], ["https://port.example/a"])


def ask(seen: Visit, make: Callable[[Route], None], question: str = "Who?") -> None:
    answer_with(seen, make)
    host_page(seen)
    seen.panel()
    seen.box.fill(question)
    seen.box.press("Enter")


def test_no_text_of_a_source_becomes_markup_a_request_or_a_link(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served) as seen:
        # Without a policy of the page nothing but the widget itself keeps strangers out.
        answer_with(seen, lambda route: stream_answer(route, told(answer(BAD_TEXTS, BAD_URLS))))
        host_page(seen, headers={})
        seen.panel()
        seen.ask("<img src=http://evil.example/q.png>")
        for mark in seen.turns.first.locator(".part .cite").all():
            mark.click()
            seen.card.wait_for()
            seen.page.keyboard.press("Escape")
        seen.turns.first.locator("details.sources summary").click()
        found = seen.page.locator("fact-check").evaluate(
            """(element) => {
              const all = [...element.shadowRoot.querySelectorAll('*')];
              return {
                tags: [...new Set(all.map((e) => e.localName))],
                links: all.filter((e) => e.href).map((e) => e.href),
                text: element.shadowRoot.querySelector('.turn').textContent,
              };
            }"""
        )
        banned = {
            "img",
            "script",
            "iframe",
            "style",
            "link",
            "object",
            "embed",
            "template",
            "video",
        }
        assert not banned & set(found["tags"])
        assert all(link.startswith(served.address) for link in found["links"])
        assert BAD_TEXTS[0] in found["text"]
        assert "[U+202E]" in found["text"]
        assert not set("\u200b\u202e\ufe0f\U000e0041") & set(found["text"])
        wide = seen.page.locator(".transcript").evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert wide == 0
        assert seen.strangers() == []
        assert seen.faults == []


REFUSALS = [
    (401, "its key is not accepted", False),
    (422, "cannot be asked as it stands", False),
    (500, "Something went wrong", True),
    (503, "The server is busy", True),
]


@pytest.mark.parametrize(("status", "words", "again"), REFUSALS)
def test_a_refusal_of_the_server_is_told_and_the_question_stays(
    browser: Browser, served: Served, status: int, words: str, again: bool
) -> None:
    with visit(browser, served) as seen:
        ask(seen, lambda route: refuse(route, status))
        fault = seen.turns.first.locator(".fault")
        fault.wait_for()
        assert words in fault.inner_text()
        assert "req_x" in fault.inner_text()
        assert words in seen.page.locator("[role=alert]").inner_text()
        assert bool(fault.locator(".retry").count()) is again
        assert seen.box.input_value() == "Who?"
        assert seen.faults == []


def test_too_many_questions_count_down_and_can_then_be_asked_again(
    browser: Browser, served: Served
) -> None:
    keys = []

    def make(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            refuse(route, 429, retry_after=1)
        else:
            stream_answer(route, told(PLAIN))

    with visit(browser, served) as seen:
        ask(seen, make)
        retry = seen.turns.first.locator(".retry")
        assert "You can ask again in 1 second" in seen.turns.first.locator(".fault").inner_text()
        seen.turns.first.locator(".retry[aria-disabled=false]").wait_for()
        retry.click()
        seen.turns.first.locator(".tools").wait_for()
        assert seen.turns.count() == 1
        assert seen.box.input_value() == ""
        # The same question under the same key: a server that did answer it answers it once.
        assert len(set(keys)) == 1


def test_a_broken_stream_keeps_what_was_checked_and_says_so(
    browser: Browser, served: Served
) -> None:
    cut = told(PLAIN[:4]) + "event: statement.verified\ndata: {"
    with visit(browser, served) as seen:
        ask(seen, lambda route: stream_answer(route, cut))
        turn = seen.turns.first
        turn.locator(".fault").wait_for()
        assert turn.locator(".statement").count() == 1
        assert "The connection broke. What stands here was checked" in turn.inner_text()
        assert seen.box.input_value() == "Who?"


def test_a_section_of_which_nothing_held_has_neither_place_nor_number(
    browser: Browser, served: Served
) -> None:
    held = ("statement.verified", {"section": 1, "statement": statement(2, 1), "sources": []})
    with visit(browser, served) as seen:
        ask(seen, lambda route: stream_answer(route, told([*PLAIN[:4], held])))
        turn = seen.turns.first
        turn.locator(".fault").wait_for()
        heads = turn.locator(".part:not([hidden]) .head").all_inner_texts()
        assert [h.lower() for h in heads] == ["executive summary", "1. it fell to 280."]


def test_malformed_events_are_passed_over(browser: Browser, served: Served) -> None:
    bad: list[tuple[str, Any]] = [
        ("statement.verified", "{"),
        ("statement.verified", {"statement": 5}),
        ("nonsense", []),
        ("sources.found", {"sources": [None, 5, {"id": 7}]}),
    ]
    with visit(browser, served) as seen:
        ask(seen, lambda route: stream_answer(route, told([*PLAIN[:3], *bad, *PLAIN[3:]])))
        seen.turns.first.locator(".tools").wait_for()
        assert seen.faults == []


def test_what_is_no_answer_at_all_is_told(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        ask(seen, lambda route: stream_answer(route, told([("answer.completed", "[]")])))
        seen.turns.first.locator(".fault").wait_for()
        assert "Something went wrong" in seen.turns.first.inner_text()


def test_offline_nothing_is_sent_and_the_question_stays(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        host_page(seen)
        seen.panel()
        seen.context.set_offline(True)
        before = len(seen.requests)
        seen.box.fill("Who?")
        seen.box.press("Enter")
        seen.turns.first.locator(".fault").wait_for()
        assert "There is no connection" in seen.turns.first.inner_text()
        assert seen.box.input_value() == "Who?"
        seen.context.set_offline(False)
        seen.page.wait_for_timeout(100)
        assert len(seen.requests) == before


def test_a_running_answer_can_be_stopped(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        ask(seen, never)
        stop = seen.page.get_by_role("button", name="Stop")
        stop.wait_for()
        assert "Searching" in seen.turns.first.inner_text()
        with seen.page.expect_event("requestfailed"):
            stop.click()
        seen.page.get_by_role("button", name="Ask", exact=True).wait_for()
        assert "the answer is not complete" in seen.turns.first.inner_text()
        assert seen.box.input_value() == "Who?"
        seen.box.fill("Who else?")
        seen.box.press("Enter")
        stop.wait_for()
        assert "Who else?" in seen.turns.last.inner_text()
        assert seen.faults == []


def test_an_element_that_goes_stops_and_one_that_moves_goes_on(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served) as seen:
        ask(seen, never)
        seen.page.get_by_role("button", name="Stop").wait_for()
        seen.page.evaluate(
            "document.querySelector('main').append(document.querySelector('fact-check'))"
        )
        seen.page.wait_for_timeout(50)
        seen.page.get_by_role("button", name="Stop").wait_for()
        with seen.page.expect_event("requestfailed"):
            seen.page.evaluate("document.querySelector('fact-check').remove()")
        assert seen.faults == []


def test_two_widgets_on_a_page_do_not_mix(browser: Browser, served: Served) -> None:
    body = "".join(f"<fact-check id='{i}' mode='inline'></fact-check>" for i in "ab")
    with visit(browser, served) as seen:
        host_page(seen, body=body)
        seen.page.locator("#a #fc-question").fill(QUESTION)
        seen.page.locator("#a #fc-question").press("Enter")
        seen.page.locator("#a .tools").wait_for()
        assert seen.page.locator("fact-check").count() == 2
        assert seen.page.locator("#b .turn").count() == 0
        assert seen.violations() == []


def test_the_page_can_open_ask_reset_and_take_it_away(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        answer_with(seen, lambda route: stream_answer(route, told(PLAIN)))
        host_page(seen)
        seen.page.evaluate(
            """() => {
              window.heard = [];
              for (const name of ['fc-open', 'fc-ask', 'fc-answer', 'fc-close', 'fc-error']) {
                document.addEventListener(name, (e) => heard.push(name));
              }
            }"""
        )
        seen.page.locator(".launch").wait_for()
        seen.page.evaluate("document.querySelector('fact-check').ask('Who?')")
        seen.turns.first.locator(".tools").wait_for()
        seen.page.evaluate("document.querySelector('fact-check').reset()")
        assert seen.turns.count() == 0
        seen.page.evaluate("document.querySelector('fact-check').close()")
        seen.page.locator(".launch").wait_for()
        seen.page.evaluate("document.querySelector('fact-check').destroy()")
        assert seen.page.locator("fact-check").count() == 0
        assert seen.page.evaluate("heard") == ["fc-open", "fc-ask", "fc-answer", "fc-close"]


HOSTILE = (
    "<style>*{all:unset!important;color:red!important;display:inline!important}"
    "html{font-size:200%}fact-check{font-size:90px!important;transform:scale(3)}</style>"
)


def test_a_hostile_stylesheet_changes_nothing(browser: Browser, served: Served) -> None:
    shape = """(element) => {
      const parts = '.launch, dialog, #fc-question, .composer';
      return [...element.shadowRoot.querySelectorAll(parts)].map((e) => {
        const { display, position, color, fontFamily } = getComputedStyle(e);
        return { display, position, color, fontFamily };
      });
    }"""
    seen_shapes = []
    for body in ("", HOSTILE):
        with visit(browser, served) as seen:
            answer_with(seen, lambda route: stream_answer(route, told(PLAIN)))
            host_page(seen, body=body, headers={})
            seen.panel()
            seen_shapes.append(seen.page.locator("fact-check").evaluate(shape))
            size = seen.box.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")
            assert 14 <= size <= 26
    assert seen_shapes[0] == seen_shapes[1]


def test_an_isolated_page_can_have_it(browser: Browser, served: Served) -> None:
    headers = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    with visit(browser, served) as seen:
        host_page(seen, headers=headers)
        assert seen.page.evaluate("crossOriginIsolated")
        seen.panel(QUESTION)
        assert seen.faults == []


def test_a_pinned_script_is_run_and_a_changed_one_is_not(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        seen.page.goto(f"{served.address}/embed")
        pre = seen.page.locator("#snippet")
        integrity = pre.get_attribute("data-integrity")
        assert integrity in pre.inner_text()
        for good in (True, False):
            seen.page.goto("about:blank")
            value = integrity if good else integrity.replace("sha384-", "sha384-A")
            host_page(seen, attributes=f"integrity='{value}'")
            seen.page.wait_for_load_state("networkidle")
            assert bool(seen.page.locator("fact-check").count()) is good


def test_a_long_transcript_stays_quick(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        host_page(seen)
        seen.page.locator(".launch").wait_for()
        slowest = seen.page.evaluate(
            """async (answer) => {
              const headers = { 'Content-Type': 'text/event-stream' };
              const real = fetch;
              window.fetch = async (...asked) =>
                String(asked[0]).endsWith('/answers')
                  ? new Response(answer, { headers })
                  : real(...asked);
              const element = document.querySelector('fact-check');
              await element.open();
              let slowest = 0;
              new PerformanceObserver((list) => {
                for (const entry of list.getEntries()) slowest = Math.max(slowest, entry.duration);
              }).observe({ type: 'longtask' });
              for (let i = 0; i < 200; i += 1) {
                const answered = new Promise((done) => {
                  element.addEventListener('fc-answer', done, { once: true });
                });
                await element.ask('Who?');
                await answered;
              }
              return slowest;
            }""",
            told(PLAIN),
        )
        assert seen.turns.count() == 200
        assert slowest < 1000  # a page that hangs, not a slow machine
        assert seen.faults == []


def test_nothing_moves_for_readers_who_want_no_motion(browser: Browser, served: Served) -> None:
    for motion, moving in (("reduce", "none"), ("no-preference", "seek")):
        with visit(browser, served, reduced_motion=motion) as seen:
            ask(seen, never)
            working = seen.turns.first.locator(".working")
            working.wait_for()
            assert working.evaluate("(e) => getComputedStyle(e).animationName") == moving
