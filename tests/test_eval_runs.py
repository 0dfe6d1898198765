import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from judging import TableJudge

from evals.comparing import compare_runs
from evals.errors import GateError, NotComparable, RunError
from evals.evaluate import evaluate
from evals.gating import gate, read_rules
from evals.items import Answer, AnswerSource, Claim, Dataset, Fault, Finding, Item
from evals.judges.judge import JudgeFailed, Remembering
from evals.labels import Label, Labelled, append_label, read_labels, sample
from evals.metrics.metric import Case
from evals.repeats import repeats
from evals.report.html import to_html
from evals.report.plots import Cell
from evals.report.tables import to_markdown
from evals.running import answer_all, select
from evals.runs import Manifest, Run, ids_digest
from evals.systems.recorded import RecordedSystem
from evals.table import table

SOURCES = (AnswerSource(1, "gold is heavy"), AnswerSource(2, "tin is light"))
GOOD, BAD = "Gold is heavy [1].", "Gold is heavy [2]."


def items(count: int) -> tuple[Item, ...]:
    gold = Finding("gold", (("gold",),))
    return tuple(Item(str(n), f"Question {n}?", str(n), findings=(gold,)) for n in range(count))


def dataset(count: int = 4, digest: str = "d1") -> Dataset:
    return Dataset("metals", digest, items(count), faults=(Fault("metals.jsonl:9", "torn"),))


def begin(path: Path, data: Dataset, system: str = "table") -> Run:
    manifest = Manifest(
        dataset=data.name,
        digest=data.digest,
        items=ids_digest([i.id for i in data.items]),
        count=len(data.items) or len(data.claims),
        seed=0,
        limit=None,
        topic=None,
        system={"name": system},
        started="2026-01-01T00:00:00+00:00",
    )
    return Run.begin(path, data, manifest)


def ran(path: Path, *texts: str, digest: str = "d1") -> Run:
    """A finished and scored run whose answers are these texts."""
    run = begin(path, dataset(len(texts), digest))
    answers = [Answer(str(n), text, SOURCES) for n, text in enumerate(texts)]
    answer_all(run, RecordedSystem.of("table", answers))
    run.seal("2026-01-01T00:01:00+00:00")
    evaluate(run, [TableJudge()])
    return run


def score(run: Run, metric: str) -> float | None:
    return next(s.value for s in run.scored().scores if s.metric == metric)


def test_a_run_is_scored_and_counts_the_rows_that_could_not_be_read(tmp_path: Path) -> None:
    run = ran(tmp_path / "run", GOOD, BAD, GOOD, GOOD)
    assert score(run, "citation_recall") == 0.75
    recall = next(s for s in run.scored().scores if s.metric == "citation_recall")
    assert (recall.n, recall.unscorable, recall.errors) == (4, 0, 1)
    assert recall.reasons == {"torn": 1}
    assert recall.low is not None
    assert recall.low < 0.75


def test_a_run_can_be_scored_again_without_answering_or_judging_again(tmp_path: Path) -> None:
    run = ran(tmp_path / "run", GOOD, BAD)
    judge = TableJudge()
    before = (run.path / "scores.json").read_text()
    evaluate(Run.open(run.path), [judge])
    assert judge.judged == 0
    assert (run.path / "scores.json").read_text() == before


