"""The report as one HTML file that needs no network: plots, filters, and every item in full."""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals.comparing import Comparison, ItemChange, compare_runs
from evals.items import Answer, Claim, Item, Ref, Sample, Sentence
from evals.judges.judge import Verdict, read_verdicts, verdict_key
from evals.metrics.alce import premise
from evals.metrics.choice import DESCRIBING, statistic
from evals.metrics.metric import Case
from evals.report import plots
from evals.report.figures import FITTED_HERE, measured, reconciled, shown, span, told, unit
from evals.report.speed import shown_values, speed_plots
from evals.runs import Run
from evals.scoring import Outcome, Score, Scored, State
from rag.verify.support import Premise

_HERE = Path(__file__).parent
_AROUND = 40
_PASSAGE = 240
_TOPICS = 40
_HEAT = 10
# Told by others that stand beside them.
_DERIVED = {"citation_f1", "complete_answers", "supported_statements", "supporting_citations"}
_LABELS = {True: "supported", False: "not supported", None: "not judged"}


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation as the drill-down shows it: the text before, the quote, the text after."""

    n: int
    title: str
    before: str
    quote: str
    after: str
    problem: str


@dataclass(frozen=True, slots=True)
class ShownSentence:
    """A sentence with what it cites, and what each judge found."""

    text: str
    numbers: tuple[int, ...]
    quotes: tuple[Quoted, ...]
    checks: tuple[str, ...] = ()

    @property
    def shown(self) -> bool:
        """Whether it is more than its only quote, which stands below it anyway."""
        return len(self.quotes) != 1 or self.quotes[0].quote.strip() != self.text.strip()


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item with its answer, its outcomes, and the answer of the baseline."""

    id: str
    anchor: str
    question: str
    topic: str
    state: str
    sentences: tuple[ShownSentence, ...]
    note: str
    outcomes: tuple[Outcome, ...]
    expected: tuple[str, ...]
    retrieved: tuple[str, ...]
    seconds: str
    before: str


