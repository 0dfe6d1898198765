"""Take the screenshots of the documentation anew: `python tests/widget/screenshots.py`.

Needs the demonstration notes indexed (`make demo`).
"""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from browsing import QUESTION, Remembering, Served, Visit, chromium, host_page, somebody, visit  # noqa: E402
from serving import live  # noqa: E402

from api.app import create_app  # noqa: E402
from api.settings import ApiSettings  # noqa: E402
from rag.cli.compose import open_assistant  # noqa: E402
from rag.settings import Settings  # noqa: E402

FOLDER = ROOT / "docs" / "screenshots"
REFUSED = "How many fentanyl pills did the navy of Portugal seize in 2019?"
STORY = (
    "<style>body{margin:0;font:17px/1.6 Georgia,serif;color:#222}main{max-width:34rem;"
    "margin:3rem 4rem}h1{font-size:2.4rem;line-height:1.15}</style>"
    "<p>The port had a quiet week. Four ships came in, three went out again, and the ferry was"
    " late on Tuesday because of the fog.</p><p>Readers who want to know more about the matter can"
    " ask the sources themselves.</p>"
)


def save(seen: Visit, name: str) -> None:
    """Store what is to be seen, in few colours."""
    picture = Image.open(BytesIO(seen.page.screenshot()))
    small = picture.convert("RGB").quantize(112, dither=Image.Dither.NONE)
    small.save(FOLDER / f"{name}.png", optimize=True)


def main() -> None:
    """Take all six."""
    page: dict[str, object] = {}
    with (
        TemporaryDirectory() as state,
        open_assistant(Settings()) as assistant,
        live(create_app(assistant, ApiSettings(state=Path(state)), keyless=True)) as address,
        somebody(page) as site,
        sync_playwright() as playwright,
    ):
        served = Served(
            address.replace("127.0.0.1", "localhost"), site, Remembering(assistant), page
        )
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        large = {"width": 1440, "height": 900}
        with visit(browser, served, viewport=large) as seen:
            seen.page.goto(f"{served.address}/")
            seen.ask(QUESTION)
            seen.page.locator("#fc-question").blur()
            link = seen.turns.first.get_by_role("link", name="Open as a page").get_attribute("href")
            seen.turns.first.locator(".question").scroll_into_view_if_needed()
            seen.page.evaluate("scrollTo(0, 460)")
            seen.turns.first.locator(".cite").nth(2).click()
            seen.page.wait_for_timeout(500)
            source = seen.card.locator(".at-passage").get_attribute("href")
            save(seen, "citation")
        with visit(browser, served, viewport=large) as seen:
            host_page(seen, body=STORY, headers={})
            seen.panel(QUESTION)
            save(seen, "panel")
            seen.ask(REFUSED)
            seen.page.wait_for_timeout(300)
            save(seen, "refusal")
        with visit(browser, served, viewport=large) as seen:
            seen.page.goto(link or "")
            save(seen, "report")
            seen.page.goto(source or "")
            save(seen, "source")
        phone = {"width": 390, "height": 844}
        with visit(browser, served, viewport=phone, color_scheme="dark") as seen:
            host_page(seen, body=STORY, headers={})
            seen.panel(QUESTION)
            seen.page.locator("#fc-question").blur()
            seen.turns.first.locator(".cite").nth(2).click()
            seen.page.wait_for_timeout(500)
            save(seen, "phone-dark")
        browser.close()


if __name__ == "__main__":
    main()
