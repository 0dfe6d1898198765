"""`citeproof source` and `citeproof verify`: the words behind a report, and what they bear out."""

import sys
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.compose import open_ledger
from rag.cli.errors import Exit
from rag.cli.output import write_json
from rag.cli.session import Session

if TYPE_CHECKING:
    from rag.report import Report
    from rag.texts import TextLookup
    from rag.verify.check import CheckResult


def source(
    session: Session,
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a source: doc_...")],
    at: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="The version that was cited, else the newest."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write text and source as JSON to stdout.")
    ] = False,
) -> None:
    """Print the stored text of a source, byte for byte, and nothing else.

    The offsets of a citation are code points of this text.
    """
    from index.errors import DocumentNotFound

    with open_ledger(session.settings) as ledger:
        live = ledger.documents({source_id} - ledger.deleted())
        if at is None and source_id not in live:
            raise DocumentNotFound(source_id)
        document = ledger.document_at(source_id, at) if at else live[source_id]
    if as_json:
        from dataclasses import asdict

        known = {k: str(v) for k, v in asdict(document.source).items() if v is not None}
        known |= {
            name: str(date)
            for name in ("published", "fetched")
            if (date := getattr(document.source, name)) is not None
        }
        write_json(
            "citeproof/source@1",
            {"id": document.id, "sha256": document.sha256, "source": known, "text": document.text},
        )
    else:
        sys.stdout.buffer.write(document.text.encode())


def verify(
    session: Session,
    file: Annotated[Path, typer.Argument(help="A bundle, or a report as JSON.")],
    sources: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Take the texts from the documents of this folder."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the outcomes as JSON to stdout.")
    ] = False,
) -> None:
    """Check a report anew: every quote, hash, number, figure, verdict and count.

    The texts come from the index, if there is one, from --sources, and from the bundle. The exit
    status is 6 where anything was changed or could not be judged.
    """
    from rag.bundle import read_bundle
    from rag.verify.check import check_bundle

    bundle = read_bundle(file)
    with ExitStack() as stack:
        others = _lookups(session, sources, stack)
        result = check_bundle(bundle, session.models.verifier(session.settings), others=others)
    if as_json:
        write_json("citeproof/check@1", _as_data(result))
    else:
        _print(session, bundle.report, result)
    if not result.passed:
        raise typer.Exit(Exit.NOT_VERIFIED)


def _lookups(session: Session, sources: Path | None, stack: ExitStack) -> "list[TextLookup]":
    from index.errors import IndexNotFound
    from rag.texts import from_folder, from_ledger

    lookups: list[TextLookup] = []
    with suppress(IndexNotFound):
        lookups.append(from_ledger(stack.enter_context(open_ledger(session.settings))))
    if sources is not None:
        folder = from_folder(sources)
        lookups.append(folder)
        for problem in folder.problems:
            session.tell(f"not read: {problem}")
    return lookups


def _as_data(result: "CheckResult") -> dict[str, object]:
    from dataclasses import asdict

    checked = [asdict(checked) for checked in result.checked]
    return {"passed": result.passed, "outcome": str(result.outcome), "checked": checked}


def _print(session: Session, report: "Report", result: "CheckResult") -> None:
    from rich.text import Text

    from corpus.text import one_line
    from rag.render.wording import places

    where = places(report)
    for checked in result.checked:
        place = where.get(checked.statement, "Report")
        for finding in checked.findings:
            words = str(checked.outcome).replace("_", " ")
            line = f"{place} · {words} · {one_line(finding)}"
            session.out.print(Text(line), soft_wrap=True)
    counts = Counter(c.outcome for c in result.checked if c.statement)
    told = [f"{count} {str(outcome).replace('_', ' ')}" for outcome, count in counts.items()]
    verdict = {"ok": "Verified", "changed": "CHANGED", "could_not_judge": "COULD NOT JUDGE"}
    citations = sum(len(s.citations) for s in report.statements)
    session.out.print(
        f"{verdict[result.outcome]}: statements {', '.join(told) or 'none'};"
        f" {citations} citations of {len(report.sources)} sources.",
        soft_wrap=True,
    )
