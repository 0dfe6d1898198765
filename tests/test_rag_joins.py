"""Two sentences become one only where neither speaks for the other."""

import hashlib

import numpy as np
import pytest
from fakes import WordHashEmbedder

from corpus.documents import Document, Source, Span
from index.annotate.parser import SpacyAnnotator
from index.annotations import Annotator
from index.records import StoredDocument, StoredSentence
from index.snapshot import Snapshot
from rag import terms
from rag.citations import Quote, closed
from rag.evidence import Evidence, Pool
from rag.plan import stance
from rag.plan.chronology import called
from rag.plan.plan import Finding, Part
from rag.plan.redundancy import repeats
from rag.question import Question
from rag.report import StatementKind
from rag.verify.hand import HandVerifier
from rag.verify.support import Premise
from rag.write.clause import clause
from rag.write.draft import Draft, Piece
from rag.write.joins import Told, join


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return SpacyAnnotator()


class Nothing(Snapshot):
    """A snapshot in which nothing is found."""

    def __init__(self) -> None:
        pass


POOL = Pool(Question.parse("Who closed the bridge?"), Nothing(), np.zeros(64, np.float32))


def told(
    annotator: Annotator, text: str, publisher: str, form: str = "own", lead: str = ""
) -> Told:
    document = Document(Source(title=publisher, key=publisher, publisher=publisher), text)
    (note,) = annotator.annotate(document, [Span(0, len(text))])
    stored = StoredDocument(
        publisher, hashlib.sha256(text.encode()).hexdigest(), document.source, text
    )
    sentence = StoredSentence(
        id=hash(text), document_id=publisher, chunk_id=1, ordinal=0, paragraph=0,
        span=Span(0, len(text)), text=text, annotation=note,
    )  # fmt: skip
    evidence = Evidence(sentence, stored, WordHashEmbedder().embed([text])[0], 0.5, 0.5, 0.5)
    words = text.rstrip(".")
    shown = f"{lead}, {words}" if lead else words
    draft = Draft(
        (Piece(shown, (Quote(stored, evidence.span),)),), StatementKind.QUOTED, (evidence,)
    )
    return Told(Finding(evidence, Part.CLAIM), draft, form, lead)


def joined(first: Told, second: Told) -> str:
    draft = join(first, second, POOL)
    return draft.marked({first.draft.quotes[0].document.id: 1} | {
        second.draft.quotes[0].document.id: 2
    }) if draft else ""  # fmt: skip


CLOSED = "On 3 May 2024 the Harbour Office closed the Orme bridge."
OPENED = "On 9 May 2024 the Tarn Council opened the Orme bridge again."
SAFE = "Tarn Council says that the Orme bridge is safe."


def test_acts_follow_one_another(annotator: Annotator) -> None:
    first, second = (
        told(annotator, CLOSED, "Harbour Office"),
        told(annotator, OPENED, "Tarn Council"),
    )
    assert joined(first, second) == (
        "On 3 May 2024 the Harbour Office closed the Orme bridge [1], "
        "and on 9 May 2024 the Tarn Council opened the Orme bridge again [2]."
    )


def test_who_says_otherwise_is_set_against_it(annotator: Annotator) -> None:
    first = told(annotator, CLOSED, "Harbour Office")
    second = told(annotator, SAFE, "Tarn Council", lead="by contrast")
    assert joined(first, second) == (
        "On 3 May 2024 the Harbour Office closed the Orme bridge [1], "
        "whereas Tarn Council says that the Orme bridge is safe [2]."
    )


def test_what_opens_the_first_is_it_in_the_second(annotator: Annotator) -> None:
    first = told(annotator, "The Orme Guild is called a club by the rowers of Velmar.", "Courier")
    second = told(annotator, "The court describes the Orme Guild as a gang.", "Court")
    assert joined(first, second) == (
        "The Orme Guild is called a club by the rowers of Velmar [1], "
        "and the court describes it as a gang [2]."
    )


def test_a_last_name_alone_may_be_of_two_people(annotator: Annotator) -> None:
    first = told(annotator, "Tarnley was born in Orme to a miller.", "Courier")
    second = told(annotator, "Tarnley was born in Velmar to a smith.", "Herald")
    assert joined(first, second) == ""


def test_an_act_and_a_claim_are_not_of_one_piece(annotator: Annotator) -> None:
    first = told(annotator, CLOSED, "Harbour Office")
    assert joined(first, told(annotator, SAFE, "Tarn Council")) == ""


def test_a_subject_and_a_passive_verb_that_both_share_are_named_once(annotator: Annotator) -> None:
    first = told(annotator, "The Red Oars are described by Ada Holm as a gang.", "Courier")
    second = told(annotator, "The Red Oars are described by the guild as rowers.", "Herald")
    assert joined(first, second) == (
        "The Red Oars are described by Ada Holm as a gang [1] and by the guild as rowers [2]."
    )


