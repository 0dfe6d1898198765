"""The report as Markdown in which nothing of a source can become markup.

Our own marks are links to the heading of their source below; a bracket that stands in a source is
escaped and stays the plain text it is.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from rag.render import wording
from rag.report import Report, SourceCard, Statement

# Beyond CommonMark, many viewers make links of bare addresses and pictures of `:names:`.
_SPECIAL = re.compile(
    r"[\\`*_{}\[\]<>#|~!$@^]"
    r"|:(?=\S)"
    r"|&(?=#?\w+;)"
    r"|(?<=\w)\.(?=[^\W\d_]{2})"
)
_OPENING = re.compile(r"^(\d*)(?=[-+=.)])")


def render(report: Report) -> str:
    """Return the report as CommonMark text."""
    blocks = [
        *_head(report),
        *_body(report),
        *notices(report, _sentence),
        *_follow_ups(report),
        *_sources(report),
        *_method(report),
    ]
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Return text on one line in which every character stands for itself."""
    return _OPENING.sub(r"\1\\", _inside(text))


def _inside(text: str) -> str:
    """Return text as `escape` does, for a place where no line begins."""
    return _SPECIAL.sub(lambda found: "\\" + found.group(), wording.safe(text))


def _head(report: Report) -> Iterator[str]:
    yield f"# {escape(report.question)}"
    yield f"**{wording.checked_line(report)}** · {escape(wording.corpus_line(report))}"
    yield f"*{escape(report.disclaimer)}*"
    if report.staleness:
        yield f"> {escape(report.staleness)}"
    if status := wording.status_line(report):
        yield f"> {escape(status)}"


def _body(report: Report) -> Iterator[str]:
    if report.summary:
        yield f"## {wording.SUMMARY}"
        yield _paragraph(report.summary)
    for number, section in enumerate(report.sections, start=1):
        yield f"## {number}. {escape(section.heading)}"
        yield _paragraph(section.statements)


def _paragraph(statements: Sequence[Statement]) -> str:
    return " ".join(_sentence(s) for s in statements)


def runs(statement: Statement) -> Iterator[wording.Run]:
    """Yield a sentence as words that are escaped and marks that are not, as `[3]`."""
    first = True
    for run in wording.runs(statement):
        if run.n is not None:
            yield run
        elif first:
            yield wording.Run(escape(run.text) + " " * run.text.endswith(" "))
        else:
            words = _inside(run.text)
            after = " " * (bool(words) and run.text.endswith(" "))
            yield wording.Run(" " * run.text.startswith(" ") + words + after)
        first = False


def _sentence(statement: Statement) -> str:
    return "".join(
        run.text if run.n is None else f"[[{run.n}]](#source-{run.n})" for run in runs(statement)
    )


def notices(report: Report, sentence: Callable[[Statement], str]) -> Iterator[str]:
    """Yield what is no finding: what failed, why there is no answer, gaps and conflicts."""
    if report.unverified:
        yield "## Could not be verified"
        yield _listed(f"{u.text} ({'; '.join(u.findings)})" for u in report.unverified)
    yield from _refusal(report)
    if report.gaps:
        yield "## About the search"
        yield _listed(report.gaps)
    if report.conflicts:
        yield "## Where the sources disagree"
        yield "\n".join(_conflicts(report, sentence))


def _refusal(report: Report) -> Iterator[str]:
    if report.refusal is None:
        return
    yield f"## {wording.ABSTENTION}"
    yield escape(report.refusal.reason)
    yield escape(f"{wording.corpus_line(report)}.")
    if report.method.searches:
        yield "Searches made:"
        yield _listed(report.method.searches)
    if report.refusal.nearest:
        yield "The nearest passages, which do not answer the question:"
        for near in report.refusal.nearest:
            yield f"> “{escape(near.quote)}”\n>\n> — {escape(near.title)}"


def _conflicts(report: Report, sentence: Callable[[Statement], str]) -> Iterator[str]:
    by_id = {s.id: s for s in report.statements}
    for conflict in report.conflicts:
        yield f"- {escape(wording.conflict_line(conflict))}:"
        for known in (by_id[i] for i in conflict.statements if i in by_id):
            yield f"  - {sentence(known)}"


def _follow_ups(report: Report) -> Iterator[str]:
    if report.follow_ups:
        yield "## Want to dive deeper?"
        yield _listed(
            f"{f.question} ({wording.found_words(f.evidence)})" for f in report.follow_ups
        )


def _sources(report: Report) -> Iterator[str]:
    where = wording.places(report)
    if report.sources:
        yield "## Sources"
    for card in report.sources:
        n = card.n or 0
        yield f"### Source {n}"
        yield f"**{escape(wording.title(card))}**"
        yield _facts(card)
        told = " · ".join(where[i] for i in wording.cited_in(report, n))
        yield f"Cited in: {escape(told or 'no sentence')}"
        for passage in wording.passages(report, n):
            lines = [f"> “{escape(passage.quote)}”"]
            for statement, citation in passage.cited:
                verdict = wording.verdict_line(statement, citation)
                lines.append(f"> {escape(f'{verdict} ({where[statement.id]})')}")
            yield "\n>\n".join(lines)
    if report.consulted:
        yield "## Also consulted"
        yield "\n".join(
            f"- **{escape(wording.title(card))}** · {_facts(card)}" for card in report.consulted
        )


def _facts(card: SourceCard) -> str:
    facts, status = escape(wording.source_line(card)), escape(wording.address_line(card))
    address = wording.link(card)
    if address is None:
        return f"{facts} · {status}"
    return f"{facts} · <{address}>" + (f" ({status})" if status else "")


def _method(report: Report) -> Iterator[str]:
    yield "## How this was made"
    yield _listed(f"{name}: {value}" for name, value in wording.method_lines(report))
    yield f"*{escape(report.disclaimer)}*"


def _listed(items: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(f"- {escape(item)}" for item in items)
