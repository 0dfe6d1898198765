"""What holds of every annotation, whatever the text."""

import json
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.documents import Document, Source, Span
from corpus.sentences import split_sentences
from index.annotate.parser import SpacyAnnotator
from index.annotations import Annotation, from_json, to_json

DATA = Path(__file__).parent / "data"
SENTENCES = [
    case[0]
    for table in json.loads((DATA / "annotations.json").read_text("utf-8")).values()
    for case in table
]
# What breaks rules that count on good English: marks, other alphabets, halves of sentences.
FRAGMENTS = [
    "“", '"', ")", "(", "It", "he", "the gang", "The", "of", ",", ";", "—", "…", "’s", "[1]",
    "1,2", "$", "%", "3 May", "According to", "said", "“No,” he", "İstanbul", "ﬁre", "日本",
    "الحكومة", "🙂", "e\u0301te\u0301", "A.B.C.", "I", "and", "who", "that that", "\u00a0", "--",
    "http://x.example/a?b=c", "the [band", "The [7", "the *list", "a+b", "the c++", "\\",
]  # fmt: skip
texts = st.lists(st.sampled_from([*SENTENCES, *FRAGMENTS]), max_size=8).map(" ".join)
wild = st.text(max_size=80)


@cache
def annotator() -> SpacyAnnotator:
    return SpacyAnnotator()


def annotate(text: str) -> tuple[Document, list[Span], list[Annotation]]:
    document = Document(Source("key", "A title", publisher="Norden News"), text)
    spans = split_sentences(text)
    return document, spans, annotator().annotate(document, spans)


@settings(max_examples=120, deadline=None)
@given(st.one_of(texts, wild))
def test_every_offset_lies_in_its_sentence(text: str) -> None:
    _, spans, notes = annotate(text)
    assert len(notes) == len(spans)
    for span, note in zip(spans, notes, strict=True):
        length = span.end - span.start
        ranges = [
            *((m.start, m.end) for m in note.mentions),
            *((p.start, p.end) for p in note.phrases),
            *((d.start, d.end) for d in note.definitions),
            *((r.start, r.end) for r in note.references),
            *((f.start, f.end) for f in note.figures),
        ]
        if note.speech is not None:
            ranges.append((note.speech.speaker_start, note.speech.speaker_end))
            ranges.append((note.speech.content_start, note.speech.content_end))
        for start, end in ranges:
            assert 0 <= start < end <= length
        assert 0 <= note.subject_end <= length
        assert 0 <= note.verb_start <= note.verb_end <= length
        assert all(0 < cut < length for cut in note.cuts)


@settings(max_examples=120, deadline=None)
@given(texts)
def test_references_do_not_overlap_and_look_back(text: str) -> None:
    document, spans, notes = annotate(text)
    for span, note in zip(spans, notes, strict=True):
        ends = [0, *(r.end for r in note.references)]
        assert all(r.start >= end for r, end in zip(note.references, ends, strict=False))
        for reference in note.references:
            if reference.antecedent is None:
                continue
            assert reference.text is not None
            assert reference.antecedent in spans
            assert reference.antecedent.end <= span.start
            assert reference.antecedent.slice(document.text)


@settings(max_examples=60, deadline=None)
@given(texts)
def test_the_same_text_is_annotated_alike(text: str) -> None:
    assert annotate(text)[2] == annotate(text)[2]


@settings(max_examples=60, deadline=None)
@given(texts, texts)
def test_a_document_knows_nothing_of_the_one_before(first: str, second: str) -> None:
    alone = annotate(second)[2]
    annotate(first)
    assert annotate(second)[2] == alone


@settings(max_examples=60, deadline=None)
@given(texts)
def test_annotations_survive_storage(text: str) -> None:
    for note in annotate(text)[2]:
        assert from_json(to_json(note)) == note
