"""What the annotator finds in single sentences, by case tables of general English."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpus.dates import PartialDate
from corpus.documents import Document, Heading, Source, Span
from corpus.sentences import split_sentences
from index.annotate.parser import SpacyAnnotator
from index.annotations import Annotation, from_json, to_json

CASES: dict[str, list[list[Any]]] = json.loads(
    (Path(__file__).parent / "data" / "annotations.json").read_text("utf-8")
)


@cache
def annotator() -> SpacyAnnotator:
    return SpacyAnnotator()


def read(text: str, **source: Any) -> list[tuple[str, Annotation]]:
    document = Document(Source("key", source.pop("title", "A title"), **source), text)
    spans = split_sentences(text)
    notes = annotator().annotate(document, spans)
    return [(s.slice(text), n) for s, n in zip(spans, notes, strict=True)]


def one(text: str) -> Annotation:
    [(_, note)] = read(text)
    return note


def references(text: str, **source: Any) -> dict[str, str | None]:
    return {s[r.start : r.end]: r.text for s, n in read(text, **source) for r in n.references}


def cases(table: str) -> Any:
    return pytest.mark.parametrize("case", CASES[table], ids=lambda case: case[0])


def test_the_tables_are_large() -> None:
    assert sum(len(table) for table in CASES.values()) >= 170


@cases("modality")
def test_modality(case: Sequence[Any]) -> None:
    text, modality = case
    assert one(text).modality == modality


@cases("negated")
def test_negation(case: Sequence[Any]) -> None:
    text, negated = case
    assert one(text).negated is negated


@cases("hedged")
def test_hedge(case: Sequence[Any]) -> None:
    text, hedged = case
    assert one(text).hedged is hedged


@cases("speech")
def test_speech(case: Sequence[Any]) -> None:
    text, speaker, verb, content = case
    speech = one(text).speech
    if speaker is None:
        assert speech is None
        return
    assert speech is not None
    assert (speech.speaker, speech.verb) == (speaker, verb)
    if content is not None:
        assert text[speech.content_start : speech.content_end] == content


@cases("acts")
def test_act(case: Sequence[Any]) -> None:
    text, verb, noun, date = case
    act = one(text).act
    if verb is None:
        assert act is None
    else:
        assert act is not None
        assert (act.verb, act.noun, act.date) == (verb, noun, date)


@cases("names")
def test_names_have_one_form(case: Sequence[Any]) -> None:
    text, names = case
    assert [m.name for _, note in read(text) for m in note.mentions] == names


@cases("definitions")
def test_definitions(case: Sequence[Any]) -> None:
    text, expected = case
    assert [[d.name, text[d.start : d.end]] for d in one(text).definitions] == expected


@cases("figures")
def test_figures(case: Sequence[Any]) -> None:
    text, expected = case
    assert [[f.value, f.unit] for f in one(text).figures] == expected


@cases("shape")
def test_shape(case: Sequence[Any]) -> None:
    text, expected = case
    note = one(text)
    for key in expected.keys() & {"complete", "linked"}:
        assert getattr(note, key) is expected[key]
    if "cut" in expected:
        assert [text[:c] for c in note.cuts] == ([expected["cut"]] if expected["cut"] else [])


@cases("references")
def test_references(case: Sequence[Any]) -> None:
    text, expected = case
    found = references(text)
    assert {word: found.get(word, "not found") for word in expected} == expected
    if not expected:
        assert found == {}


def test_a_report_names_itself_from_outside() -> None:
    found = references(
        "We visited 40 stations. This report presents our findings.",
        title="Rail safety",
        publisher="National Audit Office",
        published=PartialDate.parse("2024-03-20"),
        doc_type="audit report",
        language="en",
    )
    assert found == {
        "We": "The National Audit Office",
        "This report": "The National Audit Office's audit report of March 2024",
        "our": "the National Audit Office's",
    }


def test_we_is_no_body_whose_verb_would_be_wrong() -> None:
    found = references(
        "We therefore think that 40 of the stations were closed.",
        publisher="National Audit Office",
        doc_type="audit report",
    )
    assert found["We"] is None


def test_an_article_is_not_the_report_that_it_is_about() -> None:
    found = references(
        "The report was published on Monday.", publisher="Norden News", doc_type="news"
    )
    assert found == {"The report": None}


def test_what_is_not_resolved_keeps_its_sentence_from_standing_alone() -> None:
    [_, (_, note)] = read("Two men met Mary Bell and Jane Hale. She spoke.")
    assert note.complete
    assert not note.alone
    assert not note.resolvable


def test_what_is_resolved_names_the_sentence_of_its_antecedent() -> None:
    text = "Denise Calloway was freed on Monday. She thanked the court. She left."
    notes = [note for _, note in read(text)]
    first = split_sentences(text)[0]
    assert [note.references[0].antecedent for note in notes[1:]] == [first, first]


def test_an_antecedent_holds_the_whole_name() -> None:
    text = "Dean Walsh was arrested. Walsh did not resist. His brother fled."
    first, _, _ = split_sentences(text)
    [reference] = read(text)[2][1].references
    assert (reference.text, reference.antecedent) == ("Dean Walsh's", first)


def test_the_title_settles_whom_a_subject_is_about() -> None:
    text = "Norvik Air was taken over by Halden Bank. It has 900 workers."
    assert references(text, title="Norvik Air")["It"] == "Norvik Air"
    assert references(text, title="Halden Bank")["It"] is None


def test_a_surname_is_not_that_of_a_namesake_of_the_title() -> None:
    text = "Jonas Hale ran a mill. Hale liked to ski."
    names = [m.name for _, note in read(text, title="Martin Hale") for m in note.mentions]
    assert names == ["Jonas Hale", "Hale"]


def test_a_heading_ends_what_a_pronoun_may_stand_for() -> None:
    text = "Norvik Air sold two planes.\n\nFerries\n\nIt made a profit."
    heading = Heading(Span(29, 36), 1)
    document = Document(Source("key", "A title"), text, (heading,))
    notes = annotator().annotate(document, split_sentences(text))
    assert notes[-1].references[0].text is None


def test_a_sentence_inside_a_long_quotation_is_not_the_document_s_own() -> None:
    notes = read("“The bridge is safe. The bridge is old,” said Anna Kosic.")
    assert [note.complete for _, note in notes] == [False, False]


def test_other_languages_are_left_alone() -> None:
    [(_, note)] = read("El puente es seguro.", language="es")
    assert note == Annotation(complete=True)


def test_an_empty_document_has_no_annotations() -> None:
    assert annotator().annotate(Document(Source("key", "A title"), ""), []) == []


def test_a_sentence_of_many_thousand_characters_is_not_read() -> None:
    [(_, note)] = read("word " * 2_000)
    assert note == Annotation()


def test_annotations_survive_storage() -> None:
    text = " ".join(case[0] for table in CASES.values() for case in table)
    for _, note in read(text):
        assert from_json(to_json(note)) == note


def test_a_word_with_a_bracket_in_it_is_no_pattern() -> None:
    text = "Historians debated why Germany made this sudden move.[verification needed] at once."
    (reference,) = (r for r in references(text) if "move" in r)
    assert references(text)[reference] is None
