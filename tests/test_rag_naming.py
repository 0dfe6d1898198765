"""Who is read of first has a whole name."""

import pytest

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
        ("The ONF’s report names Orme", OFFICE, "The ONF’s report names Orme"),
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
    assert Naming([OFFICE, COUNT]).spelled_out(text, document) == written


def test_initials_stand_where_the_name_was_read_before() -> None:
    naming = Naming([OFFICE, COUNT])
    assert "Office of Northern Ferries" in naming.publisher(OFFICE)
    assert naming.spelled_out("It was closed by the ONF", OFFICE) == "It was closed by the ONF"
