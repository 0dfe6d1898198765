"""The report as one HTML file that loads nothing and runs nothing."""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from rag.render import wording
from rag.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_RIGHT_TO_LEFT = frozenset(["ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"])


def render(report: Report) -> str:
    """Return a self-contained page; its content security policy allows its own style alone."""
    style = (files("rag.render") / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _template().render(
        report=report,
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
    return environment().get_template("report.html")


def environment(*folders: Path) -> "Environment":
    """Return how templates are read: from `folders`, and from here the parts that pages share."""
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folders), PackageLoader("rag.render", "")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["line"] = wording.safe
    made.globals["wording"] = wording
    return made
