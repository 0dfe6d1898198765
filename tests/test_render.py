"""What holds for every rendering."""

import io
import re
from html.parser import HTMLParser

import pytest
from golden import assert_golden
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from reports import own_marks, refusal, report, reports
from rich.console import Console

from corpus.text import one_line
from rag.render import html, markdown, terminal, wording
from rag.render.json import from_json, to_json
from rag.report import Report

UNSAFE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
several = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMMONMARK = MarkdownIt("commonmark")
ALLOWED_TAGS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body main header section footer h1 h2 h3 p strong small span a"
        " bdi ul ol li figure blockquote figcaption dl div dt dd",
    )
)


def printed(made: Report, *, width: int = 100, colors: bool = False) -> str:
    out = io.StringIO()
    system = "truecolor" if colors else None
    console = Console(file=out, width=width, force_terminal=colors, color_system=system)
    terminal.render(made, console)
    return out.getvalue()


class Page(HTMLParser):
    """The tags, attributes and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.style += data
        else:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def leaves(text: str) -> list[Token]:
    """The inline tokens of a Markdown text, and its blocks."""
    found: list[Token] = []
    for token in COMMONMARK.parse(text):
        found += [token, *(token.children or [])]
    return found


def words_of(text: str) -> str:
    return " ".join("".join(t.content for t in leaves(text) if t.type == "text").split())


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def seen(made: Report) -> dict[str, str]:
    """The visible text of each rendering, without its white space."""
    return {
        "markdown": squeezed(words_of(markdown.render(made))),
        "html": squeezed(Page(html.render(made)).text),
        "terminal": squeezed(printed(made)),
    }


@pytest.mark.parametrize("name", ["report", "refusal"])
def test_renderings_are_as_approved(name: str) -> None:
    made = report() if name == "report" else refusal()
    assert_golden(f"{name}.md", markdown.render(made))
    assert_golden(f"{name}.html", html.render(made))
    assert_golden(f"{name}.txt", printed(made))
    assert_golden(f"{name}.json", to_json(made))


@several
@given(reports())
def test_every_rendering_has_disclaimer_dates_and_staleness(made: Report) -> None:
    for text in seen(made).values():
        assert squeezed(made.disclaimer) in text
        assert squeezed(wording.checked_line(made)) in text
        assert squeezed(wording.corpus_line(made)) in text
        assert squeezed(wording.long_date(made.corpus.latest_published)) in text
        assert made.staleness is None or squeezed(made.staleness) in text
    assert from_json(to_json(made)) == made


@several
@given(reports())
def test_every_rendering_shows_every_word_of_statements_quotes_and_sources(made: Report) -> None:
    for text in seen(made).values():
        for statement in made.statements:
            for citation in statement.citations:
                assert squeezed(one_line(citation.quote)) in text
            shown = "".join(run.text for run in wording.runs(statement))
            assert squeezed(shown) in text
        for card in made.sources:
            assert squeezed(wording.title(card)) in text
            assert squeezed(wording.source_line(card)) in text


@several
@given(reports())
def test_markdown_of_a_source_is_text(made: Report) -> None:
    allowed = {card.url for card in (*made.sources, *made.consulted) if wording.link(card)}
    tokens = leaves(markdown.render(made))
    assert not {t.type for t in tokens} & {"html_block", "html_inline", "image", "code_inline"}
    assert not {t.type for t in tokens} & {"fence", "code_block", "hardbreak", "hr"}
    targets = [str(t.attrs["href"]) for t in tokens if t.type == "link_open"]
    outside = [t for t in targets if not re.fullmatch(r"#source-\d+", t)]
    normal = {COMMONMARK.normalizeLink(url) for url in allowed if url}
    assert set(outside) <= normal


@several
@given(reports())
def test_markdown_marks_are_links_and_source_brackets_are_none(made: Report) -> None:
    text = markdown.render(made).split("## Where the sources disagree")[0]
    inside = re.findall(r"(?<!\\)\[\[(\d+)\]\]\(#source-(\d+)\)", text)
    body = inside[: len(own_marks(made))]
    assert [int(n) for n, _ in body] == own_marks(made)
    assert all(n == target for n, target in inside)


@several
@given(reports())
def test_html_of_a_source_is_text(made: Report) -> None:
    page = Page(html.render(made))
    allowed = {card.url for card in (*made.sources, *made.consulted) if wording.link(card)}
    for tag, attributes in page.tags:
        assert tag in ALLOWED_TAGS
        names = {"href", "id", "class", "rel", "lang", "dir", "value", "charset", "http-equiv"}
        assert set(attributes) <= names | {"content", "name"}
        if tag == "a":
            target = attributes["href"] or ""
            assert re.fullmatch(r"#(source-\d+|s\d+)", target) or target in allowed


@several
@given(reports())
def test_html_marks_are_links_to_their_source_cards(made: Report) -> None:
    page = Page(html.render(made))
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = [a["href"] for tag, a in page.tags if tag == "a" and a.get("class") == "mark"]
    expected = [f"#source-{n}" for n in own_marks(made)]
    assert targets[: len(expected)] == expected
    assert {target[1:] for target in targets if target} <= set(ids)


def test_html_policy_allows_its_own_style_and_nothing_else() -> None:
    import base64
    import hashlib

    page = Page(html.render(report()))
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in page.style
    assert "@import" not in page.style


def test_html_sets_the_direction_of_page_and_quotes() -> None:
    made = report(language="ar")
    page = Page(html.render(made))
    assert next(a["dir"] for tag, a in page.tags if tag == "html") == "rtl"
    quotes = [a["dir"] for tag, a in page.tags if tag == "blockquote"]
    assert quotes == ["ltr", "ltr", "ltr", "ltr", "auto"]
    assert html.direction("he-IL") == "rtl"


def test_print_sheet_hides_nothing() -> None:
    style = Page(html.render(report())).style
    assert "display: none" not in style
    assert "visibility" not in style


@several
@given(reports())
def test_terminal_gets_plain_text_where_there_is_none(made: Report) -> None:
    text = printed(made)
    assert not UNSAFE.search(text)
    assert all(line == line.rstrip() for line in text.splitlines())


@several
@given(reports())
def test_terminal_gets_colours_and_links_of_cards_and_no_other_control_character(
    made: Report,
) -> None:
    allowed = {card.url for card in made.sources if wording.link(card)}
    text = printed(made, colors=True)
    for target in re.findall(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b\\", text):
        assert target in {"", *allowed}
    rest = re.sub(r"\x1b\]8;[^;]*;[^\x1b]*\x1b\\|\x1b\[[\d;]*m", "", text)
    assert not UNSAFE.search(rest)


@pytest.mark.parametrize("width", [20, 40, 200])
def test_terminal_wraps_to_its_width_but_never_an_address(width: int) -> None:
    lines = printed(report(), width=width).splitlines()
    assert all(len(line) <= max(width, 24) or "https://" in line for line in lines)
    assert any(line.strip().startswith(f"{report().sources[0].url}") for line in lines)


def test_terminal_names_ten_consulted_sources_and_counts_the_others() -> None:
    made = report()
    many = tuple(made.consulted[0] for _ in range(13))
    text = printed(report(consulted=many))
    assert text.count("Another <b>letter</b>") == 10
    assert "and 3 more, listed in the other renderings" in text


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=c&d=e#f", True),
        ("http://example.org", True),
        ("ftp://example.org/", False),
        ("javascript:alert(1)", False),
        ("https://user:secret@example.org/", False),
        ("https:///nowhere", False),
        ("https://[broken", False),
        ("https://example.org/ü", False),
        ("https://example.org/a b", False),
        ("https://example.org/`x`", False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_web_addresses_are_links(url: str | None, link: bool) -> None:
    from dataclasses import replace

    card = replace(report().sources[0], url=url)
    assert wording.link(card) == (url if link else None)
    assert link or not url or one_line(url) in wording.address_line(card)


def test_a_bracket_in_a_source_is_no_citation() -> None:
    from dataclasses import replace

    made = report().summary[0]
    text = "It says [2] and [99], 【1】 and [2024], in [1-3] [1]."
    shown = [r.n for r in wording.runs(replace(made, text=text)) if r.n is not None]
    assert shown == [1]


def test_partial_support_is_said_in_the_sentence() -> None:
    from dataclasses import replace

    from rag.report import SupportVerdict

    partly = replace(report().summary[0], support=SupportVerdict.PARTLY)
    for text in seen(report(summary=(partly,))).values():
        assert "[1].(Supportedinpart.)" in text
