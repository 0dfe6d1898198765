"""The page of a run in a real browser, opened as a file."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from judging import TableJudge
from playwright.sync_api import Browser, Page
from test_bench import Counted

from evals.bench.bench import measured
from evals.evaluate import evaluate
from evals.items import Answer, AnswerSource, Dataset, Fault, Finding, Item
from evals.report.html import to_html
from evals.running import answer_all
from evals.runs import Manifest, Run, ids_digest
from evals.systems.recorded import RecordedSystem

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
SOURCES = (AnswerSource(1, "gold is heavy", "p1", "Metals"), AnswerSource(2, "tin is light", "p2"))
GOLD = Finding("gold", (("gold",),))
ITEMS = tuple(
    Item(f"q{n}", f"Which metal is heavy, {n}?", f"q{n}", topic, True, (GOLD,))
    for n, topic in enumerate(["metals", "metals", "ores", "ores"])
)
ANSWERS = (
    Answer("q0", "Gold is heavy [1].", SOURCES, confidence=0.9, seconds=0.1),
    Answer("q1", "Gold is heavy [2].", SOURCES, confidence=0.4, seconds=0.2),
    Answer("q2", "Nothing answers it.", refused=True),
    Answer("q3", "<img src=x onerror=alert(1)> [7]", SOURCES, confidence=0.2, seconds=0.4),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every part: plots, topics, states, faults."""
    folder = tmp_path_factory.mktemp("page") / "run"
    data = Dataset("metals", "d", ITEMS, faults=(Fault("metals.jsonl:9", "torn"),))
    manifest = Manifest(
        dataset="metals",
        digest="d" * 64,
        items=ids_digest([i.id for i in ITEMS]),
        count=len(ITEMS),
        seed=0,
        limit=None,
        topic=None,
        system={"name": "table"},
        started="2026-01-01T00:00:00+00:00",
    )
    run = Run.begin(folder, data, manifest)
    answer_all(run, RecordedSystem.of("table", ANSWERS))
    evaluate(run, [TableJudge()])
    path = folder / "report.html"
    path.write_text(to_html(run), "utf-8")
    return path


@pytest.fixture
def page(browser: Browser, file: Path) -> Iterator[Page]:
    context = browser.new_context(color_scheme="dark")
    context.add_init_script(AXE)
    context.add_init_script(
        "window.violations = [];"
        "addEventListener('securitypolicyviolation', (e) => violations.push(e.blockedURI));"
    )
    page = context.new_page()
    page.goto(file.as_uri())
    yield page
    context.close()


def test_axe_finds_nothing_and_nothing_is_loaded(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    found = page.evaluate(
        "async () => (await axe.run()).violations.map((v) => `${v.id}: ${v.nodes[0].html}`)"
    )
    assert found == []
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
    assert page.evaluate("violations") == []
    kinds = page.locator("th.kind").all_inner_texts()
    assert kinds == ["Computed, without a judge", "By the verdicts of a judge"]


def test_the_page_of_a_bench_is_drawn_and_axe_finds_nothing(page: Page, tmp_path: Path) -> None:
    failed = {"cold/4": ValueError("torn")}
    costs = Counted([1.0, 2.0, 40.0, 1.0], failed.get)
    run = measured(tmp_path / "bench", [costs], "d" * 64, {"name": "citeproof"})
    page.goto((run.path / "report.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    found = page.evaluate(
        "async () => (await axe.run()).violations.map((v) => `${v.id}: ${v.nodes[0].html}`)"
    )
    assert found == []
    assert page.evaluate("violations") == []
    assert page.locator("figure svg").count() == 3
    page.get_by_label("State").select_option("error")
    assert page.locator(".item:not([hidden])").count() == 1


def test_items_are_filtered_by_text_state_and_topic(page: Page) -> None:
    shown = page.locator(".item:not([hidden])")
    assert shown.count() == len(ITEMS)
    page.get_by_label("Topic").select_option("ores")
    assert shown.count() == 2
    page.get_by_label("State").select_option("refused")
    assert shown.count() == 1
    assert page.locator("#filter-count").inner_text() == "1 of 4"
    page.get_by_label("Text").fill("no such words")
    assert shown.count() == 0


def test_a_link_to_an_item_opens_it_at_once_and_later(page: Page, file: Path) -> None:
    anchors = page.locator(".item").evaluate_all("items => items.map((i) => i.id)")
    opened = page.locator(".item[open]")
    page.goto("about:blank")
    page.goto(f"{file.as_uri()}#{anchors[1]}")
    assert opened.evaluate_all("items => items.map((i) => i.id)") == [anchors[1]]
    opened.get_by_role("link", name="q1").wait_for()
    page.evaluate(f"location.hash = {anchors[3]!r}")
    page.locator(f"#{anchors[3]}[open]").wait_for()
    page.evaluate("location.hash = 'there-is-none'")
    assert opened.count() == 2
