"""How the pages are made: templates, their security policy, links to passages, structured data."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.responses import Response

from api.pages_assets import assets
from rag.render import wording
from rag.render.html import direction, environment
from rag.report import Citation, Report, SourceCard, Statement

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_TEMPLATES = Path(__file__).parent / "templates"
_CODE = re.compile(r"`([^`]+)`")


def page(name: str, *, status: int = 200, **values: object) -> Response:
    """Return a page made from a template, which loads nothing but this server's own files."""
    headers = {
        "Content-Security-Policy": POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        # Under `no-referrer` a browser would send the form without saying which page it is of.
        "Referrer-Policy": "same-origin",
    }
    text = _environment().get_template(name).render(values)
    return Response(text, status, headers, "text/html; charset=utf-8")


def passage_link(source_id: str, sha256: str, start: int, end: int) -> str:
    """Return the path of a stored source, opened at a span in code points."""
    return f"/s/{source_id}?at={sha256}&start={start}&end={end}#passage"


def span_id(citation: Citation) -> str:
    """Return the name of a cited passage on the page of a report."""
    return f"q{citation.n}-{citation.start}-{citation.end}"


def anchor(statement: Statement, n: int) -> str:
    """Return the name of the first passage of source `n` that a statement cites."""
    return span_id(next(c for c in statement.citations if c.n == n))


def margins(report: Report) -> list[list[SourceCard]]:
    """Return the sources that stand in the margin of the summary and of each section.

    Each stands where it is first cited.
    """
    seen: set[int] = set()
    out = []
    for statements in (report.summary, *(section.statements for section in report.sections)):
        numbers = {c.n for s in statements for c in s.citations} - seen
        seen |= numbers
        out.append([card for card in report.sources if card.n in numbers])
    return out


def bound(text: str) -> str:
    """Return words before a mark with their last space unbreakable: no line begins with a mark."""
    return f"{text[:-1]}\u00a0" if text.endswith(" ") and len(text) > 1 else text


def structured_data(report: Report, slug: str) -> Markup:
    """Return the report as JSON-LD of schema.org, safe inside a script element.

    It is a `Report`, not a `ClaimReview`: it rates no claim.
    """
    summary = " ".join(s.text for s in report.summary)
    if report.refusal:
        summary = report.refusal.reason
    data = {
        "@context": "https://schema.org",
        "@type": "Report",
        "@id": f"/r/{slug}",
        "identifier": report.id,
        "version": report.version,
        "headline": report.question,
        "abstract": summary,
        "datePublished": report.checked_on,
        "inLanguage": report.language,
        "creativeWorkStatus": report.status.value,
        "usageInfo": report.disclaimer,
        "citation": [_cited_work(card) for card in report.sources],
    }
    text = json.dumps(data, ensure_ascii=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no character of markup is left in it


def _cited_work(card: SourceCard) -> dict[str, Any]:
    work: dict[str, Any] = {
        "@type": "CreativeWork",
        "position": card.n,
        "name": wording.title(card),
        "publisher": card.publisher and {"@type": "Organization", "name": card.publisher},
        "datePublished": card.published,
        "url": wording.link(card),
    }
    return {name: value for name, value in work.items() if value is not None}


@cache
def _environment() -> Environment:
    made = environment(_TEMPLATES)
    made.filters["code"] = _with_code
    made.globals.update(
        asset=lambda name: assets().address(name),
        anchor=anchor,
        bound=bound,
        span_id=span_id,
        passage_link=passage_link,
        text_direction=direction,
    )
    return made


def _with_code(text: str) -> Markup:
    """Return text with what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped
