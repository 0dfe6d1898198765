"""Outcomes as JUnit XML: a suite a metric, a case an item, so that any CI can show them."""

from collections import defaultdict
from xml.etree.ElementTree import Element, SubElement, tostring

from evals.runs import Run
from evals.scoring import Outcome, State


def to_junit(run: Run) -> str:
    """Return JUnit XML; a share metric fails an item that has none of it, a bench errors alone.

    Raises:
        RunError: the run was not scored.
    """
    scored = run.scored()
    shares = {(s.metric, s.judge): s.higher_is_better for s in scored.scores if s.unit == "share"}
    bench = bool(run.samples())
    suites: dict[tuple[str, str | None], list[Outcome]] = defaultdict(list)
    for outcome in scored.outcomes:
        suites[outcome.metric, outcome.judge].append(outcome)
    root = Element("testsuites", name=run.manifest.dataset)
    for (metric, judge), outcomes in suites.items():
        higher = shares.get((metric, judge))
        measured = any(o.state is State.SCORED for o in outcomes)
        if not bench and (higher is None or not measured):
            continue
        failed = [o for o in outcomes if higher is not None and _failed(o, higher_is_better=higher)]
        suite = SubElement(
            root,
            "testsuite",
            name=f"{metric} ({judge})" if judge else metric,
            tests=str(len(outcomes)),
            failures=str(len(failed)),
            errors=str(sum(o.state is State.ERROR for o in outcomes)),
            skipped=str(sum(o.state is State.UNSCORABLE for o in outcomes)),
        )
        for o in outcomes:
            case = SubElement(suite, "testcase", classname=metric, name=_printable(o.item))
            if o.state is State.ERROR:
                SubElement(case, "error", message=_printable(o.reason))
            elif o.state is State.UNSCORABLE:
                SubElement(case, "skipped", message=_printable(o.reason))
            elif higher is not None and _failed(o, higher_is_better=higher):
                SubElement(case, "failure", message=f"{o.x:g} of {o.y:g}")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _failed(o: Outcome, *, higher_is_better: bool) -> bool:
    return o.state is State.SCORED and (o.x <= 0 if higher_is_better else o.x > 0)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
