"""Scoring a run, and scoring it again: by every metric, by every judge."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evals.bench.figures import figures
from evals.errors import RunError
from evals.judges.judge import Judge, Remembering
from evals.labels import agreement, corrected_score, read_labels
from evals.metrics.choice import answer_metrics, claim_metrics
from evals.metrics.metric import Case
from evals.runs import Run
from evals.scoring import Scored, reconcile, score_answers, score_claims, score_samples


def evaluate(run: Run, judges: Sequence[Judge]) -> Scored:
    """Score a run and save the scores in it; verdicts of earlier scorings are used again.

    Claims are scored where the run has no item that was answered; a bench is scored by what was
    measured so far, without any judge. Where people labelled some
    citations, the rate that they would find is estimated from both, and the judges' agreement
    with them is noted.

    Raises:
        RunError: the run has no answers, claims or measurements.
    """
    if samples := run.samples():
        known = figures()
        if unknown := {item.topic for item in run.items} - known.keys():
            raise RunError(f"{run.path} has stages without figures: {', '.join(sorted(unknown))}")
        scored = score_samples(run.items, samples, known, seed=run.manifest.seed)
        run.save_scores(scored, [])
        return scored
    manifest, items, claims = run.manifest, run.items, run.claims
    remembering = [Remembering(judge, run.path / "verdicts.jsonl") for judge in judges]
    answers = run.answers()
    if answers:
        scored = score_answers(
            items, answers, answer_metrics(remembering), faults=run.faults, seed=manifest.seed
        )
    elif claims:
        scored = score_claims(
            claims, claim_metrics(remembering), faults=run.faults, seed=manifest.seed
        )
    else:
        raise RunError(f"{run.path} has neither answers nor claims nor measurements: run it first")
    reconcile(scored, [i.id for i in items] if answers else [c.id for c in claims], run.faults)
    for judge in remembering:
        judge.sync()
    told: list[dict[str, Any]] = [
        {
            "name": j.name,
            "agreement": [asdict(a) for a in j.agreement],
            "fitted_here": manifest.dataset in j.fitted_on,
            "labels": None,
        }
        for j in judges
    ]
    if labels := read_labels(run.path):
        cases = [Case(item, answers[item.id]) for item in items if item.id in answers]
        extra = [corrected_score(cases, labels, judge) for judge in remembering]
        scored = Scored((*scored.scores, *(s for s in extra if s)), scored.outcomes)
        for judge, entry in zip(remembering, told, strict=True):
            entry["labels"] = agreement(cases, labels, judge)
    run.save_scores(scored, told)
    return scored
