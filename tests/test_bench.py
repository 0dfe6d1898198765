import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fakes import LengthAnnotator, WordHashEmbedder
from notes import write_note
from test_cli import FakeModels
from typer.testing import CliRunner

from corpus.documents import Document, Span
from evals.bench.annotation import Annotations
from evals.bench.bench import Parts, digest, measured
from evals.bench.children import Child, measure_child
from evals.bench.cold import ColdAsks
from evals.bench.embedding import Embeddings
from evals.bench.figures import figures
from evals.bench.ingest import Ingests
from evals.bench.machine import identity, machine
from evals.bench.stage import Measure, Stage, turns
from evals.bench.syncing import Syncs
from evals.bench.warm import WarmReports
from evals.comparing import compare_runs
from evals.errors import RunError
from evals.evaluate import evaluate
from evals.gating import Rule, gate
from evals.items import Item
from evals.report import render
from evals.runs import Run
from evals.scoring import Score
from evals.table import table
from index.annotations import Annotation
from index.embedding import Vectors
from index.errors import IndexNotFound
from index.index import Index
from rag.cli.app import app
from rag.cli.compose import open_assistant
from rag.cli.session import Session
from rag.settings import Settings

MACHINE = {"name": "citeproof", "processor": "abacus"}
BOATS = "The Harbor Office counted 312 herring boats in 2019. It counted 40 trawlers in 2020."


class Clock:
    """Time that passes only where it is spent."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += seconds


class SlowEmbedder(WordHashEmbedder):
    """Takes a second for each text."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.clock.spend(len(texts))
        return super().embed(texts)


