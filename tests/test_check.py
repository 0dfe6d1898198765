import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import (
    LEDGER,
    LIBRARY,
    SOURCES,
    VERIFIER,
    counted,
    digest,
    library,
    refusal,
    report,
    statement,
)

from corpus.dates import PartialDate
from rag.bundle import Bundle, from_bundle, to_bundle
from rag.render.json import ReportFormatError, to_data
from rag.report import Report, StatementKind, SupportVerdict
from rag.texts import SourceText
from rag.verify.check import CheckResult, Outcome, check_bundle, check_report
from rag.verify.hand import HandVerifier
from rag.verify.support import Support

Data = dict[str, Any]


def checked(made: Report) -> CheckResult:
    return check_report(made, library, VERIFIER)


def findings(made: Report) -> str:
    return "\n".join(f for c in checked(made).checked for f in c.findings)


def first(made: Report, **changes: Any) -> Report:
    """The report with another first statement."""
    return replace(made, summary=(replace(made.summary[0], **changes),))


def cited(made: Report, **changes: Any) -> Report:
    """The report whose first statement has another citation."""
    return first(made, citations=(replace(made.summary[0].citations[0], **changes),))


def recounted(made: Report, text: str | None = None, **changes: Any) -> Report:
    """The report with another computation."""
    whole = counted(3)
    assert whole.computation is not None
    changed = replace(
        whole, computation=replace(whole.computation, **changes), text=text or whole.text
    )
    section = made.sections[0]
    sections = (replace(section, statements=(section.statements[0], changed)), made.sections[1])
    return replace(made, sections=sections)


def test_a_report_that_is_true_of_its_sources_passes() -> None:
    result = checked(report())
    assert result.passed
    assert [(c.statement, c.outcome) for c in result.checked] == [
        (name, Outcome.OK) for name in ("", "s1", "s2", "s3", "s4")
    ]


def test_a_refusal_passes_when_its_nearest_passages_stand() -> None:
    assert checked(refusal()).passed
    near = replace(refusal().refusal.nearest[0], start=0)  # type: ignore[union-attr]
    moved = refusal(refusal=replace(refusal().refusal, nearest=(near,)))  # type: ignore[type-var]
    assert checked(moved).outcome is Outcome.CHANGED


@pytest.mark.parametrize("made", [report(), refusal()])
def test_without_texts_nothing_passes(made: Report) -> None:
    result = check_report(made, lambda i, h: None, VERIFIER)
    assert result.outcome is Outcome.COULD_NOT_JUDGE
    assert not result.passed
    assert all(c.outcome is Outcome.COULD_NOT_JUDGE for c in result.checked if c.statement)


def test_a_statement_whose_text_alone_is_missing_could_not_be_judged() -> None:
    def lookup(source_id: str, sha256: str) -> SourceText | None:
        return None if source_id == "doc_letter" else library(source_id, sha256)

    result = check_report(report(), lookup, VERIFIER)
    outcomes = {c.statement: c.outcome for c in result.checked}
    assert outcomes["s4"] is Outcome.COULD_NOT_JUDGE
    assert outcomes["s2"] is Outcome.OK
    assert "[3]" in next(c for c in result.checked if c.statement == "s4").findings[0]


def test_a_text_of_another_hash_is_not_believed() -> None:
    result = check_report(report(), lambda i, h: SourceText("Something else."), VERIFIER)
    assert result.outcome is Outcome.CHANGED
    assert "not the cited version" in result.checked[1].findings[0]


def test_verdicts_of_another_verifier_cannot_be_compared() -> None:
    made = report(method=replace(report().method, verifier="another@2"))
    assert checked(made).outcome is Outcome.COULD_NOT_JUDGE


def test_a_card_that_differs_from_its_source_is_told() -> None:
    made = report()
    cards = (replace(made.sources[0], publisher="The Harbour Office"), *made.sources[1:])
    assert "the publisher of [1]" in findings(replace(made, sources=cards))


