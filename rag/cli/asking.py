"""`citeproof ask`: a question in, a proven report out, in as many renderings as wanted."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpus.dates import PartialDate
from rag.cli.compose import open_assistant
from rag.cli.errors import Exit
from rag.cli.output import STDOUT, write
from rag.cli.session import Session

if TYPE_CHECKING:
    from rag.report import Report


def partial_date(text: str) -> PartialDate:
    """Return the date that an option names."""
    try:
        return PartialDate.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def ask(
    session: Session,
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    as_of: Annotated[
        PartialDate | None,
        typer.Option(
            parser=partial_date,
            metavar="DATE",
            help="Use only what was published until YYYY, YYYY-MM or YYYY-MM-DD.",
        ),
    ] = None,
    json: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the report as JSON; - for stdout.")
    ] = None,
    markdown: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write it as Markdown; - for stdout.")
    ] = None,
    html: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write it as one HTML file; - for stdout.")
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write it with the cited texts, for `citeproof verify`; - for stdout.",
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Also print the report when it is written to files.")
    ] = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with checked citations.

    Several renderings can be written at once; without any the report is printed. The exit status
    is 6 where the documents do not answer.
    """
    from rag.question import Question
    from rag.report import Status

    wanted = {"json": json, "markdown": markdown, "html": html, "bundle": bundle}
    targets = {rendering: target for rendering, target in wanted.items() if target is not None}
    if list(targets.values()).count(STDOUT) + show > 1:
        raise typer.BadParameter("only one rendering can go to stdout")
    asked = Question.parse(question, as_of=as_of)
    with open_assistant(session.settings, session.models) as assistant:
        report = assistant.ask(asked, today=session.today)
        if "bundle" in targets:
            from rag.bundle import to_bundle
            from rag.texts import from_ledger

            with assistant.index.snapshot() as snapshot:
                write(targets.pop("bundle"), to_bundle(report, from_ledger(snapshot)))
    for rendering, target in targets.items():
        write(target, _rendered(report, rendering))
    if show or not any(wanted.values()):
        from rag.render import terminal

        terminal.render(report, session.out)
    if files := [target for target in wanted.values() if target not in (None, STDOUT)]:
        session.tell(f"Written: {', '.join(str(Path(file)) for file in files)}")
    if report.status is Status.REFUSED:
        raise typer.Exit(Exit.NOT_VERIFIED)


def _rendered(report: "Report", rendering: str) -> str:
    match rendering:
        case "json":
            from rag.render.json import to_json

            return to_json(report)
        case "markdown":
            from rag.render import markdown

            return markdown.render(report)
        case _:
            from rag.render import html

            return html.render(report)
