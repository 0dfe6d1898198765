"""The report as Markdown in which nothing of a source can become markup."""

import re

from rag.citations import marks
from rag.render import wording
from rag.report import Report, SourceCard, Statement

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def render(report: Report) -> str:
    """Return the report as CommonMark text."""
    lines = [
        f"# {escape(report.question)}",
        "",
        f"**{wording.checked(report)}** · {wording.corpus_line(report)}",
        "",
        f"*{escape(report.disclaimer)}*",
        "",
    ]
    if report.staleness:
        lines += [f"> {escape(report.staleness)}", ""]
    lines += _refusal(report)
    if report.summary:
        lines += ["## Executive summary", "", _paragraph(report.summary), ""]
    for number, section in enumerate(report.sections, start=1):
        lines += [f"## {number}. {escape(section.heading)}", "", _paragraph(section.statements), ""]
    lines += _notices(report)
    if report.follow_ups:
        lines += ["## Want to dive deeper?", ""]
        lines += [f"- {escape(f.question)} ({f.evidence} passages)" for f in report.follow_ups]
        lines.append("")
    lines += _sources(report)
    lines += ["## How this was made", "", escape(wording.method_line(report)), ""]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Return text in which every character stands for itself; brackets of a source are no marks."""
    plain = _SPECIAL.sub(r"\\\1", wording.safe(text))
    return re.sub(r"^(\d+)\.", r"\1\\.", plain).replace("://", ":&#47;&#47;")


def _paragraph(statements: tuple[Statement, ...]) -> str:
    return " ".join(_sentence(s) for s in statements)


def _sentence(statement: Statement) -> str:
    numbers = {c.n for c in statement.citations}
    out, at = [], 0
    for mark in marks(statement.text):
        if set(mark.numbers) <= numbers:
            out.append(escape(statement.text[at : mark.start]))
            out.append(statement.text[mark.start : mark.end])
            at = mark.end
    tail = escape(statement.text[at:])
    leading = statement.text[at : at + 1]
    return _spaced(out) + (tail if leading != " " else f" {tail.lstrip()}")


def _spaced(pieces: list[str]) -> str:
    text = ""
    for piece in pieces:
        gap = " " if text and piece.startswith("[") and not text.endswith(" ") else ""
        text += gap + piece
    return text


def _refusal(report: Report) -> list[str]:
    if report.refusal is None:
        return []
    lines = ["## No answer from these sources", "", escape(report.refusal.reason), ""]
    if report.method.searches:
        lines += ["Searches made:", ""]
        lines += [f"- {escape(s)}" for s in report.method.searches] + [""]
    if report.refusal.nearest:
        lines += ["The nearest passages, which do not answer the question:", ""]
        lines += [f"- {escape(n.title)}: “{escape(n.quote)}”" for n in report.refusal.nearest]
        lines.append("")
    return lines


def _notices(report: Report) -> list[str]:
    lines: list[str] = []
    if report.gaps:
        lines += ["## What the search did not find", ""]
        lines += [f"- {escape(g)}" for g in report.gaps] + [""]
    if report.conflicts:
        lines += ["## Where the sources disagree", ""]
        by_id = {s.id: s for s in report.statements}
        for conflict in report.conflicts:
            sides = [_sentence(by_id[i]) for i in conflict.statements if i in by_id]
            lines.append(f"- {conflict.kind}: " + " / ".join(sides))
        lines.append("")
    if report.unverified:
        lines += ["## Could not be verified", ""]
        lines += [
            f"- {escape(u.text)} ({escape('; '.join(u.findings))})" for u in report.unverified
        ]
        lines.append("")
    return lines


def _sources(report: Report) -> list[str]:
    if not report.sources and not report.consulted:
        return []
    lines = ["## Sources", ""]
    for card in report.sources:
        lines.append(f"**[{card.n}]** {_card(card)}")
        lines += [f"    > {escape(p)}" for p in wording.passages(report, card.n or 0)]
        lines.append("")
    if report.consulted:
        lines += ["### Also consulted", ""]
        lines += [f"- {_card(card)}" for card in report.consulted] + [""]
    return lines


def _card(card: SourceCard) -> str:
    title = escape(card.title)
    address = wording.link(card)
    status = wording.URL_STATUS.get(card.url_status or "", "")
    where = f" · <{address}>" + (f" ({status})" if status else "") if address else ""
    return f"{title} · {escape(wording.source_line(card))}{where}"
