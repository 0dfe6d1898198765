"""Whether a report gives what was asked, and says so."""

import pytest
from desk import Desk, told

from rag.plan.forms import Form, form_of
from rag.plan.periods import Period
from rag.plan.relation import Relation, related
from rag.question import Question
from rag.report import Status


@pytest.mark.parametrize(
    ("question", "verbs", "subject"),
    [
        ("When did Ada Holm die?", ("die",), ("ada", "holm")),
        ("Where were the Red Oars tried and fined?", ("tried", "fined"), ("red", "oar")),
        ("Who invented the lamp?", ("invented",), ("lamp",)),
        ("When was the lamp first sold?", ("sold",), ("lamp",)),
        ("Why did the fire on the Orme spread?", ("spread",), ("fire", "orm")),
        ("In what year did Velmar join Orme?", ("join",), ("velmar", "orm")),
        ("Where is the lamp?", (), ("lamp",)),
    ],
)
def test_the_verb_of_a_question_is_told_from_its_subject(
    question: str, verbs: tuple[str, ...], subject: tuple[str, ...]
) -> None:
    relation = Relation.of(Question.parse(question))
    assert relation.verbs == verbs
    assert relation.subject == subject


def test_words_for_the_same_are_known_by_each_other() -> None:
    assert "death" in related("di")
    assert "origin" in Relation.of(Question.parse("Where does tea come from?")).stems
    assert "releas" in Relation.of(Question.parse("When did the lamp come out?")).stems
    assert related("lamp") == {"lamp"}


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("When was Velmar founded?", Form.TIME),
        ("In which year was Velmar founded?", Form.TIME),
        ("Where was Ada Holm born?", Form.PLACE),
        ("Who founded Velmar?", Form.AGENT),
        ("Who is Ada Holm?", Form.MEANING),
        ("What is a lamp?", Form.MEANING),
        ("What causes fires?", Form.CAUSE),
        ("Why did the mill burn?", Form.CAUSE),
        ("What is the oldest mill of Velmar?", Form.OTHER),
    ],
)
def test_the_first_words_say_what_must_be_given(question: str, form: Form) -> None:
    assert form_of(Question.parse(question)) is form


def test_a_death_is_answered_by_the_dates_of_a_life(ask: Desk) -> None:
    report = ask(
        "When did Ada Holm die?",
        {"Ada Holm": "Ada Holm (3 May 1851 – 7 June 1920) was a painter of Velmar."},
    )
    assert report.status is Status.ANSWERED
    assert report.gaps == ()
    assert "7 June 1920" in told(report)


def test_where_it_is_only_said_that_it_was_no_place_is_given(ask: Desk) -> None:
    report = ask(
        "Where was Ada Holm tried?",
        {"Ada Holm": "Ada Holm was tried in May 1901 for the theft of a painting from Tarnley."},
    )
    assert report.status is Status.PARTLY_ANSWERED
    assert report.gaps == ("No sentence that was found gives the place asked for.",)


def test_what_gives_the_answer_is_told_first_and_the_rest_not_at_all(ask: Desk) -> None:
    report = ask(
        "When was Velmar Bridge built?",
        {
            "Velmar Bridge": "Velmar Bridge is a bridge of stone. Velmar Bridge has three arches. "
            "Velmar Bridge was built in 1871 by masons of Orme. "
            "Velmar Bridge is painted green every spring."
        },
    )
    assert report.status is Status.ANSWERED
    assert "built in 1871" in report.summary[0].text
    assert "three arches" not in told(report)


def test_a_longer_name_with_the_word_is_something_else(ask: Desk) -> None:
    report = ask(
        "When was weaving invented?",
        {
            "Schools": "The Institute of Weaving was founded in 1933.",
            "Cloth": "People in Orme invented weaving in about 5000 BC.",
        },
    )
    assert "5000 BC" in report.summary[0].text
    assert "1933" not in report.summary[0].text


def test_a_list_of_common_nouns_names_only_what_does_what_was_asked(ask: Desk) -> None:
    report = ask(
        "Which herbs cure fever?",
        {
            "Willow": "Willow is a herb that cures fever.",
            "Thyme": "Thyme is a herb with the flavour of pepper.",
            "Herbs": "A herb is a plant with soft stems.",
            "Fever": "Fever is a rise of the heat of the body.",
        },
    )
    assert report.status is Status.ANSWERED
    assert "illow is a herb that cures fever" in told(report)
    assert "Thyme" not in told(report)


