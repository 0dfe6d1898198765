"""A server that has keys: which pages may ask it, with a key that `citeproof keys` made."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from browsing import QUESTION, Served, host_page, visit
from playwright.sync_api import Browser
from serving import live
from typer.testing import CliRunner

from api.app import create_app
from api.server import listen
from api.settings import ApiSettings
from rag.cli.app import app as command_line

REFUSED = "This page may not ask here: its key is not accepted."


class Keyed(NamedTuple):
    """A server with a key for its own pages, and the port that the key's origin names."""

    served: Served
    port: int
    state: Path
    key: str


def make_key(state: Path, origin: str) -> str:
    made = CliRunner().invoke(
        command_line,
        ["keys", "create", "--publishable", "--site", "desk", "--origin", origin],
        env={"CITEPROOF_API_STATE": str(state)},
    )
    assert made.exit_code == 0, made.output
    return made.stdout.strip()


@pytest.fixture(scope="module")
def keyed(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    folder = tmp_path_factory.mktemp("keyed")
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    address = f"http://localhost:{port}"
    key = make_key(folder, address)
    settings = ApiSettings(state=folder, page_key=key, address_per_minute=10_000)
    with live(create_app(served.assistant, settings, keyless=True), listener=listener):
        yield Keyed(replace(served, address=address), port, folder, key)


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_with_a_page_key_the_servers_own_pages_ask(
    browser: Browser, keyed: Keyed, path: str
) -> None:
    with visit(browser, keyed.served) as seen:
        seen.page.goto(f"{keyed.served.address}{path}")
        seen.ask(QUESTION)
        with seen.page.expect_response("**/passage?*") as passage:
            seen.turns.first.locator(".cite").first.click()
        assert passage.value.status == 200
        assert "Quote found in the source" in seen.card.inner_text()
        assert seen.violations() == []
        assert seen.faults == []
        assert seen.strangers() == []


def test_with_a_page_key_the_form_asks_without_javascript(browser: Browser, keyed: Keyed) -> None:
    with visit(browser, keyed.served, java_script_enabled=False) as seen:
        seen.page.goto(f"{keyed.served.address}/")
        seen.page.get_by_label("Your question").fill(QUESTION)
        seen.page.get_by_role("button", name="Ask").click()
        assert seen.page.locator("h1").inner_text() == QUESTION


def test_the_same_page_under_another_address_is_refused(browser: Browser, keyed: Keyed) -> None:
    other = replace(keyed.served, address=f"http://127.0.0.1:{keyed.port}")
    with visit(browser, other) as seen:
        seen.page.goto(f"{other.address}/")
        seen.box.fill("Who?")
        seen.box.press("Enter")
        seen.turns.first.locator(".fault", has_text=REFUSED).wait_for()
        assert seen.box.input_value() == "Who?"


def test_somebody_elses_page_is_refused_and_told_why(browser: Browser, keyed: Keyed) -> None:
    with visit(browser, keyed.served) as seen:
        host_page(seen, key=keyed.key)
        seen.panel()
        seen.box.fill("Who?")
        seen.box.press("Enter")
        seen.turns.first.locator(".fault", has_text=REFUSED).wait_for()
        assert seen.turns.first.locator(".statement").count() == 0
        assert seen.strangers() == []


def test_the_page_of_a_keys_origin_is_answered(browser: Browser, keyed: Keyed) -> None:
    with visit(browser, keyed.served) as seen:
        host_page(seen, key=make_key(keyed.state, keyed.served.site))
        seen.panel(QUESTION)
        assert seen.turns.first.locator(".statement").count() > 10
        assert seen.violations() == []
