"""Initials of a body that published nothing here are explained once, from the same document."""

import pytest
from fakes import WordHashEmbedder

from corpus.documents import Document, Source
from corpus.sentences import split_sentences
from index.annotate.parser import SpacyAnnotator
from index.records import StoredDocument, StoredSentence
from rag.evidence import Evidence
from rag.verify.hand import HandVerifier
from rag.verify.support import Premise
from rag.write.clause import clause
from rag.write.initials import Initials

PORT = (
    "The Velmar Port Workers (VPW) walked out in March. The VPW wants more cranes. "
    "The members of the VPW met in May. A film about the VPW won a prize."
)


@pytest.fixture(scope="module")
def annotator() -> SpacyAnnotator:
    return SpacyAnnotator()


def sentences(annotator: SpacyAnnotator, text: str, publisher: str = "Tarn News") -> list[Evidence]:
    source = Source(title="Paper", key="k", publisher=publisher)
    spans = split_sentences(text)
    notes = annotator.annotate(Document(source, text), spans)
    stored = StoredDocument("doc_1", "0" * 64, source, text)
    [vector] = WordHashEmbedder().embed([text])
    return [
        Evidence(
            StoredSentence(
                id=i, document_id="doc_1", chunk_id=1, ordinal=i, paragraph=0,
                span=span, text=span.slice(text), annotation=note,
            ),
            stored, vector, 0.5, 0.5, 0.5,
        )
        for i, (span, note) in enumerate(zip(spans, notes, strict=True))
    ]  # fmt: skip


def test_initials_have_their_name_once_and_cite_where_it_stands(annotator: SpacyAnnotator) -> None:
    _, wants, met, _ = sentences(annotator, PORT)
    initials = Initials()
    first = initials.spell_out(clause(wants), wants)
    initials.note(first.text)
    assert first.text == "The Velmar Port Workers (VPW) wants more cranes"
    assert [q.text for q in first.quotes] == [
        "The VPW wants more cranes.",
        "Velmar Port Workers (VPW)",
    ]
    assert not first.verbatim
    assert initials.spell_out(clause(met), met) == clause(met)


def test_a_name_with_its_initials_is_not_given_again(annotator: SpacyAnnotator) -> None:
    walked, *_ = sentences(annotator, PORT)
    initials = Initials()
    initials.note("the Velmar Port Workers (VPW) met")
    assert initials.spell_out(clause(walked), walked).text == (
        "The Velmar Port Workers walked out in March"
    )


def test_initials_that_nothing_needs_again_are_left_out(annotator: SpacyAnnotator) -> None:
    walked, wants, *_ = sentences(annotator, PORT)
    alone = Initials([walked]).spell_out(clause(walked), walked)
    assert alone.text == "The Velmar Port Workers walked out in March"
    again = Initials([walked, wants]).spell_out(clause(walked), walked)
    assert again.text == "The Velmar Port Workers (VPW) walked out in March"


@pytest.mark.parametrize(
    ("text", "publisher"),
    [
        ("The VPW wants more cranes.", "Tarn News"),
        ("The Velmar Port Workers (VPW) met. “The VPW wants cranes,” it said.", "Tarn News"),
        ("The Velmar Port Workers (VPW) met. The VPW wants cranes.", "Velmar Port Workers"),
    ],
)
def test_what_is_not_explained_is_quoted_or_is_the_publisher_stays(
    annotator: SpacyAnnotator, text: str, publisher: str
) -> None:
    *_, last = sentences(annotator, text, publisher)
    assert Initials().spell_out(clause(last), last) == clause(last)


def test_a_spelled_out_sentence_is_verified_by_both_places(annotator: SpacyAnnotator) -> None:
    _, wants, *_ = sentences(annotator, PORT)
    told = Initials().spell_out(clause(wants), wants)
    premises = [Premise(q.text) for q in told.quotes]
    assert HandVerifier().verify(f"{told.text}.", premises).findings == ()
    assert HandVerifier().verify(f"{told.text}.", premises[:1]).findings