def to_html(run: Run, baseline: Run | None = None, bench: Run | None = None) -> str:
    """Return the page; `bench` is a run of `python -m evals bench`, whose figures join it.

    Raises:
        RunError, NotComparable: a run was not scored, or they are of different data.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    scored = run.scored()
    comparison = compare_runs(baseline, run) if baseline is not None else None
    style, script = ((_HERE / name).read_text("utf-8") for name in ("report.css", "report.js"))
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    with_value, without = measured(scored.scores)
    return environment.get_template("report.html").render(
        manifest=run.manifest,
        faults=run.faults,
        corpus_faults=run.corpus_faults,
        scores=with_value,
        without=without,
        judges=run.judges(),
        reconciled=reconciled(run),
        fitted_here=FITTED_HERE,
        bar=plots.bar,
        shown=shown,
        span=span,
        unit=unit,
        told=told,
        plots=[*filter(None, _plots(scored)), *speed_plots(run, scored)],
        heat=_heat(scored),
        items=_items(run, scored, baseline),
        comparison=comparison,
        worst=_worst(comparison),
        speed=measured(bench.scored().scores)[0] if bench is not None else (),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _plots(scored: Scored) -> list[str]:
    values = defaultdict(list)
    for o in scored.outcomes:
        if o.state is State.SCORED:
            values[o.metric, o.judge].append((o.x, o.y))
    found = []
    for (metric, judge), pairs in values.items():
        x, y = [p[0] for p in pairs], [p[1] for p in pairs]
        if metric == "seconds_median":
            found.append(plots.cumulative("Time to the whole answer", x, across="seconds"))
        elif metric == "risk_coverage_area":
            found.append(plots.risk_coverage("Errors among the most confident answers", x, y))
        elif metric == "calibration_error":
            found.append(plots.reliability(f"Calibration of {judge}", x, y))
    return found


def _heat(scored: Scored) -> str:
    """Each topic under each share that differs between topics; a topic without a value has none."""
    shares = [s for s in scored.scores if s.n and s.unit == "share"]
    judges = list(dict.fromkeys(s.judge for s in shares if s.judge))
    # Of answers the first judge tells enough; claims measure every judge.
    wanted = {None, *(judges[:1] if any(s.judge is None for s in shares) else judges)}
    columns = {s.key: s for s in shares if s.judge in wanted}
    pairs: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for o in scored.outcomes:
        key = f"{o.metric} ({o.judge})" if o.judge else o.metric
        if o.state is State.SCORED and key in columns and o.topic:
            pairs[o.topic][key].append((o.x, o.y))
    cells = {
        topic: {key: value for key, p in found.items() if (value := _figure(columns[key], p))}
        for topic, found in sorted(pairs.items())[:_TOPICS]
    }
    telling = [
        key
        for key in columns
        if columns[key].metric not in DESCRIBING | _DERIVED
        and len({round(c[key].share, 2) for c in cells.values() if key in c}) > 1
    ][:_HEAT]
    return plots.heat(cells, telling) if len(cells) > 1 and telling else ""


def _figure(score: Score, pairs: list[tuple[float, float]]) -> plots.Cell | None:
    x, y = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    value = statistic(score.metric)(x, y)
    if not np.isfinite(value):
        return None
    return plots.Cell(value, len(pairs), score.higher_is_better)


def _worst(comparison: Comparison | None) -> list[ItemChange]:
    if comparison is None:
        return []
    return sorted(comparison.regressions, key=lambda r: -abs(r.before - r.after))[:50]


def _items(run: Run, scored: Scored, baseline: Run | None) -> list[ShownItem]:
    outcomes = defaultdict(list)
    for o in scored.outcomes:
        if o.state is not State.UNSCORABLE:
            outcomes[o.item].append(o)
    # How much is copied, or how long it is, is no fault of an item.
    better = {
        s.metric: s.higher_is_better
        for s in scored.scores
        if s.unit == "share" and s.metric not in DESCRIBING
    }
    if samples := run.samples():
        return [_sample(item, samples.get(item.id)) for item in run.items]
    checks = _Checks(
        tuple(judge["name"] for judge in run.judges()), read_verdicts(run.path / "verdicts.jsonl")
    )
    answers = run.answers()
    before = baseline.answers() if baseline is not None else {}
    if not answers:
        return [_claim(c, outcomes[c.id], checks) for c in run.claims]
    return [
        _item(item, answers.get(item.id), outcomes[item.id], before.get(item.id), better, checks)
        for item in run.items
    ]


def _item(
    item: Item,
    answer: Answer | None,
    outcomes: list[Outcome],
    before: Answer | None,
    better: Mapping[str, bool],
    checks: "_Checks",
) -> ShownItem:
    answer = answer or Answer(item.id, "", error="not answered")
    case = Case(item, answer)
    return ShownItem(
        id=item.id,
        anchor=_anchor(item.id),
        question=item.question,
        topic=item.topic,
        state=_state(case, outcomes),
        sentences=tuple(
            ShownSentence(
                s.text,
                tuple(dict.fromkeys(ref.n for ref in s.refs)),
                tuple(_quoted(case, ref) for ref in dict.fromkeys(s.refs)),
                checks.of_sentence(case, s),
            )
            for s in ([] if answer.refused or answer.error else case.parsed.sentences)
        ),
        note=answer.error or (answer.text if answer.refused else ""),
        outcomes=tuple(o for o in outcomes if _lacking(o, better)),
        expected=_expected(item),
        retrieved=answer.retrieved[:5],
        seconds=f"{answer.seconds:.3f} s" if answer.seconds is not None else "",
        before=before.text if before is not None and before.text != answer.text else "",
    )


def _anchor(item: str) -> str:
    """Return a name for links that is the same in every report that has the item."""
    return f"item-{hashlib.sha256(item.encode()).hexdigest()[:10]}"


def _lacking(outcome: Outcome, better: Mapping[str, bool]) -> bool:
    """Whether an outcome is less than it could be: the page shows these, the rest is in files."""
    if outcome.state is State.ERROR:
        return True
    if outcome.metric not in better:
        return False
    return outcome.x < outcome.y if better[outcome.metric] else outcome.x > 0


def _claim(claim: Claim, outcomes: list[Outcome], checks: "_Checks") -> ShownItem:
    quotes = tuple(
        Quoted(n, "", "", text[:_PASSAGE], "…" if len(text) > _PASSAGE else "", "")
        for n, text in enumerate(claim.premises, 1)
    )
    return ShownItem(
        id=claim.id,
        anchor=_anchor(claim.id),
        question=claim.text,
        topic=claim.topic,
        state=_LABELS[claim.supported],
        sentences=(
            ShownSentence(
                claim.text,
                tuple(q.n for q in quotes),
                quotes,
                checks.of(claim.text, [Premise(text) for text in claim.premises]),
            ),
        ),
        note="",
        outcomes=tuple(o for o in outcomes if o.state is State.ERROR),
        expected=(),
        retrieved=(),
        seconds="",
        before="",
    )


@dataclass(frozen=True)
class _Checks:
    """What the judges of a run found, from the verdicts that it keeps."""

    judges: tuple[str, ...]
    known: Mapping[str, Verdict]

    def of_sentence(self, case: Case, sentence: Sentence) -> tuple[str, ...]:
        """Return each judge's finding on a sentence by all that it cites."""
        refs = tuple(dict.fromkeys(sentence.refs))
        if not refs or not all(case.parsed.resolves(ref) for ref in refs):
            return ()
        return self.of(sentence.text, [premise(case.parsed, ref) for ref in refs])

    def of(self, text: str, premises: Sequence[Premise]) -> tuple[str, ...]:
        """Return each judge's finding, as far as there is one."""
        found = ((j, self.known.get(verdict_key(j, text, premises))) for j in self.judges)
        return tuple(f"{'✓' if v.supports else '✗'} {j} {v.score:.2f}" for j, v in found if v)


