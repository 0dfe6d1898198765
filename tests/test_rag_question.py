import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import Kind, Question, QuestionError, sub_questions


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Which Norwegian rivers or lakes are polluted by mines?", Kind.LIST),
        ("Which country is the main source of tin?", Kind.SINGLE),
        ("Who designed the tower?", Kind.SINGLE),
        ("Is the bridge a listed monument?", Kind.YES_NO),
        ("Did the Harbour Office close the bridge?", Kind.YES_NO),
        ("How many cables failed in 2024?", Kind.QUANTITY),
        ("By how much did rents rise?", Kind.QUANTITY),
        ("What percentage of trains were late?", Kind.QUANTITY),
        ("How does a tide form?", Kind.OPEN),
        ("What causes tides?", Kind.OPEN),
        ("What is the Orme Tower known for?", Kind.OPEN),
        ("Who made you?", Kind.PRODUCT),
    ],
)
def test_the_kind_of_a_question_is_read_from_its_opening(text: str, kind: Kind) -> None:
    assert Question.parse(text).kind is kind


def test_a_list_question_is_taken_apart() -> None:
    question = Question.parse("Which Norwegian rivers or alpine lakes are polluted by mines?")
    assert question.asked == ("Norwegian rivers", "alpine lakes")
    assert question.predicate == "are polluted by mines"
    assert question.names == ("Norwegian",)


def test_whether_it_is_true_is_no_part_of_what_is_asked() -> None:
    question = Question.parse("Is it true that Ada Holm closed the bridge?")
    assert question.kind is Kind.YES_NO
    assert question.names == ("Ada Holm",)
    assert set(question.stems) == {"ada", "holm", "close", "bridg"}


@pytest.mark.parametrize("year", ["FY2024", "FY 24", "FY’24"])
def test_fiscal_years_are_read_as_documents_write_them(year: str) -> None:
    question = Question.parse(f"How much tin was seized in {year}?")
    assert {"fiscal", "year", "2024"} <= set(question.stems)
    assert question.names == ()
    assert question.text == f"How much tin was seized in {year}?"


def test_names_keep_their_small_words() -> None:
    question = Question.parse("Did the Bank of England and Cartel de los Soles meet in the U.S.?")
    assert {"Bank of England", "Cartel de los Soles", "U.S."} <= set(question.names)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), (" \n ", "empty"), ("?!... 123", "no words"), ("why " * 1001, "4,000")],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        Question.parse(text)


def test_another_language_and_the_future_are_noticed() -> None:
    assert (
        Question.parse("¿Qué países producen el estaño que se usa en la industria?").language
        == "es"
    )
    assert Question.parse("Will the bridge be closed?").future


def test_several_questions_are_told_apart() -> None:
    assert len(sub_questions("Who built the bridge? When was the tower closed?")) == 2
    assert sub_questions("Who built it?") == ["Who built it?"]


@given(st.text(max_size=300))
def test_any_text_is_a_question_or_refused_by_name(text: str) -> None:
    try:
        question = Question.parse(text)
    except QuestionError:
        return
    assert question.text
