import pytest
from test_rag_joins import told

from index.annotate.parser import SpacyAnnotator
from rag.evidence import Evidence, Pool
from rag.write.mentioned import Mentioned


@pytest.fixture(scope="module")
def annotator() -> SpacyAnnotator:
    return SpacyAnnotator()


class KnownPool(Pool):
    def __init__(self, evidence: list[Evidence]) -> None:
        self.evidence = evidence


def again(annotator: SpacyAnnotator, *sentences: str) -> list[str]:
    evidence = [told(annotator, s, f"Paper {i}").finding.evidence for i, s in enumerate(sentences)]
    names = Mentioned(KnownPool(evidence))
    return [names.again(e.text, e) for e in evidence]


def test_a_person_has_the_full_name_once(annotator: SpacyAnnotator) -> None:
    first, second, _ = again(
        annotator,
        "Robert Tarnley denied the charge in May.",
        "A court fined Robert Tarnley in June.",
        "Tarnley paid the fine in July.",
    )
    assert first == "Robert Tarnley denied the charge in May."
    assert second == "A court fined Tarnley in June."


def test_nobody_loses_a_name_that_another_shares(annotator: SpacyAnnotator) -> None:
    told_again = again(
        annotator,
        "Robert Tarnley denied the charge in May.",
        "Alice Tarnley, a lawyer, appealed in June.",
        "Tarnley lost the appeal in July.",
        "A court fined Robert Tarnley in August.",
    )
    assert told_again[-1] == "A court fined Robert Tarnley in August."


def test_nobody_is_called_as_the_sources_do_not(annotator: SpacyAnnotator) -> None:
    _, second = again(
        annotator,
        "Robert Tarnley denied the charge in May.",
        "A court fined Robert Tarnley in June.",
    )
    assert second == "A court fined Robert Tarnley in June."


def test_what_takes_the_or_a_small_letter_is_no_person(annotator: SpacyAnnotator) -> None:
    texts = (
        "Robert Tarnley denied the charge in May.",
        "A court fined Robert Tarnley in June.",
        "Tarnley paid the fine in July.",
    )
    for further in ("Some call the Robert Tarnley a boat.", "At tarnley all was quiet."):
        assert again(annotator, *texts, further)[1] == "A court fined Robert Tarnley in June."


def test_a_second_name_is_told_once(annotator: SpacyAnnotator) -> None:
    first, second = again(
        annotator,
        "The Red Oars, also known as the Night Rowers, smuggle salt.",
        "In May a court fined the Red Oars, or Night Rowers, for smuggling.",
    )
    assert "Night Rowers" in first
    assert second == "In May a court fined the Red Oars for smuggling."


def test_what_is_quoted_keeps_every_word(annotator: SpacyAnnotator) -> None:
    _, second, _ = again(
        annotator,
        "Robert Tarnley denied the charge in May.",
        "The court said: “Robert Tarnley is to pay.”",
        "Tarnley paid the fine in July.",
    )
    assert "Robert Tarnley" in second
