"""`citeproof explain`: how an answer came about, step by step."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.cli.compose import open_assistant
from rag.cli.output import write_json
from rag.cli.session import Session

if TYPE_CHECKING:
    from index.snapshot import Snapshot
    from rag.evidence import Evidence
    from rag.plan.plan import Count, Finding, Plan, Roll
    from rag.question import Question
    from rag.report import Report


def explain(
    session: Session,
    what: Annotated[
        str, typer.Argument(metavar="QUESTION|REPORT", help="A question, or a report's file.")
    ],
    limit: Annotated[
        int, typer.Option(min=1, max=1000, help="How many hits a search, and how many sentences.")
    ] = 10,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write everything as JSON to stdout.")
    ] = False,
) -> None:
    """Show how a question is searched, weighed, planned and verified.

    Of a report's file the searches, thresholds and verdicts are shown as they were recorded.
    """
    path = Path(what)
    if len(what) < 256 and path.suffix == ".json":
        from rag.bundle import read_bundle

        data = _of_report(read_bundle(path).report)
    else:
        data = _of_question(session, what, limit)
    if as_json:
        write_json("citeproof/explain@1", data)
    else:
        _print(session, data)


def _of_question(session: Session, text: str, limit: int) -> dict[str, Any]:
    from rag.plan.planner import make_plan
    from rag.question import Question

    question = Question.parse(text)
    with open_assistant(session.settings, session.models) as assistant:
        with assistant.index.snapshot() as snapshot:
            plan = make_plan(question, snapshot)
            explained = {
                "question": _understood(question),
                "searches": _searches(plan, snapshot, limit),
                "not_confirmed_by_the_ledger": snapshot.dropped,
                "evidence": _weighed(plan, limit),
                "entities": [{"name": e.name, "score": round(e.score, 3)} for e in plan.entities],
                "plan": _planned(plan),
            }
        return {**explained, **_of_report(assistant.ask(question, today=session.today))}


def _understood(question: "Question") -> dict[str, Any]:
    return {
        "text": question.text,
        "kind": str(question.kind),
        "language": question.language,
        "names": list(question.names),
        "asked": list(question.asked),
        "predicate": question.predicate,
        "stems": list(question.stems),
    }


def _searches(plan: "Plan", snapshot: "Snapshot", limit: int) -> list[dict[str, Any]]:
    """Return each search with its best hits: places and scores in both rankings, and fused."""
    wanted = {hit.document_id for hits in plan.pool.hits.values() for hit in hits[:limit]}
    titles = {i: d.source.title for i, d in snapshot.documents(wanted).items()}
    return [
        {
            "query": query,
            "found": len(hits),
            "hits": [
                {
                    "title": titles.get(hit.document_id, hit.document_id),
                    "source": hit.document_id,
                    "start": hit.span.start,
                    "end": hit.span.end,
                    "fused": round(hit.score, 5),
                    "dense_rank": hit.dense_rank,
                    "dense_score": _rounded(hit.dense_score),
                    "lexical_rank": hit.lexical_rank,
                    "lexical_score": _rounded(hit.lexical_score),
                }
                for hit in hits[:limit]
            ],
        }
        for query, hits in plan.pool.hits.items()
    ]


def _weighed(plan: "Plan", limit: int) -> list[dict[str, Any]]:
    """Return the most relevant sentences, and what became of each."""
    used: dict[int, str] = {}
    for part, findings in _parts(plan):
        for finding in findings:
            for evidence in finding.cited:
                used.setdefault(evidence.sentence.id, part)
    return [
        {
            "relevance": round(e.relevance, 3),
            "cosine": round(e.cosine, 3),
            "coverage": round(e.coverage, 3),
            "fate": used.get(e.sentence.id) or _dropped(e),
            "source": e.document.id,
            "text": e.text,
        }
        for e in plan.pool.evidence[:limit]
    ]


def _dropped(evidence: "Evidence") -> str:
    note = evidence.note
    if not note.complete:
        return "dropped: no whole sentence"
    if evidence.leans:
        return "dropped: it leans on the sentence before it"
    if not (note.resolvable or evidence.titled):
        return "dropped: a reference in it has no known antecedent"
    return "not chosen"


def _planned(plan: "Plan") -> list[dict[str, Any]]:
    """Return the slots of the plan: which spans each sentence to be written may cite."""
    return [
        {
            "part": part,
            "slots": [
                {
                    "does": str(getattr(finding, "part", "count")),
                    "spans": [
                        {
                            "source": e.document.id,
                            "start": e.span.start,
                            "end": e.span.end,
                            "text": e.text,
                        }
                        for e in finding.cited
                    ],
                }
                for finding in findings
            ],
        }
        for part, findings in _parts(plan)
    ]


def _parts(plan: "Plan") -> Iterator[tuple[str, "Sequence[Finding | Count | Roll]"]]:
    yield "summary", plan.summary
    for number, section in enumerate(plan.sections, start=1):
        yield f"section {number} ({str(section.kind).replace('_', ' ')})", section.findings


def _of_report(report: "Report") -> dict[str, Any]:
    """Return what a report records about its own making."""
    from rag.render.json import to_data
    from rag.render.wording import places

    data, where = to_data(report), places(report)
    statements = [
        *data["summary"],
        *(statement for section in data["sections"] for statement in section["statements"]),
    ]
    return {
        "status": data["status"],
        "refusal": data["refusal"] and data["refusal"]["reason"],
        "method": data["method"],
        "statements": [{"place": where[s["id"]], **s} for s in statements],
        "unverified": data["unverified"],
        "gaps": data["gaps"],
    }


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)


def _print(session: Session, data: dict[str, Any]) -> None:
    from rich.text import Text

    from corpus.text import one_line

    def line(text: str = "", style: str = "") -> None:
        indent = len(text) - len(text.lstrip())
        session.out.print(Text(" " * indent + one_line(text), style=style), soft_wrap=True)

    if "question" in data:
        line("Question", "bold")
        for name, value in data["question"].items():
            line(f"  {name}: {', '.join(value) if isinstance(value, list) else value}")
        for search in data["searches"]:
            line()
            line(f"Search: {search['query']} ({search['found']} found)", "bold")
            for hit in search["hits"]:
                dense = _ranked("meaning", hit["dense_rank"], hit["dense_score"])
                lexical = _ranked("words", hit["lexical_rank"], hit["lexical_score"])
                line(f"  {hit['fused']:.5f}  {dense}  {lexical}  {hit['title']}")
        line()
        line(f"Hits that the ledger did not confirm: {data['not_confirmed_by_the_ledger']}")
        line()
        line("Sentences by relevance (.6 cosine + .25 coverage + .15 document)", "bold")
        for e in data["evidence"]:
            line(f"  {e['relevance']:.3f} = {e['cosine']:.3f}, {e['coverage']:.3f}  {e['fate']}")
            line(f"    {e['text']}")
        for entity in data["entities"]:
            line(f"  entity {entity['name']}: {entity['score']:.3f}")
        for part in data["plan"]:
            line()
            line(f"Plan, {part['part']}", "bold")
            for slot in part["slots"]:
                for span in slot["spans"]:
                    place = f"{span['source']}:{span['start']}-{span['end']}"
                    line(f"  {slot['does']}: {place}  {span['text']}")
        line()
    line(f"Report: {data['status'].replace('_', ' ')}", "bold")
    if data["refusal"]:
        line(f"  {data['refusal']}")
    for name, value in data["method"].items():
        line(f"  {name}: {'; '.join(value) if isinstance(value, list) else value}")
    for statement in data["statements"]:
        line()
        line(f"{statement['place']} ({statement['kind']})", "bold")
        line(f"  {statement['text']}")
        line(f"  together: {statement['support']} at {statement['score']:.3f}")
        for c in statement["citations"]:
            verdicts = f"quote {c['quote_verdict']}, {c['verdict']} at {c['score']:.3f}"
            line(f"  [{c['n']}] {c['start']}-{c['end']}: {verdicts}".replace("_", " "))
        if statement["computation"]:
            counted = statement["computation"]
            line(f"  {counted['op']} of {counted['over']}: {counted['value']}".replace("_", " "))
    for failed in data["unverified"]:
        line()
        line("Could not be verified", "bold")
        line(f"  {failed['text']}")
        line(f"  {'; '.join(failed['findings'])}")


def _ranked(name: str, rank: int | None, score: float | None) -> str:
    return f"{name} -" if rank is None else f"{name} {rank} ({score:.3f})"
