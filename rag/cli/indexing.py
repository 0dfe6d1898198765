"""`citeproof index`: what the index holds, and whether it is whole."""

from typing import Annotated

import typer

from rag.cli.compose import open_index, open_ledger
from rag.cli.errors import Exit
from rag.cli.output import write_json
from rag.cli.session import Session


def list_documents(
    session: Session,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the list as JSON to stdout.")
    ] = False,
) -> None:
    """List the documents that can be cited now."""
    from rich.text import Text

    from corpus.text import one_line

    with open_ledger(session.settings) as ledger:
        generation, gone = ledger.generation().name, ledger.deleted()
        found = [
            {
                "id": document_id,
                "title": source.title,
                "publisher": source.publisher,
                "published": str(source.published) if source.published else None,
            }
            for document_id, source in ledger.sources()
            if document_id not in gone
        ]
    if as_json:
        write_json("citeproof/documents@1", {"generation": generation, "documents": found})
        return
    for entry in found:
        known = [entry["title"], entry["publisher"], entry["published"]]
        line = " · ".join(one_line(part) for part in known if part)
        session.out.print(Text(f"{entry['id']}  {line}"), soft_wrap=True)
    session.tell(f"{len(found):,} documents in index {generation}.")


def check(
    session: Session,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the problems as JSON to stdout.")
    ] = False,
) -> None:
    """Read every text, span, vector and file of the index, and name what is wrong."""
    from rich.text import Text

    with open_index(session.settings, session.models) as index:
        problems = index.check()
    if as_json:
        told = [{"where": problem.where, "what": problem.what} for problem in problems]
        write_json("citeproof/index-check@1", {"ok": not problems, "problems": told})
    else:
        for problem in problems:
            session.out.print(Text(f"· {problem}"), soft_wrap=True)
        session.out.print("Nothing is wrong." if not problems else f"{len(problems)} problems.")
    if problems:
        raise typer.Exit(Exit.FAILURE)
