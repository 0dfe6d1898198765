"""What automated checks can say of accessibility: axe in every state, and room for every language.

What they cannot say stands in docs/accessibility.md.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from browsing import QUESTION, Served, Visit, answer_with, host_page, never, refuse, visit
from playwright.sync_api import Browser

from api.pages import LANGUAGES

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
REFUSED = "What is the capital of Mongolia's smallest province by rainfall?"


def violations(seen: Visit) -> list[str]:
    """Return what axe finds against WCAG 2.2 AA and its own best practice."""
    found = seen.page.evaluate(
        """async (rules) => {
          const result = await axe.run(document, { runOnly: { type: 'tag', values: rules } });
          return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`);
        }""",
        RULES,
    )
    return list(found)


def open_card(seen: Visit) -> None:
    seen.turns.first.locator(".cite").nth(1).click()
    seen.card.wait_for()


def open_feedback(seen: Visit) -> None:
    open_card(seen)
    seen.card.get_by_role("button", name="Wrong source?").click()


def say_no(seen: Visit) -> None:
    seen.turns.first.get_by_role("button", name="No", exact=True).click()


def open_sources(seen: Visit) -> None:
    seen.turns.first.locator("details.sources summary").click()


def searching(seen: Visit) -> None:
    answer_with(seen, never)
    seen.panel()
    seen.box.fill("Who?")
    seen.box.press("Enter")
    seen.turns.first.locator(".working").wait_for()


def faulty(seen: Visit) -> None:
    answer_with(seen, lambda route: refuse(route, 503))
    seen.panel()
    seen.box.fill("Who?")
    seen.box.press("Enter")
    seen.turns.first.locator(".fault").wait_for()


def again(seen: Visit) -> None:
    seen.panel(QUESTION)
    seen.page.reload()
    seen.panel()
    seen.page.locator(".earlier .chip").wait_for()


STATES: dict[str, Callable[[Visit], None]] = {
    "closed": lambda seen: seen.page.locator(".launch").wait_for(),
    "open": lambda seen: seen.panel(),
    "searching": searching,
    "refused": lambda seen: seen.panel(REFUSED),
    "faulty": faulty,
    "asked before": again,
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_any_state(browser: Browser, served: Served, state: str) -> None:
    dark = state in ("refused", "searching")
    with visit(browser, served, color_scheme="dark" if dark else "light") as seen:
        seen.context.add_init_script(AXE)
        host_page(seen)
        STATES[state](seen)
        assert violations(seen) == []


@pytest.fixture(scope="module")
def answered(browser: Browser, served: Served) -> Iterator[Visit]:
    """A page with a whole answer; a test leaves it as it was."""
    with visit(browser, served) as seen:
        seen.context.add_init_script(AXE)
        host_page(seen)
        seen.panel(QUESTION)
        yield seen


def press_escape(seen: Visit) -> None:
    seen.page.keyboard.press("Escape")
    seen.card.wait_for(state="detached")


def nothing(_: Visit) -> None:
    pass


OPENED: dict[str, tuple[Callable[[Visit], None], Callable[[Visit], None]]] = {
    "answered": (nothing, nothing),
    "card": (open_card, press_escape),
    "feedback": (open_feedback, press_escape),
    "voted down": (say_no, say_no),
    "sources": (open_sources, open_sources),
}


@pytest.mark.parametrize("state", OPENED)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_an_answer(answered: Visit, state: str, scheme: str) -> None:
    answered.page.emulate_media(color_scheme=scheme)
    begin, end = OPENED[state]
    begin(answered)
    assert violations(answered) == []
    end(answered)


def test_axe_finds_nothing_on_a_phone_and_from_right_to_left(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served, viewport={"width": 320, "height": 640}) as seen:
        seen.context.add_init_script(AXE)
        host_page(seen, language="he")
        seen.panel(QUESTION)
        open_card(seen)
        assert violations(seen) == []


def test_axe_finds_nothing_where_the_widget_is_the_page(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        seen.context.add_init_script(AXE)
        seen.page.goto(f"{served.address}/")
        seen.ask(QUESTION)
        assert violations(seen) == []


@pytest.fixture(scope="module")
def paths(served: Served, browser: Browser) -> Iterator[list[str]]:
    """Addresses of every kind of page."""
    with visit(browser, served) as seen:
        seen.page.goto(f"{served.address}/")
        seen.ask(QUESTION)
        report = seen.turns.first.get_by_role("link", name="Open as a page").get_attribute("href")
        source = seen.turns.first.locator(".sources .links a").first.get_attribute("href")
        yield [report or "", source or "", *(f"{served.address}/{p}" for p in ("embed", "r/none"))]


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages(
    browser: Browser, served: Served, paths: list[str], which: int, scheme: str
) -> None:
    with visit(browser, served, color_scheme=scheme) as seen:
        seen.context.add_init_script(AXE)
        seen.page.goto(paths[which])
        assert violations(seen) == []


def test_no_page_is_wider_than_a_phone(browser: Browser, served: Served, paths: list[str]) -> None:
    with visit(browser, served, viewport={"width": 320, "height": 640}) as seen:
        for path in (*paths, f"{served.address}/", f"{served.address}/docs/errors"):
            seen.page.goto(path)
            root = "document.documentElement"
            assert seen.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0, path


@pytest.fixture(scope="module")
def phone(browser: Browser, served: Served) -> Iterator[Visit]:
    """A narrow screen, on which each test opens the page anew."""
    with visit(browser, served, viewport={"width": 320, "height": 640}) as seen:
        yield seen


@pytest.mark.parametrize("language", [*LANGUAGES, "qps"])
def test_every_language_has_room(phone: Visit, language: str) -> None:
    wide = """({ shadowRoot }) => [...shadowRoot.querySelectorAll('dialog, dialog div, button')]
      .filter((e) => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && !e.matches('.cite'))
      .map((e) => e.className + ' ' + e.textContent.slice(0, 40))"""
    host_page(phone, language=language)
    phone.panel(QUESTION)
    phone.turns.first.locator(".useful button").last.click()
    open_card(phone)
    element = phone.page.locator("fact-check")
    assert element.evaluate(wide) == []
    phone.page.keyboard.press("Escape")
    text = element.evaluate("(e) => e.shadowRoot.querySelector('dialog').textContent")
    if language == "qps":
        assert "Ask the sources" not in text
    else:
        assert "{" not in text


def test_controls_are_large_enough_to_hit(phone: Visit) -> None:
    small = """({ shadowRoot }) => [...shadowRoot.querySelectorAll('button, summary, .tools a')]
      .filter((e) => e.offsetParent && !e.matches('.cite'))
      .map((e) => [e.textContent, e.getBoundingClientRect()])
      .filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
      .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    host_page(phone)
    phone.panel(QUESTION)
    open_feedback(phone)
    assert phone.page.locator("fact-check").evaluate(small) == []


def test_with_forced_colours_brackets_still_look_like_controls(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served, forced_colors="active") as seen:
        host_page(seen)
        seen.panel(QUESTION)
        cite = seen.turns.first.locator(".cite").first
        assert cite.evaluate("(e) => getComputedStyle(e).borderTopStyle") == "solid"
