import json
from dataclasses import replace
from pathlib import Path

import pytest
from reports import LEDGER, LETTER, LIBRARY, digest, library, refusal, report

from rag.bundle import TextMissing, from_bundle, read_bundle, to_bundle, write_bundle
from rag.render.json import ReportFormatError, to_json
from rag.texts import SourceText, first_of, from_folder


def test_a_bundle_holds_the_report_and_every_cited_text(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    write_bundle(report(), library, path)
    bundle = read_bundle(path)
    assert bundle.report == report()
    assert bundle.findings == ()
    for (source_id, sha256), stored in LIBRARY.items():
        assert bundle.text(source_id, sha256) == SourceText(stored.text)


def test_a_refusal_carries_the_texts_of_its_nearest_passages() -> None:
    bundle = from_bundle(to_bundle(refusal(), library))
    assert bundle.texts == {("doc_ledger", digest(LEDGER)): LEDGER}


def test_equal_reports_give_equal_bundles() -> None:
    assert to_bundle(report(), library) == to_bundle(report(), library)


def test_a_report_alone_is_a_bundle_without_texts() -> None:
    bundle = from_bundle(to_json(report()))
    assert (bundle.report, bundle.texts, bundle.findings) == (report(), {}, ())


def test_a_text_that_is_not_to_be_had_is_named() -> None:
    with pytest.raises(TextMissing, match="Harbor Survey 2023"):
        to_bundle(report(), lambda _, sha256: None)


def test_a_text_of_another_version_is_not_bundled() -> None:
    with pytest.raises(TextMissing):
        to_bundle(report(), lambda _, sha256: SourceText("Something else."))


def test_a_change_of_the_report_is_told_by_the_digest() -> None:
    text = to_bundle(report(), library).replace(
        '"checked_on": "2025-12-20"', '"checked_on": "2025-12-21"'
    )
    assert len(from_bundle(text).findings) == 1


def test_a_change_of_an_unknown_field_is_told_by_the_digest() -> None:
    data = json.loads(to_bundle(report(), library))
    data["report"]["later"] = 1
    assert len(from_bundle(json.dumps(data)).findings) == 1


def test_a_change_of_a_text_or_of_its_hash_is_told() -> None:
    data = json.loads(to_bundle(report(), library))
    data["texts"][0]["text"] += "."
    data["texts"][1]["sha256"] = "0" * 64
    findings = from_bundle(json.dumps(data)).findings
    assert [f.split(" is not ")[0] for f in findings] == [
        "the bundled text of doc_survey",
        "the bundled text of doc_ledger",
    ]


@pytest.mark.parametrize(
    "texts", [None, {}, [1], [{"id": "x"}], [{"id": 1, "sha256": "", "text": ""}]]
)
def test_texts_of_another_form_are_refused(texts: object) -> None:
    data = json.loads(to_bundle(report(), library))
    data["texts"] = texts
    with pytest.raises(ReportFormatError, match="texts"):
        from_bundle(json.dumps(data))


def test_files_that_are_no_text_or_too_large_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(b'{"schema": "\xff"}')
    with pytest.raises(ReportFormatError, match="not UTF-8"):
        read_bundle(path)
    with pytest.raises(ReportFormatError, match="more than"):
        read_bundle(path, max_bytes=4)


def test_a_folder_gives_the_text_of_a_hash_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LETTER, "utf-8")
    (tmp_path / "b.txt").write_text("", "utf-8")
    found = from_folder(tmp_path)
    stored = found("whatever", digest(LETTER))
    assert stored is not None
    assert stored.text == LETTER
    assert found("whatever", "0" * 64) is None
    assert [problem.path for problem in found.problems] == ["b.txt"]


def test_the_first_keeper_that_has_a_text_is_believed() -> None:
    lookup = first_of(
        [lambda i, h: None, lambda i, h: SourceText("b"), lambda i, h: SourceText("c")]
    )
    assert lookup("x", "y") == SourceText("b")
    assert first_of([])("x", "y") is None


def test_a_bundle_of_a_changed_source_still_has_the_cited_version() -> None:
    newer = replace(report(), version=2)
    assert from_bundle(to_bundle(newer, library)).report.version == 2
