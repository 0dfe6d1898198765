"""The report as one HTML file that loads nothing and runs nothing."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.citations import marks
from rag.render import wording
from rag.report import Report, Statement

if TYPE_CHECKING:
    from jinja2 import Template


def render(report: Report) -> str:
    """Return a self-contained page; its content security policy allows its own style alone."""
    style = (files("rag.render") / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        report=report, wording=wording, pieces=_pieces, style=style, style_hash=digest
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["safe_text"] = wording.safe
    return environment.from_string((files("rag.render") / "report.html").read_text("utf-8"))


def _pieces(statement: Statement) -> list[tuple[str, int | None]]:
    """Return a sentence as runs of text, and the numbers of its own marks between them."""
    text = wording.safe(statement.text)
    numbers = {c.n for c in statement.citations}
    out: list[tuple[str, int | None]] = []
    at = 0
    for mark in marks(text):
        if set(mark.numbers) <= numbers:
            out.append((text[at : mark.start], None))
            out += [("", n) for n in mark.numbers]
            at = mark.end
    out.append((text[at:], None))
    return out