def _sample(item: Item, sample: Sample | None) -> ShownItem:
    sample = sample or Sample(item.id, error="not measured")
    return ShownItem(
        id=item.id,
        anchor=_anchor(item.id),
        question=item.question,
        topic=item.topic,
        state="error" if sample.error else "measured",
        sentences=(),
        note=sample.error or "",
        outcomes=(),
        expected=(),
        retrieved=(),
        seconds=shown_values(sample.values),
        before="",
    )


def _state(case: Case, outcomes: Sequence[Outcome]) -> str:
    if any(o.state is State.ERROR for o in outcomes):
        return "error"
    if not case.answered:
        return "refused"
    recall = [o for o in outcomes if o.metric == "citation_recall"]
    if any(o.state is State.SCORED and o.x < 1 for o in recall[:1]):
        return "not all supported"
    return "supported"


def _expected(item: Item) -> tuple[str, ...]:
    told_findings = [
        f.name if len(f.all_of) > 1 else " / ".join(f.all_of[0]) for f in item.findings
    ]
    forbidden = [f"not: {f.name}" for f in item.forbidden]
    gold = [g[:300] for g in item.gold_answers[:1]] if not item.findings else []
    refusal = ["a refusal"] if item.answerable is False else []
    return (*told_findings, *forbidden, *gold, *refusal)


def _quoted(case: Case, ref: Ref) -> Quoted:
    source = case.parsed.sources.get(ref.n)
    if source is None:
        return Quoted(ref.n, "", "", "", "", "no such source")
    title, text = source.title or source.passage or "", source.text
    if ref.quote is None:
        return Quoted(
            ref.n, title, text[:_PASSAGE] + ("…" if len(text) > _PASSAGE else ""), "", "", ""
        )
    start = ref.start if ref.start is not None else text.find(ref.quote)
    if not case.parsed.resolves(ref) or start < 0:
        return Quoted(ref.n, title, "", ref.quote, "", "not in the source")
    end = start + len(ref.quote)
    lead = "…" if start > _AROUND else ""
    return Quoted(
        ref.n,
        title,
        lead + text[max(0, start - _AROUND) : start],
        ref.quote,
        text[end : end + _AROUND] + ("…" if len(text) > end + _AROUND else ""),
        "",
    )
