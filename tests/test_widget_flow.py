import json
import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from typing import get_args

import pytest
from browsing import QUESTION, Served, Visit, host_page, visit
from playwright.sync_api import Browser
from pypdf import PdfReader

from api.store import Reason

REFUSED = "What is the capital of Mongolia's smallest province by rainfall?"
_COUNT = """(element) => {
  const root = element.shadowRoot;
  window.announced = [];
  for (const live of root.querySelectorAll('[role="status"], [role="alert"], [aria-live=polite]')) {
    new MutationObserver(() => {
      if (live.textContent) announced.push(live.textContent);
    }).observe(live, { childList: true, characterData: true, subtree: true });
  }
}"""


def squeezed(text: str) -> str:
    """Return text without spaces and ligatures, as a printed page can be compared."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.fixture(scope="module")
def shared(browser: Browser, served: Served) -> Iterator[Visit]:
    """A strict page of somebody else on which one question has been asked."""
    with visit(browser, served, permissions=["clipboard-read", "clipboard-write"]) as seen:
        host_page(seen)
        seen.panel()
        seen.page.locator("fact-check").evaluate(_COUNT)
        seen.ask(QUESTION)
        yield seen


def test_the_strictest_page_has_a_whole_checked_answer(shared: Visit) -> None:
    turn = shared.turns.first
    assert turn.locator(".question").inner_text() == QUESTION
    assert turn.locator(".statement").count() > 10
    assert turn.locator(".cite").count() > 10
    assert "all supported by their sources" in turn.locator(".outcome").inner_text()
    assert (
        shared.page.locator(".small-print").inner_text() == turn.locator(".disclaimer").inner_text()
    )
    assert "may be outdated" in turn.inner_text()


def test_nothing_is_loaded_from_anybody_else_and_no_policy_is_broken(shared: Visit) -> None:
    assert shared.strangers() == []
    assert shared.violations() == []
    assert shared.faults == []


def test_an_answer_is_announced_and_not_read_out_sentence_by_sentence(shared: Visit) -> None:
    announced = shared.page.evaluate("window.announced")
    assert announced[0] == "Searching the documents"
    assert announced[-1].startswith("Answer ready:")
    assert len(announced) <= 3


def test_a_bracket_opens_the_exact_words_in_their_context(shared: Visit) -> None:
    with shared.page.expect_response("**/passage?*") as response:
        shared.turns.first.locator(".cite").nth(1).click()
    passage = response.value.json()
    card = shared.card
    assert " ".join(card.locator("mark").first.inner_text().split()) == passage["exact"]
    quote = card.locator("blockquote").first
    quote.get_by_text(passage["after"].strip()[:30]).first.wait_for()
    assert "Quote found in the source" in card.inner_text()
    assert "Supports the sentence" in card.inner_text()
    assert passage["source"]["publisher"] in card.inner_text()
    with shared.context.expect_page() as opened:
        card.locator(".at-passage").click()
    page = opened.value
    assert " ".join(page.locator("mark#passage").inner_text().split()) == passage["exact"]
    page.close()
    card.get_by_role("button", name="Close").click()
    assert card.count() == 0


@pytest.mark.parametrize("close", ["button", "Escape", "bracket", "elsewhere"])
def test_the_focus_returns_to_the_bracket_unless_the_reader_took_it_elsewhere(
    shared: Visit, close: str
) -> None:
    cite = shared.turns.first.locator(".cite").nth(3)
    cite.click()
    shared.card.wait_for()
    assert cite.get_attribute("aria-expanded") == "true"
    focused = "document.activeElement.shadowRoot.activeElement.id"
    assert shared.page.evaluate(focused) == "card-title"
    if close == "button":
        shared.card.get_by_role("button", name="Close").click()
    elif close == "Escape":
        shared.page.keyboard.press("Escape")
    elif close == "bracket":
        cite.press("Escape")
    else:
        shared.box.click()
    shared.card.wait_for(state="detached")
    assert cite.get_attribute("aria-expanded") == "false"
    kept = shared.box if close == "elsewhere" else cite
    assert kept.evaluate("(e) => e.getRootNode().activeElement === e")
    assert shared.page.locator("dialog").evaluate("(d) => d.open")  # the panel stays


def test_a_wrong_source_is_reported_with_its_sentence(shared: Visit) -> None:
    cite = shared.turns.first.locator(".cite").nth(1)
    cite.click()
    card = shared.card
    card.get_by_role("button", name="Wrong source?").click()
    card.locator("select").select_option("unsupported")
    card.locator("textarea").fill("It says less.")
    with shared.page.expect_request("**/feedback") as request:
        card.get_by_role("button", name="Report").click()
    card.get_by_text("Thank you.").wait_for()
    said = json.loads(request.value.post_data or "")
    assert said["reason"] == "unsupported"
    assert said["citation"] == int(cite.get_attribute("data-n"))
    stored = shared.page.request.get(request.value.url).json()["data"]
    assert stored[-1]["comment"] == "It says less."
    shared.page.keyboard.press("Escape")


def test_a_shared_answer_is_a_page_with_the_same_sentences(shared: Visit) -> None:
    turn = shared.turns.first
    turn.get_by_role("button", name="Copy link").click()
    turn.locator(".said", has_text="Copy link").wait_for()
    link = shared.page.evaluate("navigator.clipboard.readText()")
    page = shared.context.new_page()
    page.goto(link)
    said = [" ".join(s.split()) for s in turn.locator(".part .statement").all_inner_texts()]
    shown = [" ".join(s.split()) for s in page.locator(".statement").all_inner_texts()]
    assert shown == said
    disclaimer = turn.locator(".disclaimer").inner_text()
    assert disclaimer in page.locator("main").inner_text()
    turn.get_by_role("button", name="Copy text").click()
    turn.locator(".said", has_text="Copy text").wait_for()
    text = shared.page.evaluate("navigator.clipboard.readText()")
    assert disclaimer in text
    assert link in text
    assert "[1] " in text
    page.close()


def test_a_copied_answer_keeps_its_citations(shared: Visit) -> None:
    turn = shared.turns.first
    turn.get_by_role("button", name="Copy text").click()
    turn.locator(".said", has_text="Copy text").wait_for()
    html = shared.page.evaluate(
        """async () => {
          // The system may still be taking it over: then what was read is void.
          for (let left = 50; ; left--) {
            try {
              const [item] = await navigator.clipboard.read();
              return await (await item.getType('text/html')).text();
            } catch (error) {
              if (!left) throw error;
              await new Promise((done) => setTimeout(done, 100));
            }
          }
        }"""
    )
    page = shared.context.new_page()
    page.set_content(html)
    assert page.locator("h1").inner_text() == QUESTION
    assert turn.locator(".disclaimer").inner_text() in page.locator("p").nth(0).inner_text()
    headings = [" ".join(h.split()) for h in turn.locator(".part .head").all_inner_texts()[1:]]
    assert page.locator("h2").all_inner_texts() == headings
    # Each bracket leads to its passage, and each number to its source.
    shown = turn.locator(".part .cite").all_inner_texts()
    marks = page.get_by_role("link", name=re.compile(r"^\[\d+\]$"))
    assert marks.all_inner_texts() == shown
    copied = page.locator("article").inner_text()
    for title in turn.locator(".sources .used .title").all_text_contents():
        assert title in copied
    page.goto(marks.nth(4).get_attribute("href") or "")
    assert page.locator("mark#passage").inner_text().strip()
    page.close()


def test_a_reader_who_says_no_says_why(shared: Visit) -> None:
    turn = shared.turns.first
    no = turn.get_by_role("button", name="No", exact=True)
    no.click()
    assert no.get_attribute("aria-expanded") == "true"
    reason = turn.get_by_label("Was this useful? No")
    assert reason.evaluate("(e) => e.getRootNode().activeElement === e")
    assert reason.locator("option").evaluate_all("(all) => all.map((o) => o.value)") == list(
        get_args(Reason)
    )
    reason.select_option("incomplete")
    turn.get_by_label("More (optional)").fill("Nothing on 2025.")
    with shared.page.expect_request("**/feedback") as request:
        turn.get_by_role("button", name="Report").click()
    turn.locator(".feedback").get_by_text("Thank you.").wait_for()
    assert no.count() == 0
    stored = shared.page.request.get(request.value.url).json()["data"][-1]
    said = (stored["vote"], stored["reason"], stored["comment"], stored["citation"])
    assert said == ("down", "incomplete", "Nothing on 2025.", None)


def test_a_reader_who_says_yes_is_thanked(shared: Visit) -> None:
    turn = shared.turns.first
    with shared.page.expect_request("**/feedback") as request:
        turn.get_by_role("button", name="Yes", exact=True).click()
    turn.locator(".said", has_text="Thank you.").first.wait_for()
    stored = shared.page.request.get(request.value.url).json()["data"][-1]
    assert (stored["vote"], stored["reason"]) == ("up", None)


def test_a_printed_report_has_every_quote_and_every_address(shared: Visit) -> None:
    page = shared.context.new_page()
    link = shared.turns.first.get_by_role("link", name="Open as a page").get_attribute("href")
    page.goto(link or "")
    quotes = page.locator("blockquote").all_inner_texts()
    addresses = page.locator("a.address").all_inner_texts()
    pdf = PdfReader(BytesIO(page.pdf()))
    text = squeezed("".join(sheet.extract_text() for sheet in pdf.pages))
    assert len(quotes) > 10
    for part in (*quotes, *addresses, "Citeproof can make mistakes.", "How this was made"):
        assert squeezed(part) in text, part
    page.close()


def test_a_suggested_question_is_asked_and_the_first_answer_stays(shared: Visit) -> None:
    chip = shared.turns.first.locator(".chip").first
    question = chip.inner_text()
    chip.click()
    shared.turns.nth(1).locator(".tools").wait_for()
    asked = shared.turns.nth(1).locator(".question")
    assert asked.inner_text() == question
    shared.page.wait_for_timeout(100)
    top = "(e) => e.getBoundingClientRect().top"
    assert 0 <= asked.evaluate(top) - shared.page.locator(".transcript").evaluate(top) < 100
    assert shared.turns.first.locator(".statement").count() > 10
    assert shared.strangers() == []
    assert shared.violations() == []


def test_a_refusal_shows_the_searches_and_the_nearest_passages(shared: Visit) -> None:
    shared.ask(REFUSED)
    refusal = shared.turns.last.locator(".refusal")
    assert "No answer from these sources" in refusal.inner_text()
    assert "Searches made" in refusal.inner_text()
    assert "58 documents searched" in refusal.inner_text()
    assert shared.turns.last.locator(".cite").count() == 0


def test_the_keyboard_alone_is_enough(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        host_page(seen)
        page, keys = seen.page, seen.page.keyboard
        focused = "document.activeElement.shadowRoot?.activeElement"
        page.locator(".launch").wait_for()
        keys.press("Tab")
        assert page.evaluate(f"{focused}.className") == "launch"
        keys.press("Enter")
        seen.box.wait_for()
        assert page.evaluate(f"{focused}.id") == "fc-question"
        keys.type(QUESTION)
        keys.press("Enter")
        seen.turns.first.locator(".tools").wait_for()
        assert page.evaluate(f"{focused}.id") == "fc-question"  # what comes never takes the focus
        keys.press("F6")
        assert page.evaluate(f"{focused}.className") == "transcript"
        keys.press("Tab")
        assert "cite" in page.evaluate(f"{focused}.className")
        keys.press("Enter")
        seen.card.wait_for()
        assert page.evaluate(f"{focused}.id") == "card-title"
        keys.press("Tab")
        assert "close" in page.evaluate(f"{focused}.className")
        keys.press("Escape")
        assert seen.card.count() == 0
        assert "cite" in page.evaluate(f"{focused}.className")
        keys.press("F6")
        assert page.evaluate(f"{focused}.id") == "fc-question"
        keys.press("Escape")
        page.locator(".launch").wait_for()
        assert page.evaluate(f"{focused}.className") == "launch"
        assert not page.locator("dialog[open]").count()
        assert seen.faults == []


def test_on_a_phone_the_panel_covers_the_page_and_the_page_is_out_of_reach(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served, viewport={"width": 320, "height": 640}, has_touch=True) as seen:
        host_page(seen)
        seen.page.locator(".launch").tap()
        seen.ask(QUESTION)
        dialog = seen.page.locator("dialog")
        assert dialog.evaluate("(d) => d.matches(':modal')")
        assert dialog.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 640}
        for part in (".transcript", "dialog"):
            wide = seen.page.locator(part).evaluate("(e) => e.scrollWidth - e.clientWidth")
            assert wide == 0, part
        seen.turns.first.locator(".cite").first.tap()
        box = seen.card.bounding_box()
        assert box is not None
        assert box["width"] == 320
        seen.card.get_by_role("button", name="Close").tap()
        seen.page.locator("dialog > .top button.close").tap()
        seen.page.locator(".launch").wait_for()


@pytest.mark.parametrize("language", ["ar", "he"])
def test_from_right_to_left_the_widget_is_mirrored(
    browser: Browser, served: Served, language: str
) -> None:
    with visit(browser, served, viewport={"width": 1000, "height": 700}) as seen:
        host_page(seen, language=language)
        seen.page.locator(f".launch[lang={language}]").wait_for()
        launch = seen.page.locator(".launch").bounding_box()
        assert launch is not None
        assert launch["x"] < 100
        seen.panel(QUESTION)
        panel = seen.page.locator("dialog")
        assert panel.evaluate("(d) => getComputedStyle(d).direction") == "rtl"
        box = panel.bounding_box()
        assert box is not None
        assert box["x"] < 100
        # The report is in English, and reads from left to right.
        sentence = seen.turns.first.locator(".statement").first
        assert sentence.evaluate("(s) => getComputedStyle(s).direction") == "ltr"


def test_without_javascript_the_pages_answer_too(browser: Browser, served: Served) -> None:
    with visit(browser, served, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(f"{served.address}/")
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask").click()
        assert page.locator("h1").inner_text() == QUESTION
        page.locator("a.cite").first.click()
        target = page.locator("figure:target blockquote")
        assert target.count() == 1
        page.locator("figure:target a", has_text="Open at this passage").click()
        assert page.locator("mark#passage").inner_text().strip()


def test_the_ask_page_answers_in_place_under_its_own_policy(
    browser: Browser, served: Served
) -> None:
    with visit(browser, served) as seen:
        seen.page.goto(f"{served.address}/")
        seen.ask(QUESTION)
        assert seen.turns.first.locator("details.sources").get_attribute("open") is not None
        assert seen.violations() == []
        assert seen.faults == []
        assert seen.strangers() == []


def test_what_was_asked_is_offered_again_in_the_same_tab(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        host_page(seen)
        seen.panel(QUESTION)
        seen.page.reload()
        seen.panel()
        seen.page.locator(".earlier .chip").click()
        seen.turns.first.locator(".tools").wait_for()
        assert seen.turns.first.locator(".question").inner_text() == QUESTION
        seen.page.get_by_role("button", name="Start afresh").click()
        assert seen.turns.count() == 0
        assert seen.page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_with_history_none_nothing_is_kept(browser: Browser, served: Served) -> None:
    with visit(browser, served) as seen:
        host_page(seen, attributes="data-history='none'")
        seen.panel(QUESTION)
        assert seen.page.evaluate("sessionStorage.length + localStorage.length") == 0
        assert seen.page.evaluate("document.cookie") == ""
