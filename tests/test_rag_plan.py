"""What a report says of texts that were made to tempt it."""

import pytest
from desk import Desk, told
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.citations import marks
from rag.evidence import mentions
from rag.plan.counts import accused, disputed
from rag.plan.crux import crux_claims, silences
from rag.plan.entities import Entity
from rag.plan.planner import make_plan
from rag.plan.selection import Selection
from rag.question import Question
from rag.report import Status


def test_a_list_in_bullets_is_told_whole_and_each_item_is_cited(ask: Desk) -> None:
    report = ask(
        "Which tools must be removed from the lighthouse?",
        {
            "Lighthouse rules": "Keepers must remove the following tools from the lighthouse:\n\n"
            "- iron hammers\n- wooden ladders\n- brass lamps\n\n"
            "These may stay:\n\n- oil cans\n- ropes\n"
        },
    )
    (statement,) = [s for s in report.statements if "iron hammers" in s.text]
    assert "iron hammers; wooden ladders; brass lamps" in statement.text
    assert "oil cans" not in statement.text
    assert len(statement.citations) == 4


def test_the_fire_is_understood_where_the_title_says_which_fire(ask: Desk) -> None:
    report = ask(
        "How did the fire at the Orme mill begin?",
        {"Fire at the Orme mill": "The fire began when a lamp fell on dry straw."},
        doc_type="report",
    )
    assert "report “Fire at the Orme mill”, the fire began when a lamp fell" in told(report)


def test_a_definite_noun_that_no_title_explains_is_not_told(ask: Desk) -> None:
    report = ask(
        "How did the fire at the Orme mill start?",
        {
            "Minutes of May": "The fire began when a lamp fell on dry straw.",
            "Minutes of June": "The Orme mill is a mill on the river Tarn. "
            "A fire at the Orme mill started in the straw of the Orme mill.",
        },
    )
    assert "began when a lamp fell" not in told(report)


def test_what_a_sentence_sets_apart_is_no_claim(ask: Desk) -> None:
    report = ask(
        "Are most people fined for poaching in Velmar visitors?",
        {
            "Fines": "Most people fined for poaching in Velmar were residents and not visitors.",
            "Counts": "Most people fined for poaching in Velmar were residents of Velmar.",
        },
    )
    assert not any(s.heading.startswith("The case for") for s in report.sections)
    assert not report.conflicts


def test_a_number_of_something_else_is_not_given_as_the_answer(ask: Desk) -> None:
    report = ask(
        "How many people were killed by the Orme storm?",
        {"Orme storm": "Seventeen people were rescued after the Orme storm."},
    )
    assert not report.summary
    assert report.status in (Status.PARTLY_ANSWERED, Status.REFUSED)


def test_a_denied_premise_is_said_to_be_denied(ask: Desk) -> None:
    report = ask(
        "How many boats did the Orme storm sink?",
        {"Orme storm": "The Orme storm did not sink boats."},
    )
    assert report.status is Status.PREMISE_CORRECTED


def test_the_names_that_answer_are_introduced_with_who_says_what_they_are(ask: Desk) -> None:
    report = ask(
        "Which Velmar gangs smuggle salt?",
        {
            "Gangs": "The Red Oars are a Velmar gang that smuggles salt. "
            "The court of Velmar accused the Red Oars of smuggling salt.",
            "More": "The Tar Hands are a Velmar gang that smuggles rope and salt. "
            "The court of Velmar accused the Tar Hands of smuggling salt and rope.",
        },
    )
    first = report.summary[0].text
    assert first.startswith("The names that recur in the sources are the ")
    assert "the Red Oars, which the Office A describes as a Velmar gang" in first.replace(
        " [1]", ""
    )
    assert "the Tar Hands, which the Office B describes as a Velmar gang" in first


