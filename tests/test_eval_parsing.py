import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.answers import from_data, read
from evals.items import Answer, AnswerSource, Ref, Sentence
from evals.parsing import of_statement, parse

SOURCES = tuple(AnswerSource(n, f"Text of source {n}.") for n in (1, 2, 3))


def cited(text: str) -> list[tuple[str, list[int]]]:
    parsed = parse(Answer("i", text, SOURCES))
    return [(s.text, [ref.n for ref in s.refs]) for s in parsed.sentences]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rose [1].", [("It rose.", [1])]),
        ("It rose. [1] [3]", [("It rose.", [1, 3])]),
        ("It rose [1, 2].", [("It rose.", [1, 2])]),
        ("It rose [1-3].", [("It rose.", [1, 2, 3])]),
        ("It rose 【1】.", [("It rose.", [1])]),
        ("It rose [0].", [("It rose.", [0])]),
        ("It rose [99].", [("It rose.", [99])]),
        ("It rose [2024].", [("It rose [2024].", [])]),
        ("It rose [2024] again [2].", [("It rose [2024] again.", [2])]),
        ("It rose [1]. It fell.", [("It rose.", [1]), ("It fell.", [])]),
        ("[1]", []),
        ("", []),
        ("It rose [sic].", [("It rose [sic].", [])]),
    ],
)
def test_marks_of_every_form_are_data(text: str, expected: list[tuple[str, list[int]]]) -> None:
    assert cited(text) == expected


def test_a_number_that_is_a_source_is_no_year() -> None:
    source = AnswerSource(2024, "Text.")
    parsed = parse(Answer("i", "It rose [2024].", (source,)))
    assert parsed.sentences == (Sentence("It rose.", (Ref(2024),)),)


@given(st.text(alphabet="Ab. [],-–0129【】†\n", max_size=80))
def test_any_text_with_brackets_is_read_without_an_error(text: str) -> None:
    for sentence in parse(Answer("i", text, SOURCES)).sentences:
        assert any(c.isalnum() for c in sentence.text)


@pytest.mark.parametrize(
    ("ref", "resolves"),
    [
        (Ref(1), True),
        (Ref(0), False),
        (Ref(9), False),
        (Ref(1, "source 1"), True),
        (Ref(1, "source 2"), False),
        (Ref(1, ""), False),
        (Ref(1, "source 1", 8), True),
        (Ref(1, "source 1", 7), False),
    ],
)
def test_a_citation_resolves_if_its_quote_stands_in_its_source(ref: Ref, resolves: bool) -> None:
    parsed = parse(Answer("i", "", SOURCES, sentences=()))
    assert parsed.resolves(ref) is resolves


URL = "https://a.example"


def url_citation(end: int) -> dict[str, Any]:
    return {"type": "url_citation", "start_index": 0, "end_index": end, "url": URL, "title": "A"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {
                "choices": [
                    {
                        "message": {
                            "content": "It rose. It fell.",
                            "annotations": [
                                {"type": "url_citation", "url_citation": url_citation(8)}
                            ],
                        }
                    }
                ]
            },
            [1, 0],
        ),
        (
            {
                "output": [
                    {
                        "content": [
                            {"text": "It rose. ", "annotations": []},
                            {"text": "It fell.", "annotations": [url_citation(8)]},
                        ]
                    }
                ]
            },
            [0, 1],
        ),
        (
            {
                "content": [
                    {"type": "text", "text": "It rose. "},
                    {
                        "type": "text",
                        "text": "It fell.",
                        "citations": [{"cited_text": "fell", "document_index": 0}],
                    },
                ]
            },
            [0, 1],
        ),
        (
            {
                "message": {
                    "content": [{"type": "text", "text": "It rose. It fell."}],
                    "citations": [
                        {
                            "start": 3,
                            "end": 8,
                            "sources": [{"id": "d", "document": {"text": "It rose high."}}],
                        }
                    ],
                }
            },
            [1, 0],
        ),
        (
            {
                "candidates": [
                    {
                        "content": {"parts": [{"text": "Ës röse. It fell."}]},
                        "groundingMetadata": {
                            "groundingChunks": [{"retrievedContext": {"text": "t", "uri": "u"}}],
                            "groundingSupports": [
                                {
                                    "segment": {"startIndex": 0, "endIndex": 10},
                                    "groundingChunkIndices": [0],
                                }
                            ],
                        },
                    }
                ]
            },
            [1, 0],
        ),
        (
            {
                "choices": [{"message": {"content": "It rose [1]. It fell."}}],
                "search_results": [{"title": "A", "url": URL, "snippet": "rose"}],
            },
            [1, 0],
        ),
    ],
    ids=["chat", "responses", "blocks", "cohere", "google-bytes", "perplexity"],
)
def test_the_services_citations_belong_to_the_sentence_that_they_end(
    answer: dict[str, Any], expected: list[int]
) -> None:
    parsed = parse(from_data({"id": "q", "answer": answer}))
    assert [len(s.refs) for s in parsed.sentences] == expected
    assert all(ref.n in parsed.sources for s in parsed.sentences for ref in s.refs)


def test_a_report_is_read_by_its_statements() -> None:
    citation = {"n": 1, "quote": "It rose."}
    statement = {"text": "It rose, X says [1].", "kind": "quoted", "citations": [citation]}
    card = {"n": 1, "id": "doc_1", "title": "T", "published": None}
    report = {
        "schema": "citeproof/report@1",
        "status": "answered",
        "summary": [statement],
        "sections": [],
        "sources": [card],
    }
    answer = from_data({"id": "q", "answer": report})
    assert answer.sentences == (Sentence("It rose, X says.", (Ref(1, "It rose."),), "quoted"),)
    assert parse(answer).resolves(Ref(1, "It rose."))
    assert answer.lacking is not None
    assert "json: disclaimer" in answer.lacking


def test_lines_that_are_no_answer_are_faults_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    good = {"id": "1", "answer": "It rose [1].", "sources": ["Text."]}
    rows = [json.dumps(good), "{", json.dumps({"id": "2"}), json.dumps(good)]
    path.write_text("\n".join(rows))
    answers, faults = read(path)
    assert [a.item for a in answers] == ["1"]
    assert [f.place for f in faults] == ["answers.jsonl:2", "answers.jsonl:3", "answers.jsonl:4"]


def test_a_statement_of_two_sentences_is_two_each_with_its_citation() -> None:
    refs = (Ref(1, "Ada met Bren."), Ref(1, "She left."))
    text = "Ada met Bren [1]. She left [1]."
    assert list(of_statement(text, refs, "written")) == [
        Sentence("Ada met Bren.", refs[:1], "written"),
        Sentence("She left.", refs[1:], "written"),
    ]
    assert list(of_statement("Ada left [1] [2].", (Ref(1), Ref(2)), None)) == [
        Sentence("Ada left.", (Ref(1), Ref(2)), None)
    ]