@pytest.mark.parametrize(
    ("text", "publisher", "form"),
    [
        ("The Orme bridge is safe.", "Tarn Council", "own"),
        ("The Orme bridge is safe, Tarn Council said.", "Tarn Council", "own"),
        ("The Orme bridge is safe.", "Tarn Council", "according"),
        ("The Orme bridge is safe.", "Tarn Council", "after"),
        ("Tarn Council says that the bridge is safe, and the mayor agrees.", "Courier", "own"),
    ],
)
def test_what_could_be_read_as_said_by_the_first_stands_alone(
    annotator: Annotator, text: str, publisher: str, form: str
) -> None:
    first = told(annotator, "The Harbour Office says that the cables failed.", "Harbour Office")
    assert joined(first, told(annotator, text, publisher, form)) == ""


def test_nothing_is_joined_to_what_somebody_else_passes_on(annotator: Annotator) -> None:
    first = told(annotator, "As reported by the Courier, the cables failed in May.", "Courier")
    assert joined(first, told(annotator, SAFE, "Tarn Council")) == ""


def test_a_mark_is_judged_by_the_words_that_it_closes(annotator: Annotator) -> None:
    first = told(annotator, CLOSED, "Harbour Office")
    second = told(annotator, SAFE, "Tarn Council", lead="by contrast")
    text = joined(first, second)
    assert closed(text, [1])[0] == CLOSED.rstrip(".")
    assert closed(text, [2])[0] == ", whereas Tarn Council says that the Orme bridge is safe."
    for number, source in ((1, CLOSED), (2, SAFE)):
        verdict = HandVerifier().verify(closed(text, [number])[0], [Premise(source)]).verdict
        assert verdict == "supports"
    swapped = HandVerifier().verify(closed(text, [1])[0], [Premise(SAFE)]).verdict
    assert swapped != "supports"


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("A is B [1] [2].", 2, "A is B."),
        ("A is B [1], and C is D [2] [3].", 3, ", and C is D."),
        ("A is B [1], and C is D [2], and E [1].", 1, "A is B , and E."),
        ("A is B [1], and C [2] is D.", 2, ", and C is D."),
    ],
)
def test_marks_close_the_words_before_them(text: str, number: int, words: str) -> None:
    assert closed(text, [number])[0] == words


def test_what_is_not_said_of_either_is_joined_by_or(annotator: Annotator) -> None:
    first, second = (
        told(annotator, f"The old bridge is not mentioned in the {where}.", office)
        for where, office in (("report of May", "Harbour Office"), ("brief of June", "Council"))
    )
    whole = joined(first, second)
    assert "The old bridge is not mentioned in the report of May [1]" in whole
    assert "[1] or in the brief of June [2]" in whole


def test_what_has_no_name_in_common_stays_apart(annotator: Annotator) -> None:
    first = told(annotator, CLOSED, "Harbour Office")
    other = "Tarn Council says that the ferries of Velmar are late."
    assert joined(first, told(annotator, other, "Tarn Council")) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("On 3 May 2024 the Harbour Office announced charges against Ada Holm.", "charge"),
        ("On 3 May 2024 the Harbour Office issued an order on the bridge.", "order"),
        ("On 3 May 2024 the Harbour Office designated the Red Oars as a gang.", "designation"),
        ("On 3 May 2024 the Harbour Office published a statement on the bridge.", ""),
    ],
)
def test_an_act_is_called_by_what_is_done_and_not_by_its_telling(
    annotator: Annotator, text: str, name: str
) -> None:
    assert called(told(annotator, text, "Harbour Office").finding.evidence) == name


def test_another_act_or_the_other_side_is_no_repetition(annotator: Annotator) -> None:
    first, again, later, denied = (
        told(annotator, text, "Harbour Office").finding.evidence
        for text in (
            "On 3 May 2024 the Harbour Office closed the Orme bridge.",
            "The Harbour Office closed the Orme bridge on 3 May 2024.",
            "On 4 May 2024 the Harbour Office closed the Orme bridge.",
            "On 3 May 2024 the Harbour Office did not close the Orme bridge.",
        )
    )
    assert repeats(again, [first])
    assert not repeats(later, [first])
    assert not repeats(denied, [first])


def test_what_the_question_asks_turned_round_is_a_denial(annotator: Annotator) -> None:
    asked = frozenset(terms.stems("Was the strike at the port lawful?"))
    unlawful, lawful = (
        told(annotator, f"The court ruled that the strike was {word}.", "Court").finding.evidence
        for word in ("unlawful", "lawful")
    )
    assert stance.denies(unlawful, asked)
    assert not stance.denies(lawful, asked)
    assert not stance.denies(unlawful)


def test_where_a_report_was_sent_from_is_no_part_of_its_words(annotator: Annotator) -> None:
    sent = told(annotator, "VELMAR, 3 May (Coastwire) - Pilots went back to work.", "Herald")
    assert clause(sent.finding.evidence).text == "Pilots went back to work"
    plain = told(annotator, "NATO - an alliance of 32 states - met in May.", "Herald")
    assert clause(plain.finding.evidence).text == "NATO - an alliance of 32 states - met in May"