def test_a_changed_answer_of_a_finished_run_is_found(tmp_path: Path) -> None:
    run = ran(tmp_path / "run", GOOD)
    answers = run.path / "answers.jsonl"
    answers.write_text(answers.read_text().replace("heavy", "light"))
    with pytest.raises(RunError, match="its checksum differs"):
        Run.open(run.path)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"digest": "d2"}, "digest 'd1', not 'd2'"), ({"items": items(3)}, "items")],
)
def test_another_runs_folder_is_refused(
    tmp_path: Path, change: dict[str, object], named: str
) -> None:
    begin(tmp_path / "run", dataset())
    with pytest.raises(RunError, match=named):
        begin(tmp_path / "run", replace(dataset(), **change))
    with pytest.raises(RunError, match="system"):
        begin(tmp_path / "run", dataset(), system="other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(RunError, match="not empty and no run"):
        begin(tmp_path / "other", dataset())
    with pytest.raises(RunError, match="is no run"):
        Run.open(tmp_path / "other")


def test_a_line_torn_by_a_crash_is_cut_off_and_answered_again(tmp_path: Path) -> None:
    run = begin(tmp_path / "run", dataset(2))
    run.append(Answer("0", GOOD, SOURCES))
    with (run.path / "answers.jsonl").open("a") as file:
        file.write('{"item": "1", "te')
    answer_all(run, RecordedSystem.of("table", [Answer("1", BAD, SOURCES)]))
    assert {i: a.text for i, a in run.answers().items()} == {"0": GOOD, "1": BAD}


SLOW = """
import sys, time
from pathlib import Path
from types import MappingProxyType
sys.path[:0] = {paths!r}
from test_eval_runs import begin, dataset
from evals.items import Answer
from evals.running import answer_all

class Slow:
    identity = {{"name": "table"}}
    def answer(self, item):
        time.sleep(0.02)
        return Answer(item.id, f"answered by {{sys.argv[2]}}")

answer_all(begin(Path(sys.argv[1]), dataset(12)), Slow())
"""


def test_a_run_killed_half_way_goes_on_where_it_was(tmp_path: Path) -> None:
    code = SLOW.format(paths=[str(Path(__file__).parent.parent), str(Path(__file__).parent)])
    folder = tmp_path / "run"
    first = subprocess.Popen([sys.executable, "-c", code, str(folder), "first"])
    answers = folder / "answers.jsonl"
    while not answers.exists() or answers.read_bytes().count(b"\n") < 3:
        assert first.poll() is None
        time.sleep(0.005)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    kept = answers.read_bytes()[: answers.read_bytes().rfind(b"\n") + 1]
    subprocess.run([sys.executable, "-c", code, str(folder), "second"], check=True)
    assert answers.read_bytes().startswith(kept)
    found = Run(folder).answers()
    assert list(found) == [str(n) for n in range(12)]
    by = [answer.text for answer in found.values()]
    assert by == ["answered by first"] * kept.count(b"\n") + ["answered by second"] * (
        12 - kept.count(b"\n")
    )


def test_a_sample_depends_on_the_seed_alone_and_keeps_the_order() -> None:
    data = dataset(50)
    first = [i.id for i in select(data, limit=10, seed=1).items]
    assert first == [i.id for i in select(data, limit=10, seed=1).items]
    assert first != [i.id for i in select(data, limit=10, seed=2).items]
    assert first == sorted(first, key=int)
    assert len(select(data, limit=99).items) == 50
    assert select(data, topic="none").items == ()


def test_a_system_that_fails_on_an_item_has_answered_with_an_error(tmp_path: Path) -> None:
    class Broken:
        identity: Mapping[str, str] = MappingProxyType({"name": "table"})

        def answer(self, item: Item) -> Answer:
            raise ValueError(f"cannot read {item.id}")

    run = begin(tmp_path / "run", dataset(1))
    answer_all(run, Broken())
    assert run.answers()["0"].error == "ValueError: cannot read 0"


def test_a_judge_that_fails_is_an_error_of_the_item_and_is_asked_once(tmp_path: Path) -> None:
    judge = TableJudge(fails=["Gold is heavy."], scores={"Tin is light.": float("nan")})
    remembering = Remembering(judge, tmp_path / "verdicts.jsonl")
    for sentence in ("Gold is heavy.", "Tin is light.", "Gold is heavy."):
        with pytest.raises(JudgeFailed):
            remembering.judge(sentence, [])
    assert judge.judged == 2
    (tmp_path / "verdicts.jsonl").write_text('{"key": "torn')
    assert Remembering(judge, tmp_path / "verdicts.jsonl").judge("x", []).supports is False


def test_runs_are_compared_item_by_item_and_regressions_come_first(tmp_path: Path) -> None:
    before = ran(tmp_path / "a", *[GOOD] * 12)
    after = ran(tmp_path / "b", *[GOOD] * 4, *[BAD] * 8)
    found = compare_runs(before, after)
    recall = next(c for c in found.changes if c.metric == "citation_recall")
    assert recall.worse is True
    assert recall.difference is not None
    assert recall.difference.value == pytest.approx(-8 / 12)
    # Eight of eight differences in one direction: 2 / 2^8.
    assert recall.difference.p == pytest.approx(2 / 2**8)
    assert found.changes[0].worse is True
    worse = {r.item for r in found.regressions if r.metric == "citation_recall"}
    assert worse == {str(n) for n in range(4, 12)}
    assert compare_runs(before, before).regressions == ()


def test_longer_and_less_literal_answers_are_no_regressions(tmp_path: Path) -> None:
    short, long = GOOD, "Gold is heavy [1]. Gold, as is well known, is heavy [1]."
    before = ran(tmp_path / "before", *[short] * 8)
    found = compare_runs(before, ran(tmp_path / "after", *[long] * 8))
    changed = {c.metric: c for c in found.changes if c.difference and c.difference.value}
    assert {"words", "verbatim_sentences", "citation_recall"} <= changed.keys()
    assert changed["citation_recall"].worse is True
    assert changed["words"].worse is changed["verbatim_sentences"].worse is None
    assert not {"words", "verbatim_sentences"} & {r.metric for r in found.regressions}


def test_runs_of_different_data_are_compared_by_force_only(tmp_path: Path) -> None:
    before, after = ran(tmp_path / "a", GOOD, GOOD), ran(tmp_path / "b", GOOD, digest="d2")
    with pytest.raises(NotComparable, match="compare runs of one data set"):
        compare_runs(before, after)
    assert compare_runs(before, after, force=True).missing == ("1",)


def rules(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("rule", "passed", "reason"),
    [
        ("min = 0.7", True, "0.750"),
        ("min = 0.9", False, "below 0.9"),
        ("max = 0.5", False, "above 0.5"),
        # The unreadable row counts as wrong: 3 of 5 stays below.
        ("min = 0.6\nmargin = 1.0", True, "difference +0.000"),
    ],
)
def test_the_gate_checks_values_and_margins(
    tmp_path: Path, rule: str, passed: bool, reason: str
) -> None:
    run = begin(tmp_path / "run", replace(dataset(4), faults=()))
    answers = [Answer(str(n), t, SOURCES) for n, t in enumerate([GOOD, GOOD, GOOD, BAD])]
    answer_all(run, RecordedSystem.of("table", answers))
    evaluate(run, [TableJudge()])
    file = rules(tmp_path / "gate.toml", f'[[gate]]\nmetric = "citation_recall"\n{rule}\n')
    (verdict,) = gate(run, read_rules(file), run)
    assert verdict.passed is passed
    assert reason in verdict.reason


def test_errors_and_refusals_close_the_gate_unless_refusals_are_passed_over(
    tmp_path: Path,
) -> None:
    run = begin(tmp_path / "run", replace(dataset(2), faults=()))
    answers = [Answer("0", GOOD, SOURCES), Answer("1", "No.", refused=True)]
    answer_all(run, RecordedSystem.of("table", answers))
    evaluate(run, [TableJudge()])
    head = '[[gate]]\nmetric = "citation_recall"\nmin = 1.0\n'
    (strict,) = gate(run, read_rules(rules(tmp_path / "a.toml", head)))
    assert not strict.passed
    kind = rules(tmp_path / "b.toml", head + 'ignore = ["refused"]\n')
    (verdict,) = gate(run, read_rules(kind))
    assert verdict.passed
    with_fault = ran(tmp_path / "c", GOOD)
    (verdict,) = gate(with_fault, read_rules(kind))
    assert not verdict.passed


def test_too_few_items_do_not_pass_a_margin(tmp_path: Path) -> None:
    before, after = ran(tmp_path / "a", GOOD, GOOD, BAD), ran(tmp_path / "b", GOOD, BAD, GOOD)
    margin = rules(tmp_path / "m.toml", '[[gate]]\nmetric = "citation_recall"\nmargin = 0.02\n')
    (verdict,) = gate(after, read_rules(margin), before)
    assert not verdict.passed
    assert "on the bad side" in verdict.reason


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("gate = [", "no TOML"),
        ('[[gate]]\nmetric = "x"\n', "give min, max or margin"),
        ('[[gate]]\nmetric = "x"\nmim = 1\n', "mim"),
        ("", "gate"),
    ],
)
def test_wrong_margins_are_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(GateError, match=named):
        read_rules(rules(tmp_path / "gate.toml", text))


