"""`citeproof source`, `verify`, `explain`, `doctor`, `version`: looking behind a report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rag.settings import Settings
    from rag.verify.check import CheckResult


def source(
    source_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a source: doc_...")],
    at: Annotated[str | None, typer.Option(help="sha256 of the version that was cited.")] = None,
) -> None:
    """Print the stored text of a source, byte for byte, and nothing else."""
    from rag.cli.compose import open_index
    from rag.settings import Settings

    with open_index(Settings()) as index, index.snapshot() as snapshot:
        document = snapshot.document_at(source_id, at) if at else snapshot.document(source_id)
    sys.stdout.buffer.write(document.text.encode())


def verify(
    file: Annotated[Path, typer.Argument(help="A bundle, or a report as JSON.")],
    sources: Annotated[
        Path | None, typer.Option(help="Folder of the documents, where the file has no texts.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Outcomes as JSON on stdout.")] = False,
) -> None:
    """Check a report anew: every quote, digest, figure, verdict and count.

    The texts come from the bundle, from --sources, or from the index. The exit status is 6 where
    anything was changed or could not be judged.
    """
    from rag.bundle import read_bundle
    from rag.cli.compose import make_verifier, source_texts
    from rag.settings import Settings
    from rag.verify.check import check_report

    bundle = read_bundle(file)
    texts = dict(bundle.texts)
    if sources is not None:
        texts.update(source_texts(sources))
    if not texts:
        texts.update(_from_index(bundle.report.sources, Settings()))
    result = check_report(bundle.report, lambda _, digest: texts.get(digest), make_verifier())
    if as_json:
        _print_checked_json(result)
    else:
        _print_checked(result)
    if not result.passed:
        raise typer.Exit(6)


def _from_index(cards: Any, settings: "Settings") -> dict[str, str]:
    from index.errors import DocumentNotFound, IndexNotFound
    from rag.cli.compose import open_index

    texts = {}
    try:
        with open_index(settings) as index, index.snapshot() as snapshot:
            for card in cards:
                try:
                    texts[card.sha256] = snapshot.document_at(card.id, card.sha256).text
                except DocumentNotFound:
                    continue
    except IndexNotFound:
        return {}
    return texts


def _print_checked(result: "CheckResult") -> None:
    from collections import Counter

    for checked in result.checked:
        for finding in checked.findings:
            print(f"{checked.statement or 'report'}: {checked.outcome}: {finding}")
    counts = Counter(str(c.outcome) for c in result.checked if c.statement)
    told = ", ".join(f"{n} {outcome.replace('_', ' ')}" for outcome, n in sorted(counts.items()))
    print(f"{'verified' if result.passed else 'NOT VERIFIED'}: {told or 'no statements'}")


def _print_checked_json(result: "CheckResult") -> None:
    import json
    from dataclasses import asdict

    data = {
        "schema": "citeproof/check@1",
        "passed": result.passed,
        "checked": [asdict(c) for c in result.checked],
    }
    print(json.dumps(data, ensure_ascii=False, indent=2))


def explain(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many sentences to show.")] = 15,
) -> None:
    """Show how a question is understood, searched and planned, and what each sentence weighs."""
    from rag.cli.compose import open_index
    from rag.plan.planner import make_plan
    from rag.question import Question
    from rag.settings import Settings

    asked = Question.parse(question)
    print(
        f"kind: {asked.kind}; names: {', '.join(asked.names) or 'none'}; "
        f"asked: {', '.join(asked.asked) or 'none'}; predicate: {asked.predicate}"
    )
    with open_index(Settings()) as index, index.snapshot() as snapshot:
        plan = make_plan(asked, snapshot)
        for query, hits in plan.pool.hits.items():
            print(f"\nsearch: {query}")
            for hit in hits[:5]:
                title = snapshot.document(hit.document_id).source.title
                print(
                    f"  {hit.score:.4f} dense {hit.dense_rank}/{_number(hit.dense_score)} "
                    f"lexical {hit.lexical_rank}/{_number(hit.lexical_score)}  {title}"
                )
        told = {
            id(f.evidence): f"{s.kind}/{f.part}"
            for s in plan.sections
            for f in s.findings
            if hasattr(f, "evidence") and hasattr(f, "part")
        }
        told |= {id(f.evidence): f"summary/{f.part}" for f in plan.summary if hasattr(f, "part")}
        print("\nrelevance  cosine  coverage  used in  sentence")
        for e in plan.pool.evidence[:limit]:
            why = told.get(id(e)) or ("not usable alone" if not e.note.resolvable else "not chosen")
            print(f"  {e.relevance:.3f}  {e.cosine:.3f}  {e.coverage:.3f}  {why}  {e.text}")
        for entity in plan.entities:
            print(f"entity: {entity.name} {entity.score:.2f}, {entity.documents} documents")
        if plan.refusal:
            print(f"refused: {plan.refusal}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON on stdout.")] = False,
) -> None:
    """Look after the installation and the index; every line that fails says what to do."""
    import json

    lines = _examine()
    if as_json:
        data = [{"check": c, "ok": ok, "found": found} for c, ok, found in lines]
        print(json.dumps({"schema": "citeproof/doctor@1", "checks": data}, indent=2))
    else:
        for check, ok, found in lines:
            print(f"{'ok  ' if ok else 'FAIL'} {check}: {found}")
    if not all(ok for _, ok, _ in lines):
        raise typer.Exit(1)


def _examine() -> list[tuple[str, bool, str]]:
    import os
    import platform
    import shutil

    from index.embedders.choice import find_model
    from index.embedders.models import ModelRefused
    from index.embedders.torch_embedder import has_bf16
    from index.errors import IndexFault
    from rag.cli.compose import open_index
    from rag.settings import Settings

    settings = Settings()
    lines = [
        ("python", sys.version_info >= (3, 11), platform.python_version()),
        ("processor", True, f"{os.cpu_count()} cores, bfloat16 {'yes' if has_bf16() else 'no'}"),
    ]
    for name, value in settings:
        variable = f"CITEPROOF_{name.upper()}"
        origin = "environment" if variable in os.environ else "default"
        lines.append((f"setting {name}", True, f"{value} ({origin})"))
    try:
        model = find_model(settings.embedder, allow_network=settings.allow_network)
        lines.append(
            (
                "embedder",
                True,
                f"{model.name}, sha256 {model.digest()[:16]}... as published"
                if model.expected
                else f"{model.name}, sha256 {model.digest()[:16]}...",
            )
        )
    except ModelRefused as error:
        lines.append(("embedder", False, str(error)))
    place = settings.index if settings.index.exists() else Path()
    free = shutil.disk_usage(place).free
    lines.append(("disk", free > 2**30, f"{free / 2**30:.1f} GiB free where the index lies"))
    try:
        with open_index(settings) as index:
            problems = index.check()
            with index.snapshot() as snapshot:
                stats = snapshot.stats
        told = "; ".join(str(p) for p in problems[:5])
        lines.append(
            (
                "index",
                not problems,
                told
                or f"{stats.documents} documents, "
                f"{stats.chunks} chunks, generation {stats.generation}, all as it should be",
            )
        )
    except (IndexFault, ModelRefused) as error:
        lines.append(("index", False, str(error)))
    return lines


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    print(f"citeproof {installed('citeproof')}")
