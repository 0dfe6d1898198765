"""The report in a terminal: control characters of a source never reach it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.render import wording
from rag.report import Report, SourceCard, Statement

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_CONSULTED = 10
_INDENT = 4


def render(report: Report, console: "Console") -> None:
    """Print the report to a rich console, paragraphs wrapped to its width, addresses on one line.

    Of the sources that were consulted and not cited the first ten are named.
    """
    _Page(console).report(report)


class _Page:
    """A console, written from top to bottom."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    def report(self, report: Report) -> None:
        self._head(report)
        self._body(report)
        self._notices(report)
        self._sources(report)
        self._method(report)

    def _head(self, report: Report) -> None:
        self._line(report.question, "bold")
        self._line(f"{wording.checked_line(report)} · {wording.corpus_line(report)}", "dim")
        self._line(report.disclaimer, "italic")
        for notice in (report.staleness, wording.status_line(report)):
            if notice:
                self._line(notice, "yellow")

    def _body(self, report: Report) -> None:
        if report.summary:
            self._title(wording.SUMMARY)
            self._paragraph(report.summary)
        for number, section in enumerate(report.sections, start=1):
            self._title(wording.heading_line(number, section.heading))
            self._paragraph(section.statements)

    def _notices(self, report: Report) -> None:
        self._items(
            "Could not be verified",
            [f"{u.text} ({'; '.join(u.findings)})" for u in report.unverified],
        )
        self._refusal(report)
        self._items("About the search", report.gaps)
        if report.conflicts:
            self._title("Where the sources disagree")
            by_id = {s.id: s for s in report.statements}
            for conflict in report.conflicts:
                self._line(f"· {wording.conflict_line(conflict)}:", hanging=2)
                for known in (by_id[i] for i in conflict.statements if i in by_id):
                    self._wrapped(_sentence(known), indent=_INDENT)
        self._items(
            "Want to dive deeper?",
            [f"{f.question} ({wording.found_words(f.evidence)})" for f in report.follow_ups],
        )

    def _refusal(self, report: Report) -> None:
        if report.refusal is None:
            return
        self._title(wording.ABSTENTION)
        self._line(report.refusal.reason)
        self._line(f"{wording.corpus_line(report)}.")
        self._items("Searches made", report.method.searches)
        if report.refusal.nearest:
            self._title("The nearest passages, which do not answer the question")
            for near in report.refusal.nearest:
                self._line(f"“{near.quote}”")
                self._line(f"— {near.title}", "dim", indent=_INDENT)

    def _sources(self, report: Report) -> None:
        where = wording.places(report)
        if report.sources:
            self._title("Sources")
        for i, card in enumerate(report.sources):
            if i:
                self._console.print()
            self._card(card)
            for passage in wording.passages(report, card.n or 0):
                self._line(f"“{passage.quote}”", indent=_INDENT)
                for statement, citation in passage.cited:
                    verdict = wording.verdict_line(statement, citation)
                    self._line(f"{verdict} ({where[statement.id]})", "dim", indent=_INDENT)
        consulted = [wording.short_line(card) for card in report.consulted]
        if len(consulted) > _CONSULTED:
            more = f"and {len(consulted) - _CONSULTED} more, listed in the other renderings"
            consulted = [*consulted[:_CONSULTED], more]
        self._items("Also consulted", consulted)

    def _card(self, card: SourceCard) -> None:
        from rich.style import Style
        from rich.text import Text

        address, status = wording.link(card), wording.address_line(card)
        title = Text(f"[{card.n}] ", style="bold cyan")
        title.append(wording.title(card), style=Style(bold=True, link=address))
        self._wrapped(title)
        self._line(wording.source_line(card), "dim", indent=_INDENT)
        if address:
            # Never wrapped: a broken address cannot be copied.
            shown = f"{' ' * _INDENT}{address}" + (f" ({status})" if status else "")
            self._console.print(Text(shown, style="dim"), soft_wrap=True)
        else:
            self._line(status, "dim", indent=_INDENT)

    def _method(self, report: Report) -> None:
        self._items(
            "How this was made",
            [f"{name}: {value}" for name, value in wording.method_lines(report)],
        )

    def _title(self, text: str) -> None:
        self._console.print()
        self._line(text, "bold")

    def _items(self, title: str, items: Sequence[str]) -> None:
        if items:
            self._title(title)
        for item in items:
            self._line(f"· {item}", hanging=2)

    def _paragraph(self, statements: Sequence[Statement]) -> None:
        from rich.text import Text

        self._wrapped(Text(" ").join(_sentence(s) for s in statements))

    def _line(self, text: str, style: str = "", *, indent: int = 0, hanging: int = 0) -> None:
        from rich.text import Text

        self._wrapped(Text(wording.safe(text), style=style), indent=indent, hanging=hanging)

    def _wrapped(self, text: "Text", *, indent: int = 0, hanging: int = 0) -> None:
        """Print text in lines of the console's width, the first `indent` from its edge.

        The others are `hanging` further in. No line ends in spaces.
        """
        width = max(self._console.width - indent - hanging, 20)
        for i, line in enumerate(text.wrap(self._console, width)):
            line.rstrip()
            line.pad_left(indent + (hanging if i else 0))
            self._console.print(line, soft_wrap=True)


def _sentence(statement: Statement) -> "Text":
    from rich.text import Text

    text = Text()
    for run in wording.runs(statement):
        text.append(run.text, style="bold cyan" if run.n is not None else "")
    return text