def test_where_no_member_is_named_that_is_said(ask: Desk) -> None:
    report = ask(
        "Which herbs cure fever?",
        {
            "Thyme": "Thyme is a herb with the flavour of pepper.",
            "Herbs": "Herbs that cure fever are sold in Velmar.",
        },
    )
    assert report.status in (Status.PARTLY_ANSWERED, Status.REFUSED)
    assert "No sentence that was found names herbs that cure fever." in report.gaps
    assert "Thyme" not in told(report)


def test_a_member_whose_time_only_its_document_tells_is_told_with_that(ask: Desk) -> None:
    report = ask(
        "Which painters painted ships in Orme in the nineteenth century?",
        {
            "Ada Holm": "Ada Holm was among the painters who painted ships in Orme. "
            "Ada Holm moved to Orme in 1871.",
            "Bren Tarn": "Bren Tarn was among the painters who painted ships in Orme. "
            "Bren Tarn died in 1655.",
        },
    )
    assert report.status is Status.PARTLY_ANSWERED
    assert "No sentence that was found says that it was in the nineteenth century." in report.gaps
    assert "Ada Holm" in told(report)
    assert "Bren Tarn" not in told(report)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("painted in the nineteenth century", 1801, 1900),
        ("painted in the 3rd century", 201, 300),
        ("sold in the 1980s", 1980, 1989),
        ("sold in 1984", 1984, 1984),
    ],
)
def test_a_period_is_read_in_words_and_figures(text: str, first: int, last: int) -> None:
    period = Period.of(text)
    assert period is not None
    assert (period.first, period.last) == (first, last)
    assert period.told_in(f"It was done in {first}.")
    assert not period.told_in(f"It was done in {last + 101}.")


def test_no_period_is_read_where_none_is_named() -> None:
    assert Period.of("sold in Velmar") is None


@pytest.mark.parametrize(
    ("question", "asked", "predicate"),
    [
        ("Which herbs or roots cure fever?", ("herbs", "roots"), "cure fever"),
        ("Which gases make up the air of Venus?", ("gases",), "make up the air of Venus"),
        ("Which members of the guild sell tea?", ("members",), "the guild sell tea"),
    ],
)
def test_what_is_asked_for_ends_where_the_predicate_begins(
    question: str, asked: tuple[str, ...], predicate: str
) -> None:
    parsed = Question.parse(question)
    assert parsed.asked == asked
    assert parsed.predicate == predicate


def test_a_toll_in_other_words_than_the_question_answers_it(ask: Desk) -> None:
    report = ask(
        "How many people died in the Orme mill fire?",
        {"Orme mill fire": "Velmar says of the Orme mill fire that 44 were dead in the Orme mill."},
    )
    assert report.status is Status.ANSWERED
    assert report.gaps == ()
    assert "44" in report.summary[0].text


def test_a_number_of_what_was_not_counted_answers_nothing(ask: Desk) -> None:
    report = ask(
        "How many boats were lost in the Orme storm?",
        {"Orme storm": "In the Orme storm 12 houses were lost."},
    )
    assert report.status is not Status.ANSWERED


@pytest.mark.parametrize(
    ("question", "counted", "verbs"),
    [
        ("How many boats were lost in the Orme storm?", "boat", ("lost",)),
        ("How many people died in the Orme storm?", "", ("died",)),
        ("How tall is the tower of Orme?", "", ()),
    ],
)
def test_what_is_counted_is_no_part_of_the_subject(
    question: str, counted: str, verbs: tuple[str, ...]
) -> None:
    relation = Relation.of(Question.parse(question))
    assert (relation.counted, relation.verbs) == (counted, verbs)
    assert counted not in relation.subject


def test_reasons_that_a_sentence_announces_answer_why(ask: Desk) -> None:
    report = ask(
        "Why did the fire at the Orme mill spread?",
        {
            "Fire at the Orme mill": "The fire at the Orme mill began in the straw. "
            "The fire at the Orme mill spread for two reasons. "
            "Doors at the mill had been held open with ropes.",
        },
    )
    assert report.status is Status.ANSWERED
    assert "held open" in told(report)


def test_what_causes_a_kind_is_told_before_what_caused_one_of_it(ask: Desk) -> None:
    report = ask(
        "What causes floods?",
        {
            "Orme": "The flood of Orme was caused by a gate of the Orme dam.",
            "Floods": "Most floods are caused by long rain.",
        },
    )
    assert "caused by long rain" in report.summary[0].text


def test_a_war_with_another_number_is_another_war(ask: Desk) -> None:
    report = ask(
        "When did Gull War I end?",
        {"Gulls": "Gull War II ended in 1871. The Tarn War ended in 1402."},
    )
    assert report.status is not Status.ANSWERED


