"""The report in a terminal: control characters of a source never reach it."""

from typing import TYPE_CHECKING

from rag.citations import marks
from rag.render import wording
from rag.report import Report, SourceCard, Statement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def render(report: Report, console: "Console", *, sources: bool = True) -> None:
    """Print the report to a rich console."""
    from rich.padding import Padding
    from rich.text import Text

    def line(text: str, style: str = "") -> None:
        console.print(Text(wording.safe(text), style=style))

    line(report.question, "bold")
    line(f"{wording.checked(report)} · {wording.corpus_line(report)}", "dim")
    line(report.disclaimer, "italic")
    if report.staleness:
        line(report.staleness, "yellow")
    console.print()
    if report.refusal:
        line("No answer from these sources", "bold yellow")
        line(report.refusal.reason)
        if report.method.searches:
            console.print()
            line("Searches made", "bold")
            for search in report.method.searches:
                line(f"  · {search}")
        if report.refusal.nearest:
            console.print()
            line("The nearest passages, which do not answer the question", "bold")
            for near in report.refusal.nearest:
                line(f"  {near.title}: “{near.quote}”")
        console.print()
    if report.summary:
        line("Executive summary", "bold")
        console.print(_paragraph(report.summary))
        console.print()
    for number, section in enumerate(report.sections, start=1):
        line(f"{number}. {section.heading}", "bold")
        console.print(_paragraph(section.statements))
        console.print()
    for title, items in _notices(report):
        line(title, "bold")
        for item in items:
            line(f"  · {item}")
        console.print()
    if sources and report.sources:
        line("Sources", "bold")
        for card in report.sources:
            console.print(_card(card))
            for passage in wording.passages(report, card.n or 0):
                console.print(Padding(Text(f"“{passage}”", style="dim"), (0, 0, 0, 5)))
        console.print()
    if sources and report.consulted:
        line("Also consulted", "bold")
        for card in report.consulted:
            line(f"  · {card.title} · {wording.source_line(card)}", "dim")
        console.print()
    line(wording.method_line(report), "dim")


def _notices(report: Report) -> list[tuple[str, list[str]]]:
    by_id = {s.id: s.text for s in report.statements}
    conflicts = [
        f"{c.kind}: " + " / ".join(by_id[i] for i in c.statements if i in by_id)
        for c in report.conflicts
    ]
    found = [
        ("What the search did not find", list(report.gaps)),
        ("Where the sources disagree", conflicts),
        (
            "Could not be verified",
            [f"{u.text} ({'; '.join(u.findings)})" for u in report.unverified],
        ),
        (
            "Want to dive deeper?",
            [f"{f.question} ({f.evidence} passages)" for f in report.follow_ups],
        ),
    ]
    return [(title, items) for title, items in found if items]


def _paragraph(statements: tuple[Statement, ...]) -> "Text":
    from rich.text import Text

    text = Text()
    for i, statement in enumerate(statements):
        text.append(" " if i else "")
        safe = wording.safe(statement.text)
        numbers = {c.n for c in statement.citations}
        at = 0
        for mark in marks(safe):
            if set(mark.numbers) <= numbers:
                text.append(safe[at : mark.start])
                text.append(safe[mark.start : mark.end], style="bold cyan")
                at = mark.end
        text.append(safe[at:])
    return text


def _card(card: SourceCard) -> "Text":
    from rich.style import Style
    from rich.text import Text

    text = Text(f"[{card.n}] ", style="bold cyan")
    address = wording.link(card)
    text.append(wording.safe(card.title), style=Style(bold=True, link=address))
    text.append(f" · {wording.source_line(card)}")
    if address:
        status = wording.URL_STATUS.get(card.url_status or "", "")
        text.append(f" · {address}" + (f" ({status})" if status else ""), style="dim")
    return text
