import json
import signal
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fakes import WordHashEmbedder
from notes import write_note
from typer.testing import CliRunner, Result

from corpus.documents import Document, Span
from index.annotations import Annotation
from index.embedding import Embedder
from index.index import Index
from index.lock import WriteLock
from rag.cli.app import app
from rag.cli.compose import InstalledModels, open_ledger
from rag.cli.errors import Exit
from rag.cli.session import Session, _guarded
from rag.cli.syncing import Bar
from rag.render.json import from_json
from rag.report import Status
from rag.settings import Settings

QUESTION = "Which boats did the Harbor Office count?"
BOATS = (
    "The Harbor Office counted 312 herring boats in 2019. The Harbor Office counted 40 trawlers."
)


class WholeSentences:
    """Says of every sentence that it is whole and stands alone."""

    name = "whole"

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        return [Annotation(complete=True) for _ in sentences]


class FakeModels(InstalledModels):
    """The installed writer and verifier, with an embedder and an annotator that load nothing."""

    def for_questions(self, settings: Settings) -> Embedder:
        return WordHashEmbedder()

    def for_ingest(self, settings: Settings) -> Embedder:
        return WordHashEmbedder()

    def annotator(self, settings: Settings) -> WholeSentences:
        return WholeSentences()


Run = Callable[..., Result]


@pytest.fixture
def run(index_path: Path) -> Run:
    """Runs a command on an index of its own; the day is 2025-12-20."""

    def invoke(*arguments: Any, index: Path = index_path) -> Result:
        session = Session(models=FakeModels(), today=date(2025, 12, 20))
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(app, [*words, "--index", str(index)], obj=session)

    return invoke


@pytest.fixture
def synced(run: Run, folder: Path) -> Run:
    """The same, with two documents in the index."""
    write_note(folder, "boats.md", BOATS, title="Survey", publisher="Harbor Office")
    write_note(folder, "metals.md", "Gold is heavy. Copper conducts.", title="Metals")
    assert run("sync", folder).exit_code == 0
    return run


def data(result: Result) -> Any:
    return json.loads(result.stdout)


def source_id(run: Run, title: str) -> str:
    documents = data(run("index", "list", "--json"))["documents"]
    return str(next(d["id"] for d in documents if d["title"] == title))


def test_sync_tells_what_it_did_and_asks_nothing_of_an_unchanged_folder(
    synced: Run, folder: Path
) -> None:
    result = synced("sync", folder)
    assert result.exit_code == 0
    assert "2 documents unchanged" in result.stdout
    assert "Index g000001 is ready" in result.stdout


def test_sync_names_every_problem_indexes_the_rest_and_fails(run: Run, folder: Path) -> None:
    write_note(folder, "boats.md", BOATS)
    (folder / "empty.txt").write_bytes(b"")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    result = run("sync", folder)
    assert result.exit_code == Exit.FAILURE
    assert "1 document added" in result.stdout
    assert "2 problems; everything else is indexed:" in result.stdout
    assert "· empty.txt: it is empty (0 bytes); leave it out" in result.stdout
    assert "· photo.png: skipped" in result.stdout


def test_sync_as_json_writes_nothing_else_to_stdout(run: Run, folder: Path) -> None:
    write_note(folder, "boats.md", BOATS, published="2020")
    write_note(folder, "later.md", "Later boats are counted later.", published="2021-05-01")
    result = run("sync", folder, "--published-until", "2020-12", "--json")
    told = data(result)
    assert (told["schema"], told["added"], told["skipped_by_date"]) == ("citeproof/sync@1", 1, 1)
    assert told["problems"] == []