def test_what_was_told_one_by_one_is_not_counted_once_more(ask: Desk) -> None:
    gang = "The Red Oars are a Velmar gang that smuggles salt."
    report = ask(
        "Which Velmar gangs smuggle salt?",
        {
            "One": gang,
            "Two": "Prosecutors alleged that the Red Oars smuggle salt through Velmar.",
            "Three": "The court of Velmar accused the Red Oars of smuggling salt by night.",
            "Four": "The guild of rowers rejected the charge that the Red Oars smuggle salt.",
            "Five": "Ada Holm argued that the court wrongly calls the Red Oars a gang.",
        },
    )
    told = " ".join(s.text for s in report.statements)
    assert all(words in told for words in ("alleged that", "accused", "rejected", "wrongly"))
    assert not [s for s in report.statements if s.computation is not None]


def test_an_accusation_of_who_leads_it_counts_as_one_of_the_group(ask: Desk) -> None:
    question = "Which Velmar gangs smuggle salt?"
    ask(
        question,
        {
            "One": "The court of Velmar describes the Red Oars as a gang led by Ada Tarnley. "
            "The court of Velmar accused the Red Oars of theft.",
            "Two": "Prosecutors alleged that the Red Oars stole boats in Velmar.",
            "Three": "Prosecutors alleged that the boats of Ada Tarnley smuggle salt to Velmar.",
            "Four": "The guild of rowers rejected the charge that the Red Oars stole boats.",
            "Five": "Ada Holm argued that the court wrongly calls the Red Oars a gang.",
            "Six": "Prosecutors alleged that the Tar Hands smuggle salt to Velmar by night.",
        },
    )
    with ask.opened[-1].snapshot() as snapshot:
        pool = make_plan(Question.parse(question), snapshot).pool
        gang = Entity("Red Oars", tuple(e for e in pool.evidence if e.names("Red Oars")), 1.0)
        told = crux_claims(Selection(pool), [gang], "salt")
    assert [f.evidence.document.source.title for f in told] == ["Three"]


def test_who_passes_a_description_on_is_named_with_who_gives_it(ask: Desk) -> None:
    report = ask(
        "Which Velmar gangs smuggle salt?",
        {
            "Gangs": "As reported by the Courier, the Red Oars are a Velmar gang that smuggles "
            "salt. The court of Velmar accused the Red Oars of smuggling salt.",
            "More": "The Tar Hands are a Velmar gang that smuggles rope and salt. "
            "The court of Velmar accused the Tar Hands of smuggling salt and rope.",
        },
    )
    assert "which the Office A, as reported by the Courier, describes as a Velmar gang" in (
        report.summary[0].text
    )


@pytest.mark.parametrize(("charge", "without"), [("stole boats", ("salt",)), ("stole salt", ())])
def test_that_no_accusation_mentions_the_matter_is_said_only_where_none_does(
    ask: Desk, charge: str, without: tuple[str, ...]
) -> None:
    question = "Which Velmar gangs smuggle salt?"
    ask(
        question,
        {
            "Two": f"Prosecutors alleged that the Red Oars {charge} in Velmar.",
            "Three": "The court of Velmar accused the Red Oars of theft by night.",
            "Four": "The guild of rowers rejected the charge that the Red Oars stole boats.",
            "Five": "Ada Holm argued that the court wrongly calls the Red Oars a gang.",
        },
    )
    with ask.opened[-1].snapshot() as snapshot:
        pool = make_plan(Question.parse(question), snapshot).pool
        gang = Entity("Red Oars", (), 1.0)
        accusing = accused(Selection(pool), [gang], "salt")
        contesting = disputed(Selection(pool), gang)
    assert accusing is not None
    assert contesting is not None
    assert accusing.without == without
    assert ("do not mention salt in the passages cited" in accusing.sentence) is bool(without)
    assert accusing.either == contesting.either == ("Red Oars",)
    assert contesting.without == ()


