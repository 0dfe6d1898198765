"""`citeproof ask`: a question in, a proven report out, in as many renderings as wanted."""

from pathlib import Path
from typing import Annotated

import typer


def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    as_of: Annotated[
        str | None, typer.Option(help="Use only what was published until this date.")
    ] = None,
    json: Annotated[
        str | None, typer.Option(help="Write the report as JSON; - for stdout.")
    ] = None,
    markdown: Annotated[str | None, typer.Option(help="Write Markdown; - for stdout.")] = None,
    html: Annotated[str | None, typer.Option(help="Write one HTML file; - for stdout.")] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="Write report and cited texts, for `citeproof verify`.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Also print the report when it is written to files.")
    ] = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with checked citations.

    The exit status is 6 where the documents do not answer.
    """
    from datetime import date

    from corpus.dates import PartialDate
    from rag.cli.compose import open_assistant
    from rag.cli.output import console, messages, write
    from rag.question import Question
    from rag.report import Status
    from rag.settings import Settings

    asked = Question.parse(question, as_of=PartialDate.parse(as_of) if as_of else None)
    with open_assistant(Settings()) as assistant:
        report = assistant.ask(asked, today=date.today())
        if bundle is not None:
            from rag.bundle import write_bundle

            with assistant.index.snapshot() as snapshot:
                write_bundle(report, lambda i, h: snapshot.document_at(i, h).text, bundle)
    if json is not None:
        from rag.render.json import to_json

        write(json, to_json(report))
    if markdown is not None:
        from rag.render import markdown as as_markdown

        write(markdown, as_markdown.render(report))
    if html is not None:
        from rag.render import html as as_html

        write(html, as_html.render(report))
    written = [str(t) for t in (json, markdown, html, bundle) if t is not None]
    if show or not written:
        from rag.render import terminal

        terminal.render(report, console())
    files = [t for t in written if t != "-"]
    if files:
        messages().print(f"Written: {', '.join(files)}")
    if report.status is Status.REFUSED:
        raise typer.Exit(6)