def test_a_source_whose_record_was_corrected_is_told() -> None:
    def lookup(source_id: str, sha256: str) -> SourceText | None:
        text, source = SOURCES[source_id]
        return SourceText(text, replace(source, published=PartialDate(1999)))

    result = check_report(report(), lookup, VERIFIER)
    assert "the published of [1] is given as '2024-03', its source says 1999" in str(result)


@pytest.mark.parametrize(
    ("made", "finding"),
    [
        (
            cited(report(), quote="The Harbor Survey counted 313 herring boats in 2019."),
            "not stand",
        ),
        (cited(report(), start=0), "does not stand at 0-62"),
        (cited(report(), sha256="0" * 64), "another version"),
        (cited(report(), n=9), "[9] names no source"),
        (cited(report(), n=2), "another version"),
        (cited(report(), verdict=SupportVerdict.PARTLY), "recorded is partly"),
        (cited(report(), score=0.5), "recorded is supports at 0.500"),
        (first(report(), score=0.9), "together"),
        (first(report(), support=SupportVerdict.PARTLY), "recorded is partly"),
        (first(report(), origins=2), "2 independent origins"),
        (first(report(), origins=0), "0 independent origins"),
        (first(report(), text="The Harbor Survey counted 312 herring boats in 2019."), "shows []"),
        (
            first(report(), text="It counted 312 herring boats in 2019 [2]."),
            "shows [2] and cites [1]",
        ),
        (first(report(), text="It counted 312 [1] [99]."), "shows [1, 99] and cites [1]"),
        (first(report(), text="It counted 312 【1】 [0]."), "shows [0, 1]"),
        (first(report(), text="The Harbor Survey counted 412 herring boats in 2019 [1]."), "412"),
        (first(report(), text="The Harbor Survey counted 312 herring boats in 2018 [1]."), "2018"),
        (first(report(), text="The Lund Survey counted 312 herring boats in 2019 [1]."), "Lund"),
        (
            first(report(), text="The Survey did not count 312 herring boats in 2019 [1]."),
            "negation",
        ),
        (first(report(), kind=StatementKind.COMPUTED), "does not go with its computation"),
        (recounted(report(), value=3), "the count is 2, recorded is 3"),
        (
            recounted(report(), text="Three publishers name 280 [1] [2]."),
            "does not show the count 2",
        ),
        (recounted(report(), text="Two publishers deny 280 [1] [2]."), "not counted: deny"),
        (recounted(report(), text="Two publishers of 12 name 280 [1] [2]."), "not counted: 12"),
        (recounted(report(), terms=("280", "trawlers")), "does not mention 'trawlers'"),
        (recounted(report(), without=("280",)), "does mention '280'"),
        (recounted(report(), either=("trawlers", "nets")), "none of 'trawlers', 'nets'"),
        (recounted(report(), terms=()), "does not say what"),
        (recounted(report(), claim="Whales are mammals."), "does not bear out"),
        (recounted(report(), spans=("1:62-88",)), "not the passages cited"),
        (recounted(report(), spans=("1:62-88", "1:62-88")), "counted twice"),
        (recounted(report(), spans=("1:62-88", "two")), "cannot be read"),
        (report(disclaimer=" "), "disclaimer is missing"),
        (report(version=0), "the version is 0"),
        (report(refusal=refusal().refusal), "does not look like it"),
        (refusal(refusal=None), "does not look like it"),
        (report(conflicts=(replace(report().conflicts[0], statements=("s2", "s9")),)), "conflict"),
        (report(sources=report().sources[:2]), "numbered in order"),
        (report(sources=(report().sources[0],) * 3), "stands twice"),
        (report(sources=report().sources[::-1]), "not from 1 without gaps"),
        (report(consulted=(replace(report().consulted[0], sha256="abc"),)), "no sha256"),
        (report(as_of="2024-04"), "after the date asked about"),
        (report(corpus=replace(report().corpus, latest_published="2023")), "after the newest"),
        (report(corpus=replace(report().corpus, documents=2)), "more are named"),
        (report(summary=(report().summary[0],) * 2), "statement 's1' stands twice"),
        (
            report(
                sections=(replace(report().sections[0], heading="290 boats"), report().sections[1])
            ),
            "the heading '290 boats'",
        ),
        (
            report(
                sections=(
                    replace(report().sections[0], heading="Boats of Malmö"),
                    report().sections[1],
                )
            ),
            "'Malmö'",
        ),
        (
            report(sections=(*report().sections, replace(report().sections[0], statements=()))),
            "no statement",
        ),
    ],
)
def test_tampering_is_told_in_words(made: Report, finding: str) -> None:
    result = checked(made)
    assert result.outcome is Outcome.CHANGED
    assert finding in findings(made)