def test_a_question_that_no_sentence_takes_up_is_not_called_answered(ask: Desk) -> None:
    report = ask(
        "What is the oldest lamp of Velmar?",
        {"Lamps": "Velmar has lamps of brass. Lamps of Velmar are sold in May."},
    )
    assert report.status is not Status.ANSWERED


ORDER = {
    "Velmar Bridge": "Velmar Bridge was built in 1871 by masons. Velmar Bridge has arches.",
    "Orme Tower": "Orme Tower is a tower of brick. Orme Tower was built in 1902.",
}


def test_which_was_first_is_told_by_a_date_of_each(ask: Desk) -> None:
    report = ask("Was Velmar Bridge built before Orme Tower?", ORDER)
    assert report.status is Status.ANSWERED
    first, second = (s.text for s in report.summary)
    assert "1871" in first
    assert "1902" in second
    assert not report.sections


def test_a_thing_without_a_date_is_named(ask: Desk) -> None:
    undated = {**ORDER, "Orme Tower": "Orme Tower is a tower of brick in Orme."}
    report = ask("Was Velmar Bridge built before Orme Tower?", undated)
    assert report.status is Status.PARTLY_ANSWERED
    assert "No sentence that was found gives a date of Orme Tower." in report.gaps


@pytest.mark.parametrize(
    "sentence",
    [
        "Floods in the region, which are frequent, are caused by rain.",
        "Rain caused a flood in Velmar, and measles was the only one of the four to fall.",
        "The trilogy, told over years, speaks of floods caused by rain.",
    ],
)
def test_what_points_at_its_neighbours_comes_after_what_does_not(ask: Desk, sentence: str) -> None:
    report = ask(
        "What causes floods?",
        {"Notes": sentence, "Rivers": "Floods of rivers are caused by long rain."},
    )
    assert "long rain" in report.summary[0].text


def test_what_is_denied_in_another_clause_leaves_the_answer_standing(ask: Desk) -> None:
    report = ask(
        "Where did the Grey Maid run aground?",
        {"News": "The Grey Maid ran aground off Gull Point; guests were hurt, but nobody died."},
    )
    assert report.status is Status.ANSWERED
    assert "Gull Point" in told(report)


def test_who_asks_what_was_denied_is_told_the_denial(ask: Desk) -> None:
    report = ask(
        "What did Ada Holm deny?",
        {"Trial": "Ada Holm denied that she sold the boats of Velmar."},
    )
    assert report.status is Status.ANSWERED
    assert "denied that" in told(report)


def test_a_book_on_an_empire_is_not_the_empire(ask: Desk) -> None:
    report = ask(
        "When did the Tarn Empire end?",
        {"Books": "The History of the Tarn Empire ended as a book of six volumes in 1788."},
    )
    assert report.status is not Status.ANSWERED


def test_a_date_of_something_else_in_the_sentence_is_no_answer(ask: Desk) -> None:
    report = ask(
        "When did the Tarn Empire end?",
        {"Talks": "Kings spoke of the Tarn Empire in Orme, which had ended the salt war in 1878."},
    )
    assert report.status is not Status.ANSWERED


def test_what_is_nearest_to_a_list_is_told_only_with_a_word_of_what_was_asked(ask: Desk) -> None:
    report = ask(
        "Which herbs or roots cure fever?",
        {
            "Shop": "Herbs or roots are sold in the shop of Velmar.",
            "Names": "Most herbs or roots have names in Orme.",
        },
    )
    assert report.status is Status.REFUSED
    assert report.statements == ()


@pytest.mark.parametrize(
    "question", ["What does Velmar say of the lamp?", "What is the lamp used?"]
)
def test_light_verbs_ask_nothing(question: str) -> None:
    assert Relation.of(Question.parse(question)).stems == frozenset()


def test_what_a_list_in_bullets_belongs_to_is_told_with_it(ask: Desk) -> None:
    report = ask(
        "Which tools must be removed from the lighthouse of Orme?",
        {
            "Lighthouse of Orme": "Keepers must remove the following tools from the lighthouse:\n\n"
            "- iron hammers\n- wooden ladders\n\n"
            "Keepers of the lighthouse of Orme have until May 2026 to remove tools."
        },
    )
    assert report.status is Status.ANSWERED
    assert "iron hammers; wooden ladders" in report.summary[0].text
    assert "until May 2026" in told(report)


