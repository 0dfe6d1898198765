"""Who is read of first has a whole name."""

import pytest

from corpus.dates import PartialDate
from corpus.documents import Source
from index.records import StoredDocument
from rag.write.naming import Naming

OFFICE = StoredDocument(
    "doc_1",
    "0" * 64,
    Source("k", "t", "Office of Northern Ferries"),
    "The Office of Northern Ferries (ONF) counts ferries. The ONF closed two lines.",
)
COUNT = StoredDocument("doc_2", "1" * 64, Source("l", "u", "Tarn Salt Count"), "TSC counts salt.")


@pytest.mark.parametrize(
    ("text", "document", "written"),
    [
        (
            "It was closed by the ONF in May",
            OFFICE,
            "It was closed by the Office of Northern Ferries (ONF) in May",
        ),
        (
            "The ONF report of May names Orme",
            OFFICE,
            "The Office of Northern Ferries (ONF) report of May names Orme",
        ),
        ("TSC counts salt", COUNT, "Tarn Salt Count (TSC) counts salt"),
        (
            "The ONF’s report names Orme",
            OFFICE,
            "The Office of Northern Ferries’ report names Orme",
        ),
        ("Orme is in the TSC's report", COUNT, "Orme is in the Tarn Salt Count's report"),
        ("Orme (ONF) names it", OFFICE, "Orme (ONF) names it"),
        (
            "The Office of Northern Ferries (ONF) counts",
            OFFICE,
            "The Office of Northern Ferries (ONF) counts",
        ),
        ("A confnected word stays", OFFICE, "A confnected word stays"),
    ],
)
def test_initials_are_spelled_out_where_they_are_read_first(
    text: str, document: StoredDocument, written: str
) -> None:
    assert Naming([OFFICE, COUNT]).own(text, document) == written


WATER = StoredDocument(
    "doc_4",
    "3" * 64,
    Source("n", "w", "Norran Department of Water"),
    "The Water Department counts dams. The Water Department closed one.",
)


def test_a_department_has_its_full_name_first() -> None:
    naming = Naming([WATER])
    written = [naming.own(f"{t} counts dams", WATER) for t in ("The Water Department",) * 2]
    assert written == [
        "The Norran Department of Water counts dams",
        "The Water Department counts dams",
    ]
    assert Naming([WATER]).own("Norra's Water Department", WATER) == "Norra's Water Department"


def test_initials_stand_where_the_name_was_read_before() -> None:
    naming = Naming([OFFICE, COUNT])
    assert "Office of Northern Ferries" in naming.publisher(OFFICE)
    assert naming.own("It was closed by the ONF", OFFICE) == "It was closed by the ONF"


def test_a_name_stands_with_its_initials_once_and_short_afterwards() -> None:
    naming = Naming([OFFICE, COUNT])
    written = []
    for text in (
        "The Office of Northern Ferries counts ferries",
        "In May the Office of Northern Ferries (ONF) closed a line",
        "The Office of Northern Ferries opened it again",
    ):
        written.append(naming.own(text, OFFICE))
        naming.seen(written[-1])
    assert written == [
        "The Office of Northern Ferries (ONF) counts ferries",
        "In May the ONF closed a line",
        "The ONF opened it again",
    ]


def test_initials_that_no_document_gives_are_not_added() -> None:
    text = "The Tarn Salt Count counts salt"
    assert Naming([OFFICE, COUNT]).own(text, COUNT) == text


MEMO = StoredDocument(
    "doc_3",
    "2" * 64,
    Source("m", "v", "Orme Council", PartialDate.parse("2025-04-07"), doc_type="memorandum"),
    "The Orme Council counts boats.",
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "The memorandum of the Orme Council names no boat",
            "The memorandum of April 2025 by the Orme Council names no boat",
        ),
        (
            "The Orme Council's memorandum names no boat",
            "The Orme Council's memorandum of April 2025 names no boat",
        ),
        (
            "The Orme Council's memorandum on boats names none",
            "The Orme Council's memorandum of April 2025 on boats names none",
        ),
        (
            "The Orme Council memorandum names no boat",
            "The Orme Council memorandum of April 2025 names no boat",
        ),
        (
            "The Orme Council's memorandum names no boat that sailed in 2019",
            "The Orme Council's memorandum of April 2025 names no boat that sailed in 2019",
        ),
        (
            "The Orme Council's memorandum of 3 May 2024 names no boat",
            "The Orme Council's memorandum of 3 May 2024 names no boat",
        ),
        (
            "In 2025 the Orme Council's memorandum named no boat",
            "In 2025 the Orme Council's memorandum named no boat",
        ),
        ("The memorandum names no boat", "The memorandum names no boat"),
        ("Tarn's memorandum names no boat", "Tarn's memorandum names no boat"),
        (
            "The Orme Council's memorandum of 2024 names no boat",
            "The Orme Council's memorandum of 2024 names no boat",
        ),
        (
            "“The Orme Council's memorandum names no boat,” he said",
            "“The Orme Council's memorandum names no boat,” he said",
        ),
    ],
)
def test_a_document_has_its_month_where_it_is_read_of_first(text: str, written: str) -> None:
    naming = Naming([OFFICE, MEMO])
    assert naming.own(text, MEMO) == written
    assert naming.own("The Orme Council's memorandum is short", MEMO).endswith(
        "memorandum is short" if written != text else "memorandum of April 2025 is short"
    )
