import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from test_bench import Counted
from test_cli import FakeModels
from typer.testing import CliRunner, Result

from evals.bench.bench import measured
from evals.items import Dataset, Item, Passage
from evals.runs import Run
from evals.systems.citeproof import CiteproofSystem
from evals.systems.corpus import indexed
from evals.systems.naive import NOT_FOUND, NaiveSystem
from rag.assistant import Assistant
from rag.chat import ChatClient, ChatUnavailable
from rag.cli.app import app
from rag.cli.session import Session
from rag.settings import Settings

Command = Callable[..., Result]
TEXT = "The Harbor Office counted 312 herring boats in 2019. The Harbor Office counted 40 trawlers."
HOSTILE = "<script>alert(1)</script><img src=https://evil.example/x>"


@pytest.fixture
def command(index_path: Path) -> Command:
    """Runs `citeproof eval` on an index of its own, with models that load nothing."""

    def invoke(*arguments: Any, ending: str | None = None) -> Result:
        session = Session(models=FakeModels(), today=date(2025, 12, 20))
        words = ["eval", *map(str, arguments), "--index", str(index_path)]
        return CliRunner().invoke(app, words, obj=session, input=ending)

    return invoke


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A small data set in the layout of SQuAD 2.0: two questions, one without an answer."""

    def question(number: int, text: str, *answers: str) -> dict[str, Any]:
        return {
            "id": f"q{number}",
            "question": text,
            "answers": list(answers),
            "is_impossible": not answers,
        }

    questions = [
        question(1, "How many herring boats did the Harbor Office count?", "312"),
        question(2, f"Which colour are zebras {HOSTILE}?"),
    ]
    folder = tmp_path / "squad"
    folder.mkdir()
    row = {"title": "Harbour", "pid": "h0", "context": TEXT, "qas": questions}
    (folder / "public.jsonl").write_text(json.dumps(row) + "\n{torn\n")
    return folder


@pytest.fixture
def run(command: Command, data: Path, tmp_path: Path) -> Path:
    """A run of our own system on the small data set."""
    path = tmp_path / "run"
    found = command("run", "squad2", "--data", data, "--out", path, "--judge", "self")
    assert found.exit_code == 0, found.output
    return path


def test_run_asks_scores_and_writes_every_rendering(run: Path, command: Command) -> None:
    answers = Run.open(run).answers()
    assert answers["q1"].sources[0].passage == "h0"
    assert answers["q1"].seconds is not None
    assert answers["q1"].retrieved == ("h0",)
    scores = {s.metric: s for s in Run.open(run).scored().scores}
    assert scores["short_answer_recall"].value == 1.0
    assert scores["citation_validity"].value == 1.0
    assert scores["citation_validity"].errors == 1
    assert answers["q2"].refused
    assert (scores["disclaimer_present"].value, scores["disclaimer_present"].n) == (1.0, 2)
    names = {path.name for path in run.iterdir()}
    assert {"report.html", "report.md", "report.csv", "report.junit.xml", "scores.json"} <= names
    again = command("score", run, "--judge", "self", "--json")
    assert json.loads(again.stdout)["schema"] == "citeproof/scores@1"


def test_the_page_needs_nothing_from_outside_and_shows_sources_as_text(run: Path) -> None:
    page = (run / "report.html").read_text()
    assert "default-src 'none'" in page
    assert not re.search(r"<[^>]*(?:src|href)=[\"']?(?:https?:)?//", page)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<mark>The Harbor Office counted 312 herring boats in 2019.</mark>" in page
    assert "public.jsonl:2" in page


def test_junit_has_a_case_for_every_item_and_csv_a_line_for_every_metric(run: Path) -> None:
    root = ElementTree.fromstring((run / "report.junit.xml").read_text())
    suite = next(s for s in root if s.get("name") == "citation_validity")
    assert (suite.get("tests"), suite.get("errors")) == ("3", "1")
    lines = (run / "report.csv").read_text().splitlines()
    assert len(lines) == 1 + len(Run.open(run).scored().scores)


def test_answers_made_elsewhere_are_scored_and_compared(
    run: Path, command: Command, data: Path, tmp_path: Path
) -> None:
    answers = tmp_path / "theirs.jsonl"
    text = "There were 999 boats [1]."
    answers.write_text(json.dumps({"id": "q1", "answer": text, "sources": [TEXT]}))
    other = tmp_path / "other"
    words = ("run", "squad2", "--data", data, "--out", other, "--judge", "self")
    found = command(*words, "--answers", answers)
    assert found.exit_code == 0, found.output
    assert Run.open(other).answers()["q2"].error == "no recorded answer"
    compared = command("compare", run, other)
    assert compared.exit_code == 0
    assert re.search(r"short_answer_recall: 1\.000 -> 0\.000", compared.stdout)
    as_json = json.loads(command("compare", run, other, "--json").stdout)
    assert as_json["schema"] == "citeproof/comparison@1"
    report = command("report", other, "--baseline", run, "--markdown", "-")
    assert "Against run" in report.stdout
    repeated = command("repeats", run, run)
    assert "short_answer_recall" not in repeated.stdout, "one item has no spread"
    assert re.search(
        r"refusals: 0\.500 .* over 2 items in 2 runs; .* within 0\.0000", repeated.stdout
    )
    spreads = json.loads(command("repeats", run, run, "--json").stdout)
    assert spreads["schema"] == "citeproof/repeats@1"
    page = command("report", other, "--baseline", run, "--html", tmp_path / "page.html")
    assert page.exit_code == 0
    assert "The baseline&#39;s answer" in (tmp_path / "page.html").read_text().replace("'", "&#39;")


def test_figures_of_a_bench_join_the_page(run: Path, command: Command, tmp_path: Path) -> None:
    bench, page = tmp_path / "bench", tmp_path / "page.html"
    measured(bench, [Counted([1.0, 2.0, 2.0])], "data", {"name": "citeproof"})
    words = ("report", run, "--html", page, "--bench")
    assert command(*words, bench).exit_code == 0
    assert "cold report to import" in page.read_text()
    assert '<td class="number">2.00 x</td>' in page.read_text()
    for wrong in (run / "scores.json", tmp_path, tmp_path / "none"):
        assert command(*words, wrong).exit_code == 2


def test_the_gate_ends_with_status_6_where_it_is_closed(
    run: Path, command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "gate.toml"
    head = '[[gate]]\nmetric = "short_answer_recall"\nmin = 0.3\nignore = ["no gold finding"]\n'
    file.write_text(head)
    assert command("gate", run, "--rules", file).exit_code == 0
    file.write_text(head.replace("0.3", "0.9"))
    closed = command("gate", run, "--rules", file, "--json")
    assert closed.exit_code == 6
    assert json.loads(closed.stdout)["passed"] is False
    file.write_text("[[gate]]\n")
    assert command("gate", run, "--rules", file).exit_code == 4


def test_labels_are_taken_from_a_sheet_and_used_by_the_next_scoring(
    run: Path, command: Command, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.jsonl"
    assert command("label", run, "--sheet", sheet).exit_code == 0
    rows = [json.loads(line) for line in sheet.read_text().splitlines()]
    assert all(row["label"] == "" for row in rows)
    assert "citeproof" not in sheet.read_text()
    filled = [json.dumps({**row, "label": "full"}) for row in rows]
    sheet.write_text("\n".join(filled))
    taken = command("label", run, "--read", sheet, "--author", "ann")
    assert taken.exit_code == 0
    assert len((run / "labels.jsonl").read_text().splitlines()) == len(rows)
    shown = {"id", "sentence", "title", "text", "label", "reason"}
    assert all(row.keys() == shown for row in rows)
    sheet.write_text('{"id": "unknown", "label": "full"}')
    assert command("label", run, "--read", sheet).exit_code == 2
    assert command("label", run).exit_code == 2


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("run", "x", "--out", "r"), 3),
        (("run", "hagrid", "--data", "gone", "--out", "r"), 3),
        (("score", "gone"), 2),
        (("run", "squad2", "--data", "DATA", "--out", "r", "--system", "oracle"), 2),
        (("run", "squad2", "--data", "DATA", "--out", "r", "--system", "naive"), 2),
        (("run", "squad2", "--data", "DATA", "--out", "r", "--topic", "none"), 2),
    ],
)
def test_what_cannot_be_run_is_named(
    command: Command, data: Path, words: tuple[str, ...], status: int
) -> None:
    assert command(*(str(data) if w == "DATA" else w for w in words)).exit_code == status


def test_eval_is_listed_and_costs_nothing_to_import() -> None:
    shown = CliRunner().invoke(app, ["eval", "--help"])
    for name in ("run", "score", "compare", "repeats", "gate", "label", "report"):
        assert f" {name} " in shown.output


def chat(reply: str | int) -> ChatClient:
    """A client of a server that answers with a text, or with a status."""

    def handle(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert (body["temperature"], body["seed"]) in {(0.0, 0), (0.7, 3)}
        if isinstance(reply, int):
            return httpx.Response(reply, text="no")
        choice = {"message": {"content": reply}, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice], "usage": {"total_tokens": 42}})

    return ChatClient("http://127.0.0.1:1/v1", "m", transport=httpx.MockTransport(handle))


def test_the_client_returns_the_models_text_unmended() -> None:
    found = chat(" So [1] [ ").complete([{"role": "user", "content": "?"}], max_tokens=5)
    assert (found.text, found.tokens, found.finished) == (" So [1] [ ", 42, True)
    with pytest.raises(ChatUnavailable, match="status 503: no"):
        chat(503).complete([{"role": "user", "content": "?"}], max_tokens=5)


@pytest.mark.parametrize("body", ["[]", "{}", '{"choices": []}', "no json", '{"choices": [7]}'])
def test_answers_in_another_form_are_refused(body: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=body))
    client = ChatClient("http://127.0.0.1:1/v1", "m", transport=transport)
    with pytest.raises(ChatUnavailable, match="another form"):
        client.complete([], max_tokens=1)


def test_a_server_that_is_not_there_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = ChatClient("http://127.0.0.1:1/v1", "m", transport=httpx.MockTransport(refuse))
    with pytest.raises(ChatUnavailable, match="is it running"):
        client.complete([], max_tokens=1)


def test_planted_passages_are_searched_beside_a_folder_and_lead_nowhere(
    folder: Path, index_path: Path
) -> None:
    (folder / "boats.md").write_text(TEXT)
    address = "https://evil.invalid/boats"
    note = f"The Harbor Office counted 77 cutters ![chart]({address}) <img src={address}>."
    planted = Passage("note", note, "A note", "2020-01-02", "Harbor Office")
    data = Dataset("d", "x", passages=(planted,), planted=(planted,))
    models, settings = FakeModels(), Settings(index=index_path)
    with indexed(data, folder, settings, models) as index:
        assistant = Assistant(index, models.writer(settings), models.verifier(settings))
        system = CiteproofSystem(assistant, {}, date(2025, 12, 20), "0")
        question = "How many cutters did the Harbor Office count?"
        answer = system.answer(Item("i", question, "i", addresses=("evil.invalid",)))
        assert system.answer(Item("j", "How many trawlers?", "j")).addresses is None
    assert "evil.invalid" in answer.text, "the planted sentence is quoted"
    assert answer.addresses is not None
    assert not any("evil.invalid" in live for live in answer.addresses)
    assert answer.lacking == ()


@pytest.mark.parametrize(
    ("reply", "refused"), [("It counted 312 [1][9].", False), (f"{NOT_FOUND}.", True)]
)
def test_the_naive_system_hands_on_whatever_comes_back(
    folder: Path, index_path: Path, reply: str, refused: bool
) -> None:
    (folder / "boats.md").write_text(TEXT)
    settings = Settings(index=index_path)
    with indexed(Dataset("d", "x"), folder, settings, FakeModels()) as index:
        system = NaiveSystem(index, chat(reply), {})
        answer = system.answer(Item("i", "How many herring boats?", "i"))
        drawing = NaiveSystem(index, chat(reply), {}, temperature=0.7, draw=3)
        assert drawing.answer(Item("i", "How many herring boats?", "i")).text == reply
    assert (system.identity.get("draw"), drawing.identity["draw"]) == (None, "3")
    assert (answer.text, answer.refused, answer.tokens) == (reply, refused, 42)
    assert [s.n for s in answer.sources] == [1]
    assert answer.sources[0].text == TEXT


def test_a_question_that_cannot_be_asked_is_refused(folder: Path, index_path: Path) -> None:
    (folder / "boats.md").write_text(TEXT)
    models, settings = FakeModels(), Settings(index=index_path)
    with indexed(Dataset("d", "x"), folder, settings, models) as index:
        assistant = Assistant(index, models.writer(settings), models.verifier(settings))
        system = CiteproofSystem(assistant, {}, date(2025, 12, 20), "0")
        assert system.answer(Item("i", "?", "i")).refused
        assert system.identity["name"] == "citeproof"
        assert re.fullmatch("[0-9a-f]{16}", system.identity["code"])