def test_documents_that_accuse_and_leave_the_matter_out_are_named(ask: Desk) -> None:
    question = "Which Velmar gangs smuggle salt?"
    ask(
        question,
        {
            "May": "Prosecutors accused the Red Oars of smuggling rope into Velmar. "
            "Salt is not mentioned in the indictment of May on the Red Oars.",
            "June": "Judges accused the Red Oars of smuggling tar into Velmar. "
            "The judgment of June on boats that the Red Oars hid does not mention salt.",
            "Guide": "Salt is not mentioned in the guide to Velmar by the Red Oars.",
        },
    )
    with ask.opened[-1].snapshot() as snapshot:
        pool = make_plan(Question.parse(question), snapshot).pool
        told = silences(Selection(pool), [Entity("Red Oars", (), 1.0)], "salt")
    assert {f.evidence.document.source.title for f in told} == {"May", "June"}


def test_a_single_word_takes_no_side(ask: Desk) -> None:
    report = ask(
        "Is Orme a town?",
        {
            "Orme": "Orme is a market town on the Tarn. Orme was not a town before 1890.",
            "Towns": "A market town has a market. Orme is no city.",
        },
    )
    assert report.status is Status.ANSWERED
    assert not {"The case for", "The case against"} & {s.heading for s in report.sections}
    assert not report.conflicts
    assert "However" not in told(report)


def test_what_a_document_leaves_out_answers_whether_it_mentions_it(ask: Desk) -> None:
    report = ask(
        "Does the Velmar charter mention salt?",
        {
            "Charter": "The Velmar charter of 1410 does not mention salt. "
            "The Velmar charter taxes rope and tar. Salt is sold in Velmar.",
        },
    )
    assert "does not mention salt" in report.summary[0].text
    assert not [s for s in report.sections if s.heading in ("The case for", "What is alleged")]


def test_somebody_named_beside_another_is_not_who_is_asked_about(ask: Desk) -> None:
    report = ask(
        "Did Ada Holm win the Tarn Prize?",
        {"Prize": "In 1920 Bren Tolley won the Tarn Prize after a speech by Ada Holm."},
    )
    assert report.status is Status.REFUSED


def test_what_something_is_goes_before_what_only_has_its_name(ask: Desk) -> None:
    report = ask(
        "Is a whale a fish?",
        {
            "Sharks": "The whale shark is the largest fish of all fish in the sea.",
            "Whales": "Whales are a group of mammals that live in the sea like fish.",
        },
    )
    assert report.summary[0].text.startswith("The Office B says that whales are a group of mammals")


def test_what_nobody_says_of_somebody_is_neither_told_nor_denied(ask: Desk) -> None:
    report = ask("Did Ada Holm resign from Velmar?", PEOPLE)
    assert report.status is Status.REFUSED


PEOPLE = {
    "Ada Holm": "Ada Holm lives in Velmar. Ada Holm paints boats on the quay. "
    "Ada Holm keeps a small house by the harbour wall of Velmar.",
    "Velmar": "Velmar has a harbour and a quay with boats.",
}


def test_who_is_known_for_something_else_is_no_answer(ask: Desk) -> None:
    report = ask("What was the verdict on Ada Holm in the trial in Velmar?", PEOPLE)
    assert report.status is Status.REFUSED
    assert report.refusal is not None
    assert report.refusal.reason == (
        "The documents that mention Ada Holm and Velmar say nothing of what was asked."
    )
    assert report.refusal.nearest


def test_a_number_that_nobody_gives_of_somebody_known_is_refused(ask: Desk) -> None:
    report = ask("How many siblings does Ada Holm have?", PEOPLE)
    assert report.status is Status.REFUSED


def test_a_check_stands_beside_the_figure_that_it_checks(ask: Desk) -> None:
    report = ask(
        "What share of the salt of Velmar goes to Orme?",
        {
            "Salt": "The share of the salt of Velmar that goes to Orme is 24 percent. "
            "Ada Holm puts 24 percent of sea salt at 17 percent of all salt. "
            "Rope is made in Velmar of hemp.",
        },
    )
    summary = " ".join(s.text for s in report.summary)
    assert "goes to Orme is 24 percent" in summary
    assert "at 17 percent of all salt" in summary
    assert "hemp" not in summary


