import json
import sys
import time
from pathlib import Path

import pytest
from serving import PROGRAM, make_index

from evals import load
from evals.load import Reply, percentiles, run, slope, summarised


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    assert percentiles([]) == {}
    assert percentiles([0.001]) == {"p50": 1.0, "p95": 1.0, "p99": 1.0}
    hundred = [n / 1000 for n in range(100, 0, -1)]
    assert percentiles(hundred) == {"p50": 50.0, "p95": 95.0, "p99": 99.0}


def test_the_slope_is_that_of_a_line_for_an_hour() -> None:
    assert slope([(0.0, 5.0)]) == 0
    assert slope([(second, 100 + second / 60) for second in range(0, 300, 10)]) == pytest.approx(60)


def test_every_reply_is_counted_once() -> None:
    replies = [
        Reply(200, 0.2, complete=True, first=0.1, core=0.15),
        Reply(200, 0.4, complete=True, first=None, core=0.3),
        Reply(200, 0.5),
        Reply(503, 0.01, retry_after=3),
        Reply(429, 0.01),
        Reply(0, 9.0),
        Reply(500, 0.1),
    ]
    window = summarised("all", replies, 2.0)
    assert (window.asked, window.answered, window.refused, window.lost) == (7, 2, 2, 3)
    assert window.per_second == 1.0
    assert window.first == {"p50": 100.0, "p95": 100.0, "p99": 100.0}
    assert window.whole["p99"] == 400.0
    assert window.core["p50"] == 150.0


def test_questions_are_about_the_documents_and_the_same_every_time(tmp_path: Path) -> None:
    make_index(tmp_path).close()
    asked = load.questions_about(tmp_path / "index")
    assert asked == load.questions_about(tmp_path / "index")
    assert sorted(asked) == [f"What is known about Note {n}?" for n in ("cafe", "harbour", "rtl")]


def test_a_run_measures_a_server_and_ends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_index(tmp_path).close()
    output = tmp_path / "load.json"
    started = time.monotonic()
    result = run(
        tmp_path / "index",
        seconds=0.5,
        soak=0.5,
        readers=(1, 4),
        output=output,
        command=(sys.executable, "-c", PROGRAM),
    )
    assert time.monotonic() - started < 120
    assert [window.name for window in result.windows] == [
        "1 reader",
        "4 readers",
        "open, 0.7x capacity",
        "open, 3x capacity",
        "soak, 0.6x capacity",
    ]
    assert all(window.answered and not window.lost for window in result.windows)
    assert result.drain is not None
    assert (result.drain.lost, result.drain.exit_status) == (0, 0)
    assert result.soak is not None
    assert result.soak.first > 10
    data = json.loads(output.read_text())
    assert data["schema"] == "citeproof/load@1"
    assert data["documents"] == 3
    told = capsys.readouterr().out
    assert "3 documents" in told
    assert "drain: 8 in the making" in told
