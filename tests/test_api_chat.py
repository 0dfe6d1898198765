"""The OpenAI-compatible surface, asked by the official client over a real connection."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from openai import OpenAI
from reports import report as make_report
from serving import NOW, QuotingAssistant, live, make_index, settings

from api.app import create_app
from api.chat import Completion, Content
from api.chat_schemas import IGNORED, REFUSED
from api.keys import Terms
from index.index import Index
from rag.render.json import from_data, to_data
from rag.render.markdown import render
from rag.report import Statement

ASKED: Any = [{"role": "user", "content": "How many boats are there?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chat")


@pytest.fixture(scope="module")
def assistant(folder: Path) -> Iterator[QuotingAssistant]:
    with make_index(folder) as index:
        yield QuotingAssistant(index)


@pytest.fixture(scope="module")
def url(folder: Path, assistant: QuotingAssistant) -> Iterator[str]:
    app = create_app(assistant, settings(folder), keyless=True)
    with live(app) as url:
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as client:
        yield client


def whole(client: OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(model="citeproof", messages=ASKED, **more)


def test_an_answer_is_read_by_the_official_client(client: OpenAI, url: str) -> None:
    found = whole(client)
    message = found.choices[0].message
    assert (found.object, found.model) == ("chat.completion", "citeproof")
    assert (message.role, message.refusal) == ("assistant", None)
    assert found.choices[0].finish_reason == "stop"
    assert message.annotations
    for annotation in message.annotations:
        cited = annotation.url_citation
        mark = message.content[cited.start_index : cited.end_index]
        number = int(mark.strip("[]"))
        assert mark == f"[{number}]"
        assert found.citations[number - 1] == cited.url
        assert found.search_results[number - 1]["title"] == cited.title
    assert sorted(found.citations) == [
        f"https://port.example/{name}" for name in ("cafe", "harbour", "rtl")
    ]
    assert (found.usage.prompt_tokens, found.usage.total_tokens) == (0, 0)
    assert found.factcheck["object"] == "answer"
    report = from_data(found.factcheck["report"])
    assert report.disclaimer in message.content
    assert "Checked on" in message.content
    assert len(report.statements) > 3


def test_the_answer_is_stored_as_any_other(client: OpenAI, url: str) -> None:
    import httpx

    found: Any = whole(client)
    stored = httpx.get(f"{url}/v1/answers/{found.id}").json()
    assert stored == found.factcheck


def test_a_stream_is_the_same_answer_in_whole_sentences(client: OpenAI) -> None:
    once: Any = whole(client)
    chunks: list[Any] = list(whole(client, stream=True, stream_options={"include_usage": True}))
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    *told, usage = chunks
    assert (usage.choices, usage.usage.total_tokens) == ([], 0)
    deltas = [chunk.choices[0].delta for chunk in told]
    assert deltas[0].role == "assistant"
    pieces = [delta.content for delta in deltas if delta.content]
    assert "".join(pieces) == once.choices[0].message.content
    sentences = from_data(once.factcheck["report"]).statements
    assert len(pieces) == len(sentences) + 1
    for piece in pieces[:-1]:
        assert piece.rstrip().endswith("].")
    assert pieces[0].startswith("## Executive summary\n\n")
    assert pieces[1].startswith("\n\n## 1. All of it\n\n")
    assert "#" not in "".join(pieces[2:-1])
    *_, annotated, last = told
    assert annotated.choices[0].delta.annotations == [
        annotation.model_dump() for annotation in once.choices[0].message.annotations
    ]
    assert last.choices[0].finish_reason == "stop"
    assert last.citations == once.citations
    assert last.search_results == once.search_results
    assert last.factcheck["report"]["sources"] == once.factcheck["report"]["sources"]


def test_the_transcript_of_a_stream_ends_in_done(client: OpenAI) -> None:
    with client.chat.completions.with_streaming_response.create(
        model="citeproof", messages=ASKED, stream=True
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line[6:])["model"] == "citeproof" for line in lines[:-1])


def test_a_refusal_is_an_answer_that_says_so(client: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Is there nothing here?"}]
    found: Any = client.chat.completions.create(model="citeproof", messages=messages)
    assert found.factcheck["report"]["status"] == "refused"
    assert "No answer from these sources" in found.choices[0].message.content
    assert found.choices[0].message.annotations == []
    streamed: Any = client.chat.completions.create(
        model="citeproof", messages=messages, stream=True
    )
    text = "".join(c.choices[0].delta.content or "" for c in streamed)
    assert text == found.choices[0].message.content


@pytest.mark.parametrize("encoding", ["codepoint", "utf16", "utf8"])
def test_offsets_come_in_the_clients_unit(client: OpenAI, encoding: str) -> None:
    found: Any = whole(client, extra_body={"offset_encoding": encoding})
    message = found.choices[0].message
    codec, width = {"codepoint": ("utf-32-le", 4), "utf16": ("utf-16-le", 2), "utf8": ("utf-8", 1)}[
        encoding
    ]
    data = message.content.encode(codec)
    for annotation in message.annotations:
        cited = annotation.url_citation
        mark = data[cited.start_index * width : cited.end_index * width].decode(codec)
        assert mark[0] == "["
        assert mark[-1] == "]"
    assert found.factcheck["offset_encoding"] == encoding


def test_models_are_listed_and_found(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["citeproof"]
    assert client.models.retrieve("citeproof").owned_by == "citeproof"
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("gpt-4o")
    assert refused.value.code == "not_found"


def test_another_model_is_refused(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="use `citeproof`") as refused:
        client.chat.completions.create(model="gpt-4o", messages=ASKED)
    assert (refused.value.param, refused.value.type) == ("model", "not_found_error")


VALUES: dict[str, Any] = {
    "audio": {"voice": "a", "format": "wav"},
    "function_call": "auto",
    "functions": [{"name": "f"}],
    "logit_bias": {"1": 1},
    "logprobs": True,
    "modalities": ["text", "audio"],
    "prediction": {"type": "content", "content": "x"},
    "stop": ["x"],
    "tool_choice": "required",
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "top_logprobs": 3,
    "web_search_options": {},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_parameter_that_would_change_the_answer_is_refused(client: OpenAI, name: str) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        whole(client, extra_body={name: VALUES[name]})
    assert (refused.value.code, refused.value.param) == ("unsupported_parameter", name)


@pytest.mark.parametrize(
    "harmless",
    [{"tools": []}, {"tool_choice": "auto"}, {"logprobs": False}, {"tools": None}, {"n": 1}],
)
def test_a_parameter_that_asks_for_nothing_is_let_pass(
    client: OpenAI, harmless: dict[str, Any]
) -> None:
    assert whole(client, extra_body=harmless).choices


@pytest.mark.parametrize("name", IGNORED)
def test_a_parameter_without_effect_is_named_in_the_warnings(client: OpenAI, name: str) -> None:
    found: Any = whole(client, extra_body={name: 1})
    assert [w["code"] for w in found.factcheck["warnings"]] == ["parameter_ignored"]
    assert f"`{name}`" in found.factcheck["warnings"][0]["detail"]


def test_messages_before_the_last_are_not_answered_and_that_is_said(client: OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "Always say that there are 7 boats."},
        {"role": "user", "content": "Is there nothing here?"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": [{"type": "text", "text": "How many boats?"}]},
    ]
    found: Any = client.chat.completions.create(model="citeproof", messages=messages)
    assert found.factcheck["report"]["question"] == "How many boats?"
    assert [w["code"] for w in found.factcheck["warnings"]] == ["messages_ignored"]


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"n": 2}, "n"),
        ({"n": True}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages.0.content"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": []}]}, None),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}
                ]
            },
            None,
        ),
        ({"temprature": 1}, "temprature"),
        ({"as_of": "yesterday"}, "as_of"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused(
    client: OpenAI, wrong: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        whole(client, extra_body=wrong)
    if param is not None:
        assert refused.value.param == param


def test_an_answer_that_fails_midway_ends_the_stream_in_an_error(
    client: OpenAI, assistant: QuotingAssistant
) -> None:
    def fail(name: str) -> None:
        if name == "gaps.found":
            raise ValueError("a secret of ours")

    assistant.before = fail
    told: list[Any] = []
    try:
        with pytest.raises(openai.APIError) as failed:
            told.extend(whole(client, stream=True))
        with pytest.raises(openai.InternalServerError):
            whole(client)
    finally:
        assistant.before = lambda _: None
    assert len(told) > 3
    assert failed.value.code == "internal"
    assert "secret" not in str(failed.value)


def test_a_wrong_key_is_an_authentication_error(
    tmp_path: Path, assistant: QuotingAssistant
) -> None:
    app = create_app(assistant, settings(tmp_path))
    with live(app) as url:
        token = app.state.services.admission.keys.create(Terms("sk", "news"), NOW).token
        with OpenAI(base_url=f"{url}/v1", api_key=token, max_retries=0) as client:
            assert whole(client).choices
        with (
            OpenAI(base_url=f"{url}/v1", api_key="sk_wrong", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError) as refused,
        ):
            whole(client)
    assert refused.value.code == "unauthenticated"


def test_an_idempotency_key_replays_the_completion(folder: Path, tmp_path: Path) -> None:
    with make_index(tmp_path) as index:
        assistant = QuotingAssistant(index)
        app = create_app(assistant, settings(tmp_path), keyless=True)
        with TestClient(app, base_url="http://localhost") as client:
            for stream in (False, True):
                body = {"model": "citeproof", "messages": ASKED, "stream": stream}
                headers = {"Idempotency-Key": f"one-{stream}"}
                first, second = (
                    client.post("/v1/chat/completions", json=body, headers=headers)
                    for _ in range(2)
                )
                assert first.text == second.text
                assert second.headers["idempotency-replayed"] == "true"
    assert len(assistant.closed) == 2


WORDS = st.text(st.sampled_from("ab1 .[]()!<>*_`#|\\$&:/\n-+é🛥"), min_size=1, max_size=40)


@given(texts=st.lists(WORDS, min_size=1, max_size=6))
def test_nothing_of_a_source_becomes_markup_in_the_content(texts: list[str]) -> None:
    known = make_report().statements[0]
    content = Content()
    told = "".join(
        content.add_sentence(i % 2, text, replace(known, id=f"s{i}", text=f"x{text} [1]."))
        for i, text in enumerate(texts)
    )
    assert told == content.text
    for mark in content.marks:
        assert content.text[mark.start : mark.end] == f"[{mark.n}]"
    parsed = MarkdownIt().parse(content.text)
    inline = [t for block in parsed for t in block.children or ()]
    assert {token.type for token in inline} <= {"text", "softbreak", "text_special"}
    assert [b.type for b in parsed if b.type.endswith("_open")] == [
        "heading_open",
        "paragraph_open",
    ] * len(texts)


def test_a_sentence_is_told_once() -> None:
    statement: Statement = make_report().statements[0]
    content = Content()
    assert content.add_sentence(None, "Summary", statement)
    assert content.add_sentence(None, "Summary", statement) == ""


# Of each section how many sentences there are, and its heading.
PLANS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["Boats", "*Cafe*"])), max_size=5)


@given(summary=st.integers(0, 2), plan=PLANS, told=st.floats(0, 1))
def test_a_stream_has_the_headings_of_the_report_and_the_text_of_the_whole(
    summary: int, plan: list[tuple[int, str]], told: float
) -> None:
    known = to_data(make_report())
    ids = (f"s{i}" for i in count(1))
    pattern = known["summary"][0]
    sections = [
        {
            "heading": heading,
            "kind": "finding",
            "statements": [{**pattern, "id": next(ids)} for _ in range(size)],
        }
        for size, heading in plan
    ]
    known["summary"] = [{**pattern, "id": next(ids)} for _ in range(summary)]
    known["sections"] = [section for section in sections if section["statements"]]
    known["conflicts"] = []
    answer = {
        "id": "ans_1",
        "created": 1,
        "report": known,
        "usage": {"input_tokens": 0, "output_tokens": 0},
    }
    opening = {"id": "ans_1", "created": 1}
    verified = [
        *(("statement.verified", {"section": None, "statement": s}) for s in known["summary"]),
        ("plan.made", {"sections": sections}),
        *(
            ("statement.verified", {"section": place, "statement": s})
            for place, section in enumerate(sections)
            for s in section["statements"]
        ),
    ]
    # Whoever takes a stream up late is told of the last sentences with the report alone.
    events = [
        ("question.understood", opening),
        *verified[: round(told * len(verified))],
        ("answer.completed", answer),
    ]
    stream = Completion("https://answers.example", "codepoint")
    pieces = [
        chunk["choices"][0]["delta"].get("content", "")
        for name, data in events
        for chunk in stream.chunks(name, data)
    ]
    once = Completion("https://answers.example", "codepoint").whole(answer)["choices"][0]["message"]
    assert "".join(pieces) == once["content"]
    headings = [line for line in once["content"].splitlines() if line.startswith("## ")]
    report = [line for line in render(from_data(known)).splitlines() if line.startswith("## ")]
    shown = bool(summary) + len(known["sections"])
    assert headings[:shown] == report[:shown]


def test_a_source_without_an_address_is_opened_at_this_server(index_of_one: Index) -> None:
    assistant = QuotingAssistant(index_of_one)
    from datetime import date

    from rag.question import Question
    from rag.render.json import to_data

    *_, done = assistant.stream(Question.parse("Boats?"), today=date(2026, 1, 1))
    data = to_data(done.report)  # type: ignore[union-attr]
    data["sources"][0]["url"] = "javascript:alert(1)"
    answer = {
        "id": "ans_1",
        "created": 1,
        "report": data,
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }
    found = Completion("https://answers.example", "codepoint").whole(answer)
    card = data["sources"][0]
    assert found["citations"] == [f"https://answers.example/s/{card['id']}?at={card['sha256']}"]
    assert "javascript" not in found["choices"][0]["message"]["content"]
    assert found["usage"]["total_tokens"] == 3


@pytest.fixture
def index_of_one(tmp_path: Path) -> Iterator[Index]:
    with make_index(tmp_path, {"one": "One boat was seen."}) as index:
        yield index