def test_a_gate_on_a_metric_that_was_not_measured_is_an_error(tmp_path: Path) -> None:
    run = ran(tmp_path / "run", GOOD)
    file = rules(tmp_path / "gate.toml", '[[gate]]\nmetric = "beauty"\nmin = 1\n')
    with pytest.raises(GateError, match="no metric 'beauty'"):
        gate(run, read_rules(file))
    file = rules(tmp_path / "g.toml", '[[gate]]\nmetric = "citation_recall"\nmargin = 1\n')
    with pytest.raises(GateError, match="needs a --baseline"):
        gate(run, read_rules(file))


def test_labels_correct_the_judge_and_measure_its_agreement(tmp_path: Path) -> None:
    texts = [GOOD, BAD] * 10
    run = ran(tmp_path / "run", *texts)
    answers = run.answers()
    cases = [Case(item, answers[item.id]) for item in run.items]
    drawn = sample(cases, 8, seed=3)
    assert drawn == sample(cases, 8, seed=3)
    for number, pair in enumerate(drawn):
        # People agree with the judge, but for the first citation.
        full = (pair.ref.n == 1) != (number == 0)
        label = Label.FULL if full else Label.NONE
        append_label(run.path, Labelled(*pair.key, label, "ann"))
    scored = evaluate(run, [TableJudge()])
    corrected = next(s for s in scored.scores if s.metric == "supporting_citations_by_labels")
    assert corrected.n == 20
    (judge,) = run.judges()
    assert judge["labels"]["pairs"] == 8
    assert judge["labels"]["same"] == 7 / 8


