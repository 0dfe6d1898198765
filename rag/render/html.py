"""The report as one HTML file that loads nothing and runs nothing."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from rag.render import wording
from rag.report import Report

if TYPE_CHECKING:
    from jinja2 import Template

_RIGHT_TO_LEFT = frozenset(["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"])


def render(report: Report) -> str:
    """Return a self-contained page; its content security policy allows its own style alone."""
    style = (files("rag.render") / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        report=report,
        wording=wording,
        places=wording.places(report),
        statements={s.id: s for s in report.statements},
        direction=direction,
        style=style,
        style_hash=digest,
    )


def direction(language: str | None) -> str:
    """Return the writing direction of a language tag: "rtl", "ltr", or "auto" if none is given."""
    if not language:
        return "auto"
    return "rtl" if language.lower().split("-")[0] in _RIGHT_TO_LEFT else "ltr"


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["line"] = wording.safe
    return environment.from_string((files("rag.render") / "report.html").read_text("utf-8"))
