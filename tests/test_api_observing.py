"""What an operator sees: spans, logs and measures, and that none of them tells too much."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from serving import QuotingAssistant, make_index, settings

from api.app import create_app
from api.logs import JsonLines
from api.tracing import GenAiTracer

QUESTION = {"question": "How many boats are there?"}
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[QuotingAssistant]:
    with make_index(tmp_path) as index:
        yield QuotingAssistant(index)


def spans(assistant: QuotingAssistant, folder: Path, *, content: bool, body: object) -> list[dict]:  # type: ignore[type-arg]
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = GenAiTracer(provider.get_tracer("test"), content=content)
    app = create_app(assistant, settings(folder), keyless=True, tracer=tracer)
    with TestClient(app, base_url="http://localhost") as client:
        client.post("/v1/answers", json=body, headers={"traceparent": PARENT})
    return [json.loads(span.to_json()) for span in exporter.get_finished_spans()]


def test_an_answer_is_a_span_of_the_callers_trace(
    assistant: QuotingAssistant, tmp_path: Path
) -> None:
    retrieval, chat = spans(assistant, tmp_path, content=False, body=QUESTION)
    assert (retrieval["name"], chat["name"]) == ("retrieval", "chat citeproof")
    assert chat["context"]["trace_id"] == "0x0af7651916cd43dd8448eb211c80319c"
    assert chat["parent_id"] == "0xb7ad6b7169203331"
    assert retrieval["parent_id"] == chat["context"]["span_id"]
    assert chat["attributes"] == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "citeproof",
        "gen_ai.request.model": "citeproof",
        "gen_ai.response.model": "quoting",
        "gen_ai.data_source.id": "g000001",
        "gen_ai.usage.input_tokens": 0,
        "gen_ai.usage.output_tokens": 0,
        "citeproof.status": "answered",
        "citeproof.citations": 3,
    }
    assert "boats" not in json.dumps([retrieval, chat])


def test_content_is_in_spans_only_when_asked_for(
    assistant: QuotingAssistant, tmp_path: Path
) -> None:
    _, chat = spans(assistant, tmp_path, content=True, body=QUESTION)
    assert chat["attributes"]["gen_ai.input.messages"] == QUESTION["question"]
    assert chat["attributes"]["gen_ai.output.messages"]


def test_a_failed_answer_tells_its_code_and_nothing_of_the_error(
    assistant: QuotingAssistant, tmp_path: Path
) -> None:
    def fail(_: str) -> None:
        raise ValueError("a secret of ours")

    assistant.before = fail
    _, chat = spans(assistant, tmp_path, content=False, body=QUESTION)
    assert chat["status"] == {"status_code": "ERROR", "description": "internal"}
    assert chat["attributes"]["error.type"] == "internal"
    assert "secret" not in json.dumps(chat)


def test_a_log_line_is_one_object_with_everything_that_was_given() -> None:
    record = logging.makeLogRecord({"name": "api.x", "levelname": "INFO", "msg": "two\nlines"})
    record.request_id, record.site = "req_1", None
    try:
        raise ValueError("broken")
    except ValueError:
        record.exc_info = sys.exc_info()
    line = JsonLines().format(record)
    assert "\n" not in line
    data = json.loads(line)
    assert (data["message"], data["request_id"], data["level"]) == ("two\nlines", "req_1", "info")
    assert "site" not in data
    assert data["traceback"].endswith("ValueError: broken")


EXPECTED = {
    "http_requests",
    "http_request_seconds",
    "time_to_first_sentence_seconds",
    "answer_seconds",
    "stage_seconds",
    "inflight",
    "queue_depth",
    "shed",
    "citations",
    "claims",
    "refusals",
    "tokens",
    "index_generation",
    "index_chunks",
    "ledger_recheck_dropped",
    "ingest_files",
}


def test_measures_can_be_read_and_their_labels_stay_few(
    assistant: QuotingAssistant, tmp_path: Path
) -> None:
    app = create_app(assistant, settings(tmp_path), keyless=True)
    with TestClient(app, base_url="http://localhost") as client:
        client.post("/v1/answers", json=QUESTION)
        client.post("/v1/answers", json={"question": "Is there nothing?"})
        for n in range(50):
            client.request(f"M{n}", f"/v1/answers/ans_{n}")
            client.get(f"/v1/sources/doc_{n}?at={n:064d}")
            client.get(f"/nothing/{n}", headers={"X-Request-Id": f"request-{n}"})
        text = generate_latest(app.state.services.metrics.registry).decode()
        assert client.get("/metrics").status_code == 404
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert set(families) >= EXPECTED
    series = [sample for family in families.values() for sample in family.samples]
    assert len(series) < 300
    values = {value for sample in series for value in sample.labels.values()}
    assert not [v for v in values if "doc_" in v or "ans_" in v or "boats" in v]
    by_name = {sample.name: sample.value for sample in series if not sample.labels}
    assert by_name["index_generation"] == 1
    assert by_name["answer_seconds_count"] == 2
    assert by_name["inflight"] == 0