def test_a_later_label_of_the_same_person_replaces_the_earlier(tmp_path: Path) -> None:
    for label in (Label.NONE, Label.PARTIAL):
        append_label(tmp_path, Labelled("0", 0, 1, None, label, "ann"))
    append_label(tmp_path, Labelled("0", 0, 1, None, Label.FULL, "bob"))
    assert [(found.author, found.label) for found in read_labels(tmp_path)] == [
        ("ann", Label.PARTIAL),
        ("bob", Label.FULL),
    ]
    (tmp_path / "labels.jsonl").write_text(json.dumps({"item": "0", "label": "maybe"}))
    with pytest.raises(RunError, match="is no label"):
        read_labels(tmp_path)


def test_claims_are_scored_without_any_answer(tmp_path: Path) -> None:
    claims = tuple(
        Claim(str(n), "Gold is heavy.", (t,), t == "gold is heavy", str(n))
        for n, t in enumerate(["gold is heavy", "tin is light"] * 3)
    )
    run = begin(tmp_path / "run", Dataset("claims", "d", claims=claims))
    scored = evaluate(run, [TableJudge()])
    assert {s.metric: s.value for s in scored.scores} == {
        "auroc": 1.0,
        "balanced_accuracy": 1.0,
        "calibration_error": 0.0,
    }
    empty = begin(tmp_path / "empty", Dataset("none", "d"))
    with pytest.raises(RunError, match="neither answers nor claims nor measurements"):
        evaluate(empty, [TableJudge()])