def test_a_statement_recorded_as_quoted_must_be_copied() -> None:
    words = "The number of herring boats has not gone down, the union of the fishers says [3]."
    made = report()
    loose = statement(4, words, [(3, SOURCES["doc_letter"][0])], kind="written")
    section = replace(made.sections[1], statements=(loose,))
    told = replace(made, sections=(made.sections[0], section))
    assert checked(told).passed
    section = replace(section, statements=(replace(loose, kind=made.summary[0].kind),))
    assert "recorded as quoted" in findings(replace(made, sections=(made.sections[0], section)))


def test_a_count_of_passages_counts_passages() -> None:
    made = recounted(
        report(), text="Two passages name 280 [1] [2].", op="count", over="passages that name 280"
    )
    assert checked(made).passed


def test_counted_passages_must_bear_out_a_claim() -> None:
    assert checked(recounted(report(), claim="It counted 280")).outcome is Outcome.CHANGED

    class Agreeing(HandVerifier):
        def verify(self, sentence: str, premises: Any) -> Support:
            if sentence == "280 boats":
                return Support(SupportVerdict.PARTLY, 0.5)
            return super().verify(sentence, premises)

    made = recounted(report(), claim="280 boats")
    assert check_report(made, library, Agreeing()).passed


def rebundled(data: Data) -> Bundle:
    """The bundle as a forger makes it: every digest computed anew."""
    data = json.loads(json.dumps(data))
    compact = json.dumps(data["report"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    data["digest"] = digest(compact)
    return from_bundle(json.dumps(data))


def caught(read: Callable[[], Bundle]) -> bool:
    try:
        bundle = read()
    except ReportFormatError:
        return True
    return not check_bundle(bundle, VERIFIER).passed


def bundled(made: Report | None = None) -> Data:
    data: Data = json.loads(to_bundle(made or report(), library))
    return data


def test_a_bundle_passes_and_says_the_same_as_the_ledger() -> None:
    bundle = from_bundle(to_bundle(report(), library))
    assert check_bundle(bundle, VERIFIER) == checked(report())
    assert check_bundle(bundle, VERIFIER, others=[library]) == checked(report())


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
    if isinstance(value, list):
        return [leaf for i, v in enumerate(value) for leaf in leaves(v, (*path, i))]
    return [path]


def replaced(value: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    copy = json.loads(json.dumps(value))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = change(holder[path[-1]])
    return copy


def another(draw: Callable[[st.SearchStrategy[Any]], Any], value: Any) -> Any:
    """A value of the same type that differs in one place."""
    if isinstance(value, bool) or value is None:
        return "x" if value is None else not value
    if isinstance(value, int | float):
        return value + draw(st.sampled_from([-1, 1]))
    if not value:
        return "x"
    at = draw(st.integers(0, len(value) - 1))
    new = draw(st.sampled_from("0123456789abcXYZ .").filter(lambda c: c != value[at]))
    return f"{value[:at]}{new}{value[at + 1 :]}"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_change_of_a_bundle_is_caught(data: st.DataObject) -> None:
    whole = bundled(data.draw(st.sampled_from([report(), refusal()])))
    path = data.draw(st.sampled_from(leaves(whole)))
    changed = replaced(whole, path, lambda value: another(data.draw, value))
    assert caught(lambda: from_bundle(json.dumps(changed)))


EVIDENCE = frozenset(["n", "start", "end", "quote", "sha256", "quote_verdict", "verdict"])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_change_of_evidence_is_caught_though_all_digests_are_made_anew(
    data: st.DataObject,
) -> None:
    whole = bundled()
    paths = [
        *(p for p in leaves(whole) if p[0] == "texts"),
        *(p for p in leaves(whole) if "citations" in p and p[-1] in EVIDENCE),
        *(p for p in leaves(whole) if "computation" in p and p[-1] in ("op", "value")),
        *(p for p in leaves(whole) if "sources" in p and p[-1] in ("n", "id", "sha256")),
        *(p for p in leaves(whole) if p[-1] == "support"),
    ]
    path = data.draw(st.sampled_from(paths))
    changed = replaced(whole, path, lambda value: another(data.draw, value))
    assert caught(lambda: rebundled(changed))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_digit_of_a_sentence_is_caught_though_all_digests_are_made_anew(
    data: st.DataObject,
) -> None:
    whole = bundled()
    texts = [
        p for p in leaves(whole["report"]) if p[-1] in ("text", "quote") and p[0] != "unverified"
    ]
    digits = [
        (path, match.start())
        for path in texts
        for match in re.finditer(r"\d", _at(whole["report"], path))
    ]
    path, at = data.draw(st.sampled_from(digits))
    old = _at(whole["report"], path)[at]
    new = data.draw(st.sampled_from([d for d in "0123456789" if d != old]))
    changed = replaced(whole["report"], path, lambda t: f"{t[:at]}{new}{t[at + 1 :]}")
    assert caught(lambda: rebundled({**whole, "report": changed}))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_parts_taken_out_put_in_or_exchanged_are_caught(data: st.DataObject) -> None:
    whole = bundled()
    made = whole["report"]
    statements = [*made["summary"], *(s for x in made["sections"] for s in x["statements"])]
    citations = [s["citations"] for s in statements]
    lists = [*citations, made["summary"], made["sources"], made["sections"], whole["texts"]]
    chosen = data.draw(st.sampled_from(lists))
    match data.draw(st.sampled_from(["out", "twice", "exchanged"])):
        case "out":
            del chosen[data.draw(st.integers(0, len(chosen) - 1))]
        case "twice":
            chosen.append(json.loads(json.dumps(chosen[0])))
            if "quote" in chosen[0]:
                chosen[-1]["quote"] = "Something else."
            if "text" in chosen[0] and chosen is whole["texts"]:
                chosen[-1]["text"] = "Something else."
        case _:
            a, b = data.draw(st.sampled_from([(0, 1), (1, 2), (0, 2)]))
            cards = made["sources"]
            cards[a]["id"], cards[b]["id"] = cards[b]["id"], cards[a]["id"]
    assert caught(lambda: rebundled(whole))


def test_a_statement_without_citations_cannot_even_be_read() -> None:
    whole = bundled()
    whole["report"]["summary"].append(
        {**whole["report"]["summary"][0], "id": "s9", "citations": []}
    )
    with pytest.raises(ReportFormatError, match=r"summary\.1"):
        rebundled(whole)


def test_texts_of_the_ledger_come_before_those_of_the_bundle() -> None:
    whole = bundled()
    whole["texts"][0]["text"] = whole["texts"][0]["text"].replace("312", "999")
    result = check_bundle(rebundled(whole), VERIFIER, others=[library])
    assert [c.outcome for c in result.checked] == [Outcome.CHANGED, *[Outcome.OK] * 5]


def test_the_ten_lines_of_the_documentation_agree() -> None:
    made = to_data(report())
    texts = {sha256: stored.text for (_, sha256), stored in LIBRARY.items()}
    for s in [*made["summary"], *(s for x in made["sections"] for s in x["statements"])]:
        for c in s["citations"]:
            assert texts[c["sha256"]][c["start"] : c["end"]] == c["quote"]
    assert LEDGER in texts.values()