def test_follow_up_questions_name_what_they_ask_about(ask: Desk) -> None:
    body = "The Red Oars smuggle salt. The Red Oars are a gang. The Red Oars were fined in May."
    report = ask("Which gangs smuggle salt?", {"Gangs": body, "More": body.replace("May", "June")})
    for question in (f.question for f in report.follow_ups):
        assert not {"this", "it", "they"} & set(question.lower().rstrip("?").split())


NAMES = ("Red Oars", "Tar Hands", "Velmar", "Orme", "Tarn Council")
SENTENCES = (
    "{a} smuggles salt into {b}.",
    "{a} denied that {b} smuggles salt.",
    "{a} is a gang of {b}.",
    "On 3 May 2024 {a} fined {b} for smuggling salt.",
    "{a} does not smuggle salt in {b}.",
    "{a} alleges that {b} sold 12 tons of salt in 2023.",
    "About 40 percent of the salt of {a} passes through {b}.",
    "It is not clear whether {a} leads {b}.",
    "It also names {a}.",
    "The report does not mention {a} [3].",
    "{a} must give up the following goods:\n\n- salt\n- rope of {b}\n",
)
QUESTIONS = (
    "Which gangs smuggle salt?",
    "Is Red Oars a gang of Velmar?",
    "What share of the salt passes through Velmar?",
    "How many tons of salt were sold in 2023?",
    "Who fined Red Oars for smuggling salt?",
    "How does Tar Hands smuggle salt?",
)


@st.composite
def notes(draw: st.DrawFn) -> dict[str, str]:
    sentence = st.builds(
        lambda form, a, b: form.format(a=a, b=b),
        st.sampled_from(SENTENCES),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
    )
    bodies = draw(st.lists(st.lists(sentence, min_size=1, max_size=5), min_size=1, max_size=5))
    return {f"Note {i}": " ".join(body) for i, body in enumerate(bodies)}


@given(notes(), st.sampled_from(QUESTIONS), st.sampled_from(["", "allegation", "press"]))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_the_notes_say_every_statement_is_borne_out(
    ask: Desk, corpus: dict[str, str], question: str, role: str
) -> None:
    report = ask(question, corpus, **({"evidence_role": role} if role else {}))
    texts = {c.sha256 for s in report.statements for c in s.citations}
    assert texts <= {card.sha256 for card in report.sources}
    for statement in report.statements:
        assert statement.citations
        shown = {n for m in marks(statement.text) for n in m.numbers}
        assert {c.n for c in statement.citations} <= shown
        for citation in statement.citations:
            card = report.sources[citation.n - 1]
            with ask.opened[-1].snapshot() as snapshot:
                stored = snapshot.document_at(card.id, card.sha256).text
            assert stored[citation.start : citation.end] == citation.quote
        if statement.computation is not None:
            assert statement.computation.value >= 1
            for citation in statement.citations:
                assert all(mentions(citation.quote, t) for t in statement.computation.terms)
                either = statement.computation.either
                assert not either or any(mentions(citation.quote, t) for t in either)
            counted = (
                {c.n for c in statement.citations}
                if statement.computation.op == "count_sources"
                else statement.computation.spans
            )
            assert len(counted) == statement.computation.value
    told_once = [s.text for s in report.statements]
    assert len(told_once) == len(set(told_once))


def test_what_a_sentence_has_named_is_not_named_again(ask: Desk) -> None:
    report = ask(
        "When did Ada Holm begin her work as a painter?",
        {"Ada Holm": "Ada Holm was born in Velmar. She began her work as a painter in 1931."},
    )
    assert "Ada Holm began her work as a painter in 1931" in told(report)