def test_scored_runs_stand_side_by_side_in_one_table(tmp_path: Path) -> None:
    ran(tmp_path / "ours", GOOD, GOOD)
    ran(tmp_path / "theirs", GOOD, BAD)
    claims = Dataset("judged", "d", claims=(Claim("1", "Gold.", ("gold",), True, "1"),))
    run = begin(tmp_path / "judged", claims, system="claims")
    evaluate(run, [TableJudge()])
    text = table(tmp_path)
    assert "| metric | ours (2) | theirs (2) |" in text
    assert "| citation recall (table@1) | 100.0 [34.2, 100.0] | 50.0 [9.5, 90.5] |" in text
    assert "## judged: judges against people" in text
    with pytest.raises(RunError, match="holds no scored run"):
        table(tmp_path / "ours")


def test_topics_are_told_by_each_metrics_own_figure(tmp_path: Path) -> None:
    claims = (
        *(Claim(f"b{n}", "Gold.", ("gold",), n % 2 == 0, f"b{n}", "both") for n in range(4)),
        Claim("g", "Gold.", ("gold",), True, "g", "good"),
        Claim("t1", "Tin.", ("gold",), True, "t1", "tin"),
        Claim("t2", "Gold.", ("gold",), False, "t2", "tin"),
    )
    run = begin(tmp_path / "run", Dataset("judged", "d", claims=claims), system="claims")
    judge = TableJudge()
    judge.fitted_on = frozenset(["judged"])
    evaluate(run, [judge])
    page = to_html(run)
    # AUROC: ties are half, and of tin the supported claim scores lower; of one kind alone
    # there is no ranking.
    assert re.search(r'"row">both</th><td class="heat h5">50<small>4</small>', page)
    assert re.search(r'"row">tin</th><td class="heat h0">0<small>2</small>', page)
    assert '<th scope="row">good</th><td>–</td>' in page
    for text in (page, to_markdown(run)):
        assert "fitted on claims of this data set" in text
        assert "Under every metric 7 items are counted, each once." in text


def test_less_is_better_is_coloured_the_other_way_round() -> None:
    assert Cell(0.2, 5, higher_is_better=False).good == 0.8
    assert Cell(0.2, 5).good == 0.2


def test_passages_that_cannot_be_used_and_answers_are_named_in_the_report(tmp_path: Path) -> None:
    data = replace(dataset(1), corpus_faults=(Fault("p7", "the passage has no text"),))
    run = begin(tmp_path / "run", data)
    answer_all(run, RecordedSystem.of("table", [Answer("0", GOOD, SOURCES)]))
    evaluate(run, [TableJudge()])
    page = to_html(run)
    assert "p7: the passage has no text" in page
    # The sentence is shown with what its judge found.
    assert "Supported: ✓ table@1 1.00" in page
    anchors = re.findall(r'id="(item-[0-9a-f]{10})"', page)
    assert len(anchors) == 1
    assert f'href="#{anchors[0]}"' in page


def test_repeated_runs_tell_chance_from_items(tmp_path: Path) -> None:
    first, second = ran(tmp_path / "a", GOOD, BAD, GOOD), ran(tmp_path / "b", GOOD, BAD, BAD)
    recall = next(r for r in repeats([first, second]) if r.metric == "citation_recall")
    assert recall.spread.value == pytest.approx(0.5)
    assert recall.spread.within == pytest.approx(1 / 6)
    assert all(r.metric != "seconds_median" for r in repeats([first, second]))
    with pytest.raises(NotComparable, match="two or more"):
        repeats([first])
    with pytest.raises(NotComparable, match="asks other items"):
        repeats([first, ran(tmp_path / "c", GOOD)])