class SlowAnnotator(LengthAnnotator):
    """Takes three seconds for each sentence."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        self.clock.spend(3 * len(sentences))
        return super().annotate(document, sentences)


@dataclass
class Counted:
    """A stage of cold reports whose costs are given by turn, in multiples of its floor."""

    costs: Sequence[float]
    fails: Callable[[str], BaseException | None] = lambda _: None
    made_ready: int = 0

    @property
    def items(self) -> tuple[Item, ...]:
        return turns("cold", len(self.costs), "What?")

    @contextmanager
    def ready(self) -> Iterator[Measure]:
        self.made_ready += 1

        def measure(item: Item) -> dict[str, float]:
            if (error := self.fails(item.id)) is not None:
                raise error
            cost = self.costs[int(item.id.split("/")[1]) - 1]
            return {"import": 2, "ask": 2 * cost, "import_megabytes": 10, "ask_megabytes": 20}

        yield measure


def run(path: Path, *stages: Stage, system: dict[str, str] = MACHINE) -> Run:
    return measured(path, stages, "data", system)


def scores(run: Run) -> dict[str, Score]:
    return {s.metric: s for s in run.scored().scores}


def values(run: Run) -> dict[str, float | None]:
    return {name: score.value for name, score in scores(run).items()}


@pytest.fixture
def notes(folder: Path) -> Path:
    """Two documents: one of two sentences, one of one."""
    write_note(folder, "boats.md", BOATS, title="Survey")
    write_note(folder, "gold.md", "Gold is heavy.", title="Metals")
    return folder


def test_a_figure_has_an_interval_over_its_turns(tmp_path: Path) -> None:
    found = scores(run(tmp_path / "run", Counted([1.0, 9.0, 2.0, 2.0, 1.5])))
    ratio = found["cold_report_to_import"]
    assert (ratio.value, ratio.n, ratio.errors, ratio.unit) == (2.0, 5, 0, "x")
    assert ratio.low is not None
    assert ratio.high is not None
    assert 1.0 <= ratio.low <= 2.0 <= ratio.high <= 9.0
    assert found["cold_report"].value == 4.0
    assert found["cold_report_memory"].unit == "MB"


def test_one_turn_has_no_interval(tmp_path: Path) -> None:
    found = scores(run(tmp_path / "run", Counted([3.0])))["cold_report"]
    assert (found.value, found.low, found.high) == (6.0, None, None)


def test_a_bench_killed_half_way_goes_on_and_can_be_scored_before(tmp_path: Path) -> None:
    def interrupted(item: str) -> BaseException | None:
        return KeyboardInterrupt() if item == "cold/3" else None

    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(path, Counted([1.0, 2.0, 3.0, 4.0], interrupted))
    with (path / "samples.jsonl").open("a") as file:
        file.write('{"item": "cold/3", "val')
    Run(path).mend()
    evaluate(Run.open(path), [])
    early = scores(Run(path))["cold_report_to_import"]
    assert (early.n, early.errors, early.reasons) == (2, 2, {"not measured": 2})
    # What was measured is not measured again: the costs of the second attempt are others.
    later = Counted([8.0, 8.0, 3.0, 4.0])
    found = run(path, later)
    assert [s.values["ask"] for s in found.samples().values()] == [2.0, 4.0, 6.0, 8.0]
    assert values(found)["cold_report_to_import"] == 2.5
    assert Run.open(path).manifest.finished
    run(path, later)
    assert later.made_ready == 1


def test_a_changed_sample_of_a_finished_bench_is_found(tmp_path: Path) -> None:
    run(tmp_path / "run", Counted([1.0, 2.0]))
    file = tmp_path / "run" / "samples.jsonl"
    file.write_text(file.read_text().replace("4.0", "3.0"))
    with pytest.raises(RunError, match="its checksum differs"):
        Run.open(tmp_path / "run")


def test_another_machine_does_not_go_on_with_a_bench(tmp_path: Path) -> None:
    run(tmp_path / "run", Counted([1.0]))
    with pytest.raises(RunError, match=r"system \{'processor': 'abacus'\}, not \{'processor'"):
        run(tmp_path / "run", Counted([1.0]), system={**MACHINE, "processor": "quipu"})


def test_a_failed_measurement_is_counted_and_closes_the_gate(tmp_path: Path) -> None:
    failed = subprocess.CalledProcessError(5, ["citeproof"])
    errors = {"cold/1": failed, "cold/2": ValueError("torn")}
    found = run(tmp_path / "run", Counted([1.0] * 5, errors.get))
    score = scores(found)["cold_report_to_import"]
    assert (score.value, score.n, score.errors) == (1.0, 3, 2)
    assert score.reasons == {"exit status 5: ['citeproof']": 1, "ValueError: torn": 1}
    (verdict,) = gate(found, [Rule(metric="cold_report_to_import", max=2.0)])
    assert not verdict.passed
    assert verdict.reason == "2 of 5 items were not measured"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_an_error(tmp_path: Path, value: float) -> None:
    found = run(tmp_path / "run", Counted([1.0, value]))
    assert found.samples()["cold/2"].error == "not a number: ask"
    assert scores(found)["cold_report"].errors == 1


def test_two_benches_are_compared_and_gated_by_their_floors(tmp_path: Path) -> None:
    before = run(tmp_path / "a", Counted([1.0, 1.1, 1.2, 1.1, 1.0]))
    after = run(tmp_path / "b", Counted([2.0, 2.1, 2.2, 2.1, 2.0]))
    changes = {c.metric: c for c in compare_runs(before, after).changes}
    change = changes["cold_report_to_import"]
    assert change.worse is True
    assert change.difference is not None
    assert change.difference.value == pytest.approx(1.0)
    assert changes["cold_report_memory"].worse is None
    ratio = "cold_report_to_import"
    rules = [Rule(metric=ratio, max=2.5), Rule(metric=ratio, max=2.0), Rule(metric=ratio, margin=1)]
    assert [v.passed for v in gate(after, rules, before)] == [True, False, False]
    (verdict,) = gate(after, [Rule(metric=ratio, margin=1.5)], before)
    assert verdict.passed
    assert "difference +1.000" in verdict.reason
    one = run(tmp_path / "c", Counted([1.0]))
    (verdict,) = gate(one, [Rule(metric=ratio, margin=9)], one)
    assert not verdict.passed
    assert compare_runs(one, one).changes[0].difference is None


def test_the_commands_of_eval_take_a_bench(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    run(a, Counted([1.0, 1.1, 1.2]))
    run(b, Counted([2.0, 2.1, 2.2]), system={**MACHINE, "processor": "quipu"})

    def command(*words: object) -> tuple[int, str]:
        session = Session(models=FakeModels())
        found = CliRunner().invoke(app, ["eval", *map(str, words)], obj=session)
        return found.exit_code, found.stdout

    kept = json.loads((b / "scores.json").read_text())["scores"]
    status, told = command("score", b, "--json")
    assert status == 0
    assert json.loads(told)["scores"] == kept
    status, told = command("compare", a, b)
    assert status == 0
    assert re.search(r"worse  cold_report_to_import: 1\.100 -> 2\.100 x; \+1\.000", told)
    assert "processor: abacus -> quipu" in told
    rules = tmp_path / "gate.toml"
    rules.write_text('[[gate]]\nmetric = "cold_report_to_import"\nmax = 1.5\n')
    assert command("gate", a, "--rules", rules)[0] == 0
    assert command("gate", b, "--rules", rules)[0] == 6


def test_the_page_of_a_bench_needs_nothing_from_outside_and_draws_it(tmp_path: Path) -> None:
    clock = Clock()
    found = run(tmp_path / "run", Counted([1.0, 2.0, 40.0]), _warm(tmp_path, clock, 2))
    names = {path.name for path in found.path.iterdir()}
    assert {"report.html", "report.md", "report.csv", "report.junit.xml", "scores.json"} <= names
    page = (found.path / "report.html").read_text()
    assert "default-src 'none'" in page
    assert not re.search(r"<[^>]*(?:src|href)=[\"']?(?:https?:)?//", page)
    for drawn in (
        "Time to a report of a warm process",
        "Times the floor of the same run (logarithmic)",
        "Figures in MB",
    ):
        assert f"<figcaption>{drawn}</figcaption>" in page
    assert "The same with documents added" not in page
    assert "How far to trust the judges" not in page
    assert page.count('data-topic="warm"') == 4
    assert "processor: <b>abacus</b>" in page
    assert "| cold report to import |  | 2.00 x |" in (found.path / "report.md").read_text()
    lines = (found.path / "report.csv").read_text().splitlines()
    assert len(lines) == 1 + len(found.scored().scores)
    assert "## bench: speed and memory" in table(tmp_path)
    assert "| cold report to import, x | 2.00 [1.00, 40.00] |" in table(tmp_path)
    worse = run(tmp_path / "worse", Counted([9.0, 9.0, 90.0]))
    page = render("html", worse, run(tmp_path / "before", Counted([1.0, 2.0, 3.0])))
    assert "Difference to the baseline" in page


def test_junit_shows_what_could_not_be_measured(tmp_path: Path) -> None:
    found = run(tmp_path / "run", Counted([1.0, 1.0], {"cold/2": ValueError("torn")}.get))
    root = ElementTree.fromstring((found.path / "report.junit.xml").read_text())
    suite = next(s for s in root if s.get("name") == "cold_report_to_import")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "1")


def _warm(tmp_path: Path, clock: Clock, count: int) -> WarmReports:
    """Reports on one note: a plain embedding takes a second, one of ours another."""
    notes = write_note(tmp_path / "boats", "boats.md", BOATS, title="Survey").parent
    index = tmp_path / "boats-index"
    with Index.open(index, WordHashEmbedder(), writable=True) as writing:
        writing.sync([notes], annotator=FakeModels().annotator(Settings(index=index)))

    class Slow(FakeModels):
        def for_questions(self, settings: Settings) -> SlowEmbedder:
            return SlowEmbedder(clock)

    questions = [
        Item("boats", "How many herring boats did the Harbor Office count?", "boats"),
        Item("zebras", "Which colour are zebras?", "zebras", as_of="2020"),
    ]
    return WarmReports(
        "warm",
        lambda: index,
        questions,
        count,
        lambda path: open_assistant(Settings(index=path), Slow()),
        lambda: lambda _: clock.spend(1),
        clock,
    )


def test_warm_reports_are_timed_by_step_beside_an_embedding(tmp_path: Path) -> None:
    found = run(tmp_path / "run", _warm(tmp_path, Clock(), 3))
    samples = found.samples()
    assert list(samples) == [f"warm/{t}/{q}" for t in (1, 2, 3) for q in ("boats", "zebras")]
    first = samples["warm/1/boats"].values
    assert first["embedding"] == 1
    assert 1 <= first["sources"] <= first["first_statement"] <= first["report"]
    # A refusal has no first statement.
    assert "first_statement" not in samples["warm/1/zebras"].values
    step = scores(found)["first_statement"]
    assert (step.n, step.unscorable, step.errors) == (3, 3, 0)
    assert step.value == first["first_statement"] * 1000
    by_question = {q: samples[f"warm/2/{q}"].values["report"] for q in ("boats", "zebras")}
    assert values(found)["report_p50_to_embedding"] == sum(by_question.values()) / 2
    assert values(found)["report_p95"] == pytest.approx(max(by_question.values()) * 1000)


def test_the_embedder_is_timed_beside_a_plain_loop(tmp_path: Path, notes: Path) -> None:
    clock = Clock()
    stage = Embeddings(
        notes,
        2,
        lambda: SlowEmbedder(clock),
        lambda: lambda texts: clock.spend(4 * len(texts)),
        clock,
    )
    found = values(run(tmp_path / "run", stage))
    assert (found["plain_loop"], found["embedder"]) == (0.25, 1.0)
    assert found["embedder_to_plain_loop"] == 0.25


def test_ingest_is_timed_with_and_without_annotation(tmp_path: Path, notes: Path) -> None:
    clock = Clock()
    embedder = SlowEmbedder(clock)
    stage = Ingests(
        notes,
        3,
        lambda: embedder,
        lambda: SlowAnnotator(clock),
        lambda: lambda texts: clock.spend(2 * len(texts)),
        clock,
    )
    found = run(tmp_path / "run", stage)
    # Of two chunks and three sentences one text is there twice; all have 18 words.
    assert found.samples()["ingest/3"].values == {
        "words": 18,
        "plain": 2 * 4,
        "bare": 4,
        "annotated": 4 + 3 * 3,
    }
    assert values(found)["ingest_bare_to_plain"] == 0.5
    assert values(found)["ingest_to_plain"] == 13 / 8
    assert values(found)["ingest"] == pytest.approx(13e6 / 18)


def test_annotation_is_timed_by_million_words(tmp_path: Path, notes: Path) -> None:
    clock = Clock()
    stage = Annotations(
        notes,
        2,
        WordHashEmbedder,
        lambda: SlowAnnotator(clock),
        lambda: lambda texts: clock.spend(len(texts)),
        clock,
    )
    found = values(run(tmp_path / "run", stage))
    assert found["annotation_to_parse"] == 3.0
    assert found["annotation"] == pytest.approx(9e6 / 18)


def test_processes_are_measured_beside_the_import_of_the_libraries(tmp_path: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def program(index: Path, *words: str) -> Child:
        asked.append(words)
        return Child(8.0 / len(asked), 200.0)

    def floor(index: Path) -> Child:
        return Child(4.0, 100.0)

    cold = ColdAsks(lambda: tmp_path, "What?", 2, program, floor)
    found = values(run(tmp_path / "cold", cold))
    assert asked == [("ask", "What?")] * 2
    assert found["cold_report_to_import"] == 1.5
    assert found["cold_report_memory_to_import"] == 2.0
    asked.clear()
    found = values(run(tmp_path / "sync", Syncs(tmp_path, 1, program, floor)))
    assert asked == [("sync", str(tmp_path))] * 2
    assert (found["first_sync"], found["sync_of_nothing_to_import"]) == (8.0, 1.0)


def test_every_stage_has_figures_and_none_has_two_of_a_name(tmp_path: Path) -> None:
    stages = Parts(tmp_path, tmp_path, 1).stages
    assert [s.items[0].topic for s in stages] == list(figures())
    names = [figure.name for of_stage in figures().values() for figure in of_stage]
    assert len(set(names)) == len(names)


def test_the_data_of_a_bench_are_the_documents_and_not_the_index(
    tmp_path: Path, notes: Path
) -> None:
    def synced(name: str) -> Path:
        with Index.open(tmp_path / name, WordHashEmbedder(), writable=True) as index:
            index.sync([notes])
        return tmp_path / name

    one = digest(synced("one"))
    assert one == digest(synced("two"))
    assert one != digest(None)
    write_note(notes, "tin.md", "Tin is light.", title="Tin")
    assert one != digest(synced("one"))
    with pytest.raises(IndexNotFound):
        digest(tmp_path / "none")


def test_a_childs_time_and_memory_are_measured(tmp_path: Path) -> None:
    code = "import time; b'x' * (200 << 20); time.sleep(0.1)"
    child = measure_child(sys.executable, "-c", code, index=tmp_path)
    assert child.megabytes > 200
    assert child.seconds > 0.1


def test_a_child_that_fails_is_no_measurement(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        measure_child(sys.executable, "-c", "raise SystemExit(3)", index=tmp_path)


def test_the_machine_is_described() -> None:
    facts = machine()
    assert facts["cores"] >= 1
    assert facts["packages"]["onnxruntime"]
    told = identity()
    assert told["name"] == "citeproof"
    assert re.fullmatch("[0-9a-f]{16}", told["code"])
    assert all(isinstance(value, str) for value in told.values())


def test_a_stage_that_no_release_knows_is_named(tmp_path: Path) -> None:
    class Unknown(Counted):
        @property
        def items(self) -> tuple[Item, ...]:
            return turns("lunch", 1, "What?")

    with pytest.raises(RunError, match="without figures: lunch"):
        run(tmp_path / "run", Unknown([1.0]))


@pytest.mark.parametrize("words", [(), ("--out", "x", "--turns", "0"), ("--out", "HERE")])
def test_a_bench_that_cannot_be_made_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    given = [str(tmp_path) if word == "HERE" else word for word in words]
    done = subprocess.run(
        [sys.executable, "-m", "evals", "bench", *given],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
