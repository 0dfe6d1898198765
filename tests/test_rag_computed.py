from dataclasses import replace

from fakes import WordHashEmbedder

from corpus.documents import Source, Span
from index.records import StoredDocument, StoredSentence
from rag.evidence import Evidence
from rag.plan.plan import Count
from rag.write.computed import count, spelled
from rag.write.naming import Naming


def evidence(number: int, text: str, publisher: str) -> Evidence:
    document = StoredDocument(
        f"doc_{number}", f"{number}", Source(f"{number}", "t", publisher), text
    )
    sentence = StoredSentence(number, document.id, number, 0, 0, Span(0, len(text)), text)
    return Evidence(sentence, document, WordHashEmbedder().embed([text])[0], 0.5, 0.5, 0.5)


TOLD = (
    evidence(1, "Tin comes from Peru.", "A"),
    evidence(2, "Peru sells tin.", "B"),
    evidence(3, "Peru also sells tin to Chile.", "B"),
    evidence(4, "Tin is soft.", "C"),
)


def test_what_has_a_word_that_must_be_missing_is_not_counted() -> None:
    draft = count(replace(planned(), without=("Chile",)), NAMING)
    assert draft is not None
    assert [q.document.id for q in draft.quotes] == ["doc_1", "doc_2"]
    assert draft.counted is not None
    assert draft.counted.without == ("Chile",)


NAMING = Naming([e.document for e in TOLD])


def planned(terms: tuple[str, ...] = ("Peru", "tin")) -> Count:
    return Count(TOLD, "over", "{count} name Peru", terms)


def test_only_spans_that_name_every_term_are_counted_each_publisher_once() -> None:
    draft = count(planned(), NAMING)
    assert draft is not None
    assert draft.text == "Two name Peru."
    assert [q.document.id for q in draft.quotes] == ["doc_1", "doc_2"]


def test_one_of_several_names_is_enough_where_any_of_them_will_do() -> None:
    draft = count(replace(planned(()), either=("Chile", "soft")), NAMING)
    assert draft is not None
    assert [q.document.id for q in draft.quotes] == ["doc_3", "doc_4"]
    assert draft.counted is not None
    assert draft.counted.either == ("Chile", "soft")


def test_nothing_is_computed_where_nothing_bears_the_claim_out() -> None:
    assert count(planned(("Bolivia",)), NAMING) is None
    assert count(planned(("Chile",)), NAMING) is None


def test_of_many_publishers_two_are_named() -> None:
    others = [evidence(n, "Most tin is from Peru.", f"Dell {n}") for n in (5, 6)]
    many = Count((*TOLD, *others), "over", "{count}{among} name Peru", ("Peru", "tin"))
    draft = count(many, Naming([e.document for e in many.evidence]))
    assert draft is not None
    assert draft.text == "Four, among them A and B, name Peru."


def test_small_numbers_are_spelled() -> None:
    assert [spelled(n) for n in (2, 12, 13)] == ["two", "twelve", "13"]