def test_sync_of_no_folder_or_an_empty_one_changes_nothing(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    missing = run("sync", tmp_path / "nowhere")
    assert missing.exit_code == Exit.NOT_FOUND
    assert "nowhere" in missing.stderr
    empty = run("sync", folder)
    assert empty.exit_code == Exit.FAILURE
    assert "nothing to sync" in empty.stderr
    assert run("ask", QUESTION).exit_code == Exit.NOT_FOUND


def test_sync_waits_for_no_other_writer(synced: Run, folder: Path, index_path: Path) -> None:
    lock = WriteLock(index_path)
    try:
        result = synced("sync", folder)
    finally:
        lock.release()
    assert result.exit_code == Exit.UNAVAILABLE
    assert "is being written by process" in result.stderr


def test_sync_that_is_interrupted_goes_on_later(run: Run, folder: Path) -> None:
    class Interrupting(FakeModels):
        def annotator(self, settings: Settings) -> WholeSentences:
            class Pressed(WholeSentences):
                def annotate(
                    self, document: Document, sentences: Sequence[Span]
                ) -> list[Annotation]:
                    signal.raise_signal(signal.SIGINT)
                    return super().annotate(document, sentences)

            return Pressed()

    write_note(folder, "boats.md", BOATS)
    before = signal.getsignal(signal.SIGINT)
    session = Session(models=Interrupting())
    index = folder.parent / "index"
    result = CliRunner().invoke(app, ["sync", str(folder), "--index", str(index)], obj=session)
    assert result.exit_code == Exit.INTERRUPTED
    assert "goes on there" in result.stderr
    assert signal.getsignal(signal.SIGINT) is before
    assert run("sync", folder).exit_code == 0
    assert run("index", "check").exit_code == 0


def test_the_second_interrupt_stops_at_once() -> None:
    from rich.console import Console
    from rich.progress import Progress

    bar = Bar(Progress(console=Console(quiet=True), disable=True))
    with bar.interruptible():
        signal.raise_signal(signal.SIGINT)
        assert bar.stopping
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        bar.advance()


def test_ask_prints_the_report(synced: Run) -> None:
    result = synced("ask", QUESTION)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{QUESTION}\nChecked on December 20, 2025")
    assert "The Harbor Office counted 312 herring boats in 2019 [1]." in result.stdout
    assert "✓ quote found; supports the sentence" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_ask_writes_several_renderings_at_once(synced: Run, tmp_path: Path) -> None:
    paths = {name: tmp_path / f"report.{name}" for name in ("json", "markdown", "html", "bundle")}
    options = [part for name, path in paths.items() for part in (f"--{name}", path)]
    result = synced("ask", QUESTION, *options)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert all(str(path) in result.stderr for path in paths.values())
    assert from_json(paths["json"].read_text()).question == QUESTION
    assert paths["markdown"].read_text().startswith(f"# {QUESTION}")
    assert "<!doctype html>" in paths["html"].read_text()
    assert synced("verify", paths["bundle"], index=tmp_path / "none").exit_code == 0


def test_ask_also_prints_with_show(synced: Run, tmp_path: Path) -> None:
    result = synced("ask", QUESTION, "--json", tmp_path / "r.json", "--show", "--quiet")
    assert result.stdout.startswith(QUESTION)
    assert result.stderr == ""


@pytest.mark.parametrize("rendering", ["json", "markdown", "html", "bundle"])
def test_ask_writes_one_rendering_to_stdout_alone(synced: Run, rendering: str) -> None:
    result = synced("ask", QUESTION, f"--{rendering}", "-")
    assert result.exit_code == 0
    assert QUESTION in result.stdout
    assert "Checked on" not in result.stdout.splitlines()[1]
    assert result.stderr == ""


def test_ask_does_not_mix_two_renderings_on_stdout(synced: Run) -> None:
    assert synced("ask", QUESTION, "--json", "-", "--html", "-").exit_code == Exit.USAGE
    assert synced("ask", QUESTION, "--json", "-", "--show").exit_code == Exit.USAGE


def test_ask_ends_in_6_where_the_documents_do_not_answer(synced: Run) -> None:
    result = synced("ask", "Who won the 1998 World Cup?", "--json", "-")
    assert result.exit_code == Exit.NOT_VERIFIED
    assert from_json(result.stdout).status is Status.REFUSED


def test_ask_looks_at_nothing_later_than_a_date(run: Run, folder: Path) -> None:
    write_note(folder, "boats.md", BOATS, published="2020-05-01", publisher="Harbor Office")
    run("sync", folder)
    result = run("ask", QUESTION, "--as-of", "2019", "--json", "-")
    assert result.exit_code == Exit.NOT_VERIFIED
    assert from_json(result.stdout).as_of == "2019"


@pytest.mark.parametrize(
    ("question", "words"),
    [("", "empty"), ("x" * 10_000, "10,000 characters"), ("?!? 123", "no words")],
)
def test_ask_says_why_a_question_cannot_be_asked(synced: Run, question: str, words: str) -> None:
    result = synced("ask", question)
    assert result.exit_code == Exit.USAGE
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_ask_refuses_a_date_that_is_none(synced: Run) -> None:
    result = synced("ask", QUESTION, "--as-of", "yesterday")
    assert result.exit_code == Exit.USAGE
    assert "'yesterday' is not a date" in result.stderr


def test_ask_says_where_it_cannot_write(synced: Run, tmp_path: Path) -> None:
    result = synced("ask", QUESTION, "--json", tmp_path / "no" / "report.json")
    assert result.exit_code == Exit.NOT_FOUND
    assert "No such file or directory" in result.stderr


def test_source_prints_the_stored_text_byte_for_byte(synced: Run) -> None:
    found = source_id(synced, "Survey")
    result = synced("source", found)
    assert result.stdout_bytes == BOATS.encode()
    told = data(synced("source", found, "--json"))
    assert (told["text"], told["source"]["publisher"]) == (BOATS, "Harbor Office")
    assert synced("source", found, "--at", told["sha256"]).stdout_bytes == BOATS.encode()


def test_source_keeps_old_versions_and_tells_what_it_has_not(synced: Run, folder: Path) -> None:
    found = source_id(synced, "Survey")
    old = data(synced("source", found, "--json"))["sha256"]
    write_note(folder, "boats.md", "All boats are gone.", title="Survey")
    assert synced("sync", folder).exit_code == 0
    assert synced("source", found).stdout_bytes == b"All boats are gone."
    assert synced("source", found, "--at", old).stdout_bytes == BOATS.encode()
    assert synced("source", "doc_none").exit_code == Exit.NOT_FOUND
    assert synced("source", found, "--at", "0" * 64).exit_code == Exit.NOT_FOUND


def test_source_of_a_deleted_document_is_shown_in_its_version_only(
    synced: Run, index_path: Path
) -> None:
    found = source_id(synced, "Survey")
    sha256 = data(synced("source", found, "--json"))["sha256"]
    with Index.open(index_path, WordHashEmbedder(), writable=True) as index:
        index.delete(found)
    assert synced("source", found).exit_code == Exit.NOT_FOUND
    assert synced("source", found, "--at", sha256).exit_code == 0
    assert "Survey" not in synced("index", "list").stdout


def test_verify_takes_texts_from_index_folder_or_bundle(
    synced: Run, folder: Path, tmp_path: Path
) -> None:
    report, bundle, none = tmp_path / "r.json", tmp_path / "b.json", tmp_path / "none"
    synced("ask", QUESTION, "--json", report, "--bundle", bundle)
    for arguments, index in (
        ([report], None),
        ([report, "--sources", folder], none),
        ([bundle], none),
    ):
        result = synced("verify", *arguments, **({"index": index} if index else {}))
        assert result.exit_code == 0
        assert result.stdout.startswith("Verified: statements")


def test_verify_without_texts_could_not_judge_and_ends_in_6(synced: Run, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    synced("ask", QUESTION, "--json", report)
    result = synced("verify", report, index=tmp_path / "none")
    assert result.exit_code == Exit.NOT_VERIFIED
    assert "COULD NOT JUDGE" in result.stdout
    assert "Summary, sentence 1 · could not judge · the text of [1]" in result.stdout
    told = data(synced("verify", report, "--json", index=tmp_path / "none"))
    assert (told["passed"], told["outcome"]) == (False, "could_not_judge")


def test_verify_finds_what_was_changed_and_ends_in_6(synced: Run, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    synced("ask", QUESTION, "--json", report)
    report.write_text(report.read_text().replace("312", "313"))
    result = synced("verify", report)
    assert result.exit_code == Exit.NOT_VERIFIED
    assert "does not stand at" in result.stdout
    assert "CHANGED" in result.stdout


def test_verify_names_files_that_it_cannot_read(synced: Run, folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    synced("ask", QUESTION, "--json", report)
    (folder / "empty.txt").write_bytes(b"")
    result = synced("verify", report, "--sources", folder)
    assert result.exit_code == 0
    assert "not read: empty.txt" in result.stderr


def test_verify_refuses_what_is_no_report(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text('{"schema": "something"}')
    result = run("verify", path)
    assert result.exit_code == Exit.USAGE
    assert "schema" in result.stderr
    assert run("verify", tmp_path / "none.json").exit_code == Exit.NOT_FOUND


def test_explain_shows_searches_weights_plan_and_verdicts(synced: Run) -> None:
    result = synced("explain", QUESTION)
    assert result.exit_code == 0
    for part in ("Question", "Search: ", "meaning 1", "words 1", "Plan, ", "together: supports"):
        assert part in result.stdout
    told = data(synced("explain", QUESTION, "--json", "--limit", "1"))
    assert told["schema"] == "citeproof/explain@1"
    assert len(told["searches"][0]["hits"]) == 1
    assert len(told["evidence"]) == 1
    assert told["statements"][0]["citations"][0]["quote_verdict"] == "found"


def test_explain_tells_why_it_refused(synced: Run) -> None:
    result = synced("explain", "Who won the 1998 World Cup?")
    assert result.exit_code == 0
    assert "Report: refused" in result.stdout


def test_explain_reads_what_a_report_records(synced: Run, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    synced("ask", QUESTION, "--json", report)
    result = synced("explain", report, index=tmp_path / "none")
    assert result.exit_code == 0
    assert "Summary, sentence 1" in result.stdout
    assert "Search: " not in result.stdout


def test_doctor_shows_settings_with_their_origin(
    synced: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEPROOF_STALE_AFTER_DAYS", "9")
    told = {c["check"]: c for c in data(synced("doctor", "--json"))["checks"]}
    assert told["setting stale_after_days"]["found"] == "9 (variable CITEPROOF_STALE_AFTER_DAYS)"
    assert told["setting index"]["found"].endswith("(option --index)")
    assert told["setting annotate"]["found"] == "True (default)"
    assert told["index"]["ok"]
    assert told["writer's lock"]["found"] == "free"


def test_doctor_fails_without_an_index_and_says_what_to_do(run: Run, tmp_path: Path) -> None:
    result = run("doctor", index=tmp_path / "none")
    assert result.exit_code == Exit.FAILURE
    line = next(ln for ln in result.stdout.splitlines() if ln.startswith("FAIL  index"))
    assert "citeproof sync" in line


def test_doctor_tells_who_writes_and_what_is_damaged(synced: Run, index_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(index_path / "ledger.db") as connection:
        connection.execute("DELETE FROM sentence_vectors WHERE id = 1")
    connection.close()
    lock = WriteLock(index_path)
    try:
        told = {c["check"]: c for c in data(synced("doctor", "--json"))["checks"]}
    finally:
        lock.release()
    assert "being written" in told["writer's lock"]["found"]
    assert "sentence 1" in told["index"]["found"]
    assert not told["index"]["ok"]


def test_index_check_names_damage(synced: Run, index_path: Path) -> None:
    import sqlite3

    assert "Nothing is wrong." in synced("index", "check").stdout
    with sqlite3.connect(index_path / "ledger.db") as connection:
        connection.execute("DELETE FROM sentence_vectors WHERE id = 1")
    connection.close()
    result = synced("index", "check")
    assert result.exit_code == Exit.FAILURE
    assert "sentence 1" in result.stdout
    assert data(synced("index", "check", "--json"))["ok"] is False


def test_index_list_names_every_document(synced: Run) -> None:
    result = synced("index", "list")
    assert result.exit_code == 0
    assert "Survey · Harbor Office" in result.stdout
    assert "2 documents in index g000001." in result.stderr


def test_version_is_that_of_the_installation(run: Run) -> None:
    from importlib.metadata import version

    assert run("version").stdout == f"citeproof {version('citeproof')}\n"
    assert data(run("version", "--json"))["version"] == version("citeproof")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CITEPROOF_INDX", "x", "did you mean CITEPROOF_INDEX?"),
        ("CITEPROOF_ZZZ", "x", "known are CITEPROOF_ALLOW_NETWORK"),
        ("CITEPROOF_STALE_AFTER_DAYS", "0", "CITEPROOF_STALE_AFTER_DAYS"),
        ("CITEPROOF_ANNOTATE", "perhaps", "CITEPROOF_ANNOTATE"),
    ],
)
def test_a_wrong_setting_is_named(
    synced: Run, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    result = synced("ask", QUESTION)
    assert result.exit_code == Exit.CONFIG
    assert words in result.stderr
    assert "FAIL  settings" in synced("doctor").stdout


def test_settings_of_the_server_are_none_of_ours(
    synced: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CITEPROOF_API_PORT", "8000")
    assert synced("ask", QUESTION).exit_code == 0


def test_a_mistyped_command_or_option_is_answered_with_the_nearest(run: Run) -> None:
    result = run("aks", QUESTION)
    assert result.exit_code == Exit.USAGE
    assert "ask" in result.stderr
    assert "--html" in run("ask", QUESTION, "--htlm", "x").stderr


def test_another_embedder_is_a_setting_to_correct(synced: Run, index_path: Path) -> None:
    class Others(FakeModels):
        def for_questions(self, settings: Settings) -> Embedder:
            return WordHashEmbedder("another")

    result = CliRunner().invoke(
        app, ["ask", QUESTION, "--index", str(index_path)], obj=Session(models=Others())
    )
    assert result.exit_code == Exit.CONFIG
    assert "another" in result.stderr


def test_an_error_of_our_own_has_no_traceback_unless_verbose(synced: Run, index_path: Path) -> None:
    class Broken(FakeModels):
        def for_questions(self, settings: Settings) -> Embedder:
            raise RuntimeError("broken")

    arguments = ["ask", QUESTION, "--index", str(index_path)]
    result = CliRunner().invoke(app, arguments, obj=Session(models=Broken()))
    assert result.exit_code == Exit.FAILURE
    assert "an error of Citeproof's own, RuntimeError: broken" in result.stderr
    assert "Traceback" not in result.stderr
    result = CliRunner().invoke(app, [*arguments, "-v"], obj=Session(models=Broken()))
    assert "Traceback" in result.stderr


def test_a_reader_that_has_read_enough_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    def broken() -> None:
        raise BrokenPipeError

    with (tmp_path / "out").open("w") as out:
        monkeypatch.setattr("sys.stdout", out)
        with pytest.raises(typer.Exit) as ended:
            _guarded(Session(), broken)
    assert ended.value.exit_code == Exit.OK


def test_the_ledger_opens_without_any_model(synced: Run, index_path: Path) -> None:
    with open_ledger(Settings(index=index_path)) as ledger:
        assert ledger.generation().documents == 2


def test_colours_are_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Session(no_color=True).out.no_color
    assert Session(no_color=True).err.no_color
    monkeypatch.setenv("NO_COLOR", "1")
    assert Session().out.no_color
    assert Session().out.width == 100
