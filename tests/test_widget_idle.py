"""What the widget does while nobody asks: nothing; and when a reader comes back to its page."""

from collections.abc import Iterator

import pytest
from browsing import QUESTION, Served, Visit, answer_with, chromium, host_page, never, visit
from playwright.sync_api import Browser

# Every timer and frame that is asked for, and which of them still wait.
_COUNT = """
window.asked = 0;
window.waiting = new Set();
for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame', 'requestIdleCallback']) {
  const real = window[name];
  window[name] = (does, ...more) => {
    asked += 1;
    const id = real((...given) => {
      if (name !== 'setInterval') waiting.delete(key);
      does(...given);
    }, ...more);
    const key = `${name === 'requestAnimationFrame' ? 'frame' : 'timer'} ${id}`;
    waiting.add(key);
    return id;
  };
}
for (const name of ['clearTimeout', 'clearInterval', 'cancelAnimationFrame']) {
  const real = window[name];
  window[name] = (id) => {
    waiting.delete(`${name === 'cancelAnimationFrame' ? 'frame' : 'timer'} ${id}`);
    real(id);
  };
}
"""
_MOVING = "(e) => e.shadowRoot.getAnimations().filter((a) => a.playState === 'running').length"


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_an_idle_widget_has_no_timer_no_frame_and_no_motion(
    browser: Browser, served: Served, motion: str
) -> None:
    with visit(browser, served, reduced_motion=motion) as seen:
        seen.context.add_init_script(_COUNT)
        host_page(seen)
        seen.page.locator(".launch").wait_for()
        assert seen.page.evaluate("asked") == 0
        seen.panel(QUESTION)
        seen.turns.first.locator(".cite").first.click()
        seen.card.wait_for()
        seen.page.keyboard.press("Escape")
        seen.page.wait_for_function("waiting.size === 0")
        asked, requests = seen.page.evaluate("asked"), len(seen.requests)
        assert asked > 0  # the counter counts
        seen.page.wait_for_timeout(700)
        assert seen.page.evaluate("[asked, waiting.size]") == [asked, 0]
        assert len(seen.requests) == requests
        assert seen.page.locator("fact-check").evaluate(_MOVING) == 0
        seen.page.evaluate("document.querySelector('fact-check').destroy()")
        assert seen.page.evaluate("[asked, waiting.size]") == [asked, 0]


@pytest.fixture(scope="module")
def returning(browser: Browser) -> Iterator[Browser]:
    """A browser that keeps pages when they are left, as browsers of readers do."""
    started = browser.browser_type.launch(
        executable_path=chromium(),
        args=["--no-sandbox"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield started
    started.close()


def leave_and_come_back(seen: Visit) -> bool:
    """Go to another page and back, and say whether the page had been kept."""
    seen.page.evaluate("addEventListener('pageshow', (e) => { window.kept = e.persisted; })")
    seen.page.goto(f"{seen.served.address}/docs/errors")
    # The call returns before the page that it is made in is left.
    seen.page.evaluate("() => { setTimeout(() => history.back(), 0); }")
    seen.page.wait_for_url(seen.served.site, wait_until="commit")
    return bool(seen.page.wait_for_function("'kept' in window && { kept }").json_value()["kept"])


def test_a_page_that_was_left_is_kept_with_its_answer_and_can_ask_again(
    returning: Browser, served: Served
) -> None:
    with visit(returning, served) as seen:
        host_page(seen)
        seen.panel(QUESTION)
        assert leave_and_come_back(seen)
        assert seen.turns.first.locator(".statement").count() > 10
        seen.turns.first.locator(".cite").first.click()
        seen.card.get_by_text("Quote found in the source").first.wait_for()
        seen.page.keyboard.press("Escape")
        seen.ask("What did the DEA say about the Tren de Aragua?")
        assert seen.turns.count() == 2
        assert seen.faults == []


def test_an_answer_in_the_making_is_stopped_when_its_page_is_left(
    returning: Browser, served: Served
) -> None:
    with visit(returning, served) as seen:
        answer_with(seen, never)
        host_page(seen)
        seen.panel()
        seen.box.fill("Who?")
        seen.box.press("Enter")
        seen.page.get_by_role("button", name="Stop").wait_for()
        with seen.page.expect_event("requestfailed"):
            assert leave_and_come_back(seen)
        seen.page.get_by_role("button", name="Ask", exact=True).wait_for()
        assert "the answer is not complete" in seen.turns.first.inner_text()
        assert seen.faults == []