@pytest.mark.parametrize(
    ("question", "body", "answered"),
    [
        ("Who painted the Orme Gate?", "The Orme Gate was painted by Ada Holm in May.", True),
        ("Who painted the Orme Gate?", "The Orme Gate was painted in May.", False),
        ("Where is the Orme Gate?", "The Orme Gate is in Velmar by the sea.", True),
        ("Where is the Orme Gate located?", "The Orme Gate stands in Velmar.", True),
        ("Where was Ada Holm born?", "Ada Holm was born on the coast in Tarnley.", True),
        ("When was the Orme Gate painted?", "In May 1901 the Orme Gate was painted.", True),
        ("When was the Orme Gate?", "The Orme Gate was an event of 1901.", True),
        ("What is a tarnel?", "A tarnel is a boat with one mast.", True),
        ("What is a tarnel?", "Ada Holm sold a tarnel in Velmar.", False),
        ("How tall is the Orme Gate?", "The height of the Orme Gate is 12 metres.", True),
        ("Why was the Orme Gate closed?", "The Orme Gate was closed because of rust.", True),
        ("Why was the Orme Gate closed?", "The Orme Gate was closed in May.", False),
    ],
)
def test_only_what_gives_the_kind_asked_for_answers(
    ask: Desk, question: str, body: str, answered: bool
) -> None:
    report = ask(question, {"Notes": body})
    assert (report.status is Status.ANSWERED) is answered


def test_a_yes_or_no_question_that_no_sentence_takes_up_is_not_called_answered(ask: Desk) -> None:
    report = ask(
        "Can a lamp of Velmar explode?",
        {"Lamps": "A lamp of Velmar is sold in May. A lamp of Velmar is heavy."},
    )
    assert report.status is not Status.ANSWERED


def test_what_only_names_the_subject_in_passing_dates_no_end_of_it(ask: Desk) -> None:
    report = ask(
        "When did the Orme War end?",
        {
            "Frost": "The Great Frost began in the aftermath of the Orme War and ended in 1731.",
            "War": "The Orme War was fought over salt.",
        },
    )
    assert report.status is not Status.ANSWERED


def test_who_won_something_else_is_no_answer(ask: Desk) -> None:
    report = ask(
        "Who won the Orme Bowl?",
        {"Bowl": "Ada Holm, who had lost the Orme Bowl, won the Velmar Cup for potters in May."},
    )
    assert report.status is not Status.ANSWERED


def test_a_share_answers_no_question_for_a_number_of_things(ask: Desk) -> None:
    report = ask(
        "How many bones are in the body of an otter?",
        {"Otters": "The bones make up 14 percent of the body of an otter."},
    )
    assert report.status is not Status.ANSWERED


def test_a_count_of_things_answers_no_question_for_an_amount(ask: Desk) -> None:
    report = ask(
        "How much oil was spilled at Orme?",
        {"Oil": "Oil that was spilled at Orme was found in two of the nine beds."},
    )
    assert report.status is not Status.ANSWERED


def test_a_denial_of_something_else_corrects_no_premise(ask: Desk) -> None:
    report = ask(
        "How many people are missing after the Orme flood?",
        {"Fever": "Measles has nothing to do with the Orme flood."},
    )
    assert report.status is not Status.PREMISE_CORRECTED


def test_what_is_told_of_a_list_that_nobody_disputes_has_no_other_side(ask: Desk) -> None:
    report = ask(
        "Which countries border Velmar?",
        {
            "Tarn": "Tarn is a country that borders Velmar.",
            "Orme": "Orme is a country that borders Velmar and Harrow.",
        },
    )
    assert "counter-evidence" not in " ".join(s.heading for s in report.sections)
    assert report.status is Status.ANSWERED
    assert "Tarn is a country that borders" in told(report)


def test_founding_is_told_from_finding_and_from_designating() -> None:
    stems = Relation.of(Question.parse("Who founded the Red Oars?")).stems
    assert "establish" in stems
    assert "discov" not in stems


@pytest.mark.parametrize("question", ["What does ORB stand for?", "What does ORB mean?"])
def test_initials_are_explained_where_the_words_stand_before_them(ask: Desk, question: str) -> None:
    report = ask(
        question,
        {
            "Boats": "The ORB has nine boats on the river.",
            "Office": "The Office of River Boats (ORB) may stand for a mean boat.",
        },
    )
    assert form_of(Question.parse(question)) is Form.MEANING
    assert "Office of River Boats (ORB)" in report.summary[0].text


def test_what_a_film_was_adapted_from_asks_for_no_member_of_a_kind() -> None:
    assert Question.parse("What was the film Ada Holm adapted from?").asked == ()
    assert Question.parse("What is the longest road in Orme?").asked == ("longest road",)
