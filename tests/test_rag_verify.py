import pytest

from rag.report import SupportVerdict
from rag.verify import locks
from rag.verify.alignment import align
from rag.verify.hand import HandVerifier
from rag.verify.support import Premise

BRIDGE = Premise(
    "The Harbour Office closed the Orme bridge on 3 May 2024 after 12 of its 40 cables failed.",
    "Harbour Office; Report on the Orme bridge; report; May 2024",
)


def findings(sentence: str, *texts: str) -> list[str]:
    return locks.findings(sentence, [Premise(t) for t in texts])


@pytest.mark.parametrize(
    "sentence",
    [
        "The Harbour Office closed the Orme bridge on 3 May 2024 after 12 of its 40 cables failed.",
        "According to the Harbour Office, 12 of its 40 cables failed.",
        "The Harbour Office’s report of May 2024 says that the Orme bridge was closed.",
        "Twelve of the cables failed.",
    ],
)
def test_locks_hold_for_what_the_span_or_its_source_says(sentence: str) -> None:
    assert locks.findings(sentence, [BRIDGE]) == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The Harbour Office closed the Orme bridge after 13 of its 40 cables failed.", "number"),
        ("The Harbour Office closed the Tarn bridge on 3 May 2024.", "name"),
        ("The Harbour Office never closed the Orme bridge.", "negation"),
        ("The Harbour Office closed the Orme bridge on 3 June 2024.", "name"),
    ],
)
def test_locks_catch_a_changed_number_name_date_or_negation(sentence: str, kind: str) -> None:
    assert any(f.startswith(kind) for f in locks.findings(sentence, [BRIDGE]))


def test_an_allegation_cannot_be_shortened_to_a_fact() -> None:
    found = findings(
        "The minister took money.", "Prosecutors alleged that the minister took money."
    )
    assert any(f.startswith("attribution") for f in found)


def test_numbers_are_compared_by_value() -> None:
    assert locks.numbers("1,200 and 3.50 and two") == {"1200", "3.5", "2"}


@pytest.mark.parametrize("letters", ["DDW", "DDW’s", "DODW's", "ODW"])
def test_initials_of_a_known_name_are_no_strange_name(letters: str) -> None:
    about = "Department of Dry Works"
    assert locks.missing_names(f"the {letters} report", about) == []
    assert locks.missing_names("the DXW report", about) == ["DXW"]


def test_alignment_leaves_over_what_no_premise_or_attribution_has() -> None:
    aligned = align("The Harbour Office closed the Orme bridge for cruel reasons.", [BRIDGE])
    assert "cruel" in aligned.leftover
    assert align(BRIDGE.text, [BRIDGE]).leftover == ()


def test_copied_text_is_supported_and_swapped_words_are_not_taken_for_a_copy() -> None:
    verifier = HandVerifier()
    copied = verifier.verify(f"According to the Harbour Office, {BRIDGE.text}", [BRIDGE])
    assert copied.verdict is SupportVerdict.SUPPORTS
    swapped = verifier.verify("The Orme bridge closed the Harbour Office on 3 May 2024.", [BRIDGE])
    assert swapped.score < copied.score


def test_a_denied_claim_refutes_and_an_unrelated_one_is_not_addressed() -> None:
    verifier = HandVerifier()
    denied = "The Harbour Office never closed the Orme bridge on 3 May 2024 after cables failed."
    assert verifier.verify(denied, [BRIDGE]).verdict is SupportVerdict.REFUTES
    other = verifier.verify("Penguins breed on cold southern shores.", [BRIDGE])
    assert other.verdict is SupportVerdict.NOT_ADDRESSED


def test_nothing_to_judge_is_never_support() -> None:
    assert HandVerifier().verify("A sentence.", []).verdict is SupportVerdict.NOT_ADDRESSED
