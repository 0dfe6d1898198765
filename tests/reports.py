"""Small reports: one that is true of its sources, one that refuses, and any number of hostile ones.

The sources are invented. `LIBRARY` holds their texts; `report()` cites them word for word, with the
verdicts that the default verifier gives.
"""

import hashlib
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from corpus.dates import PartialDate
from corpus.documents import Source
from index.records import StoredDocument
from rag.citations import marks, plain, source_card
from rag.report import (
    Citation,
    Computation,
    Conflict,
    CorpusCard,
    FollowUp,
    Method,
    NearestPassage,
    QuoteVerdict,
    Refusal,
    Report,
    Section,
    SectionKind,
    SourceCard,
    Statement,
    StatementKind,
    Status,
    SupportVerdict,
    Unverified,
)
from rag.texts import SourceText
from rag.verify.hand import HandVerifier
from rag.verify.support import Premise, about_card

DISCLAIMER = "Citeproof can make mistakes. Check important facts against the sources cited."
VERIFIER = HandVerifier()

SURVEY = (
    "# Survey\n\nThe Harbor Survey counted 312 herring boats in 2019. It counted 280 in 2023 [1]."
)
LEDGER = "The Port Ledger lists 280 herring boats for 2023.\nIt lists no trawlers."
LETTER = "The fishers' union denies that herring boats have become fewer."
SOURCES = {
    "doc_survey": (
        SURVEY,
        Source(
            key="survey",
            title="Harbor Survey 2023",
            publisher="Harbor Office",
            published=PartialDate(2024, 3),
            fetched=PartialDate(2025, 1, 9),
            url="https://harbor.example/survey?year=2023&part=1",
            url_status="seen",
            doc_type="report",
            licence="public domain",
            evidence_role="data",
            language="en",
            media="note",
        ),
    ),
    "doc_ledger": (
        LEDGER,
        Source(
            key="ledger",
            title="Port Ledger [2023] *annual*",
            publisher="Port of Lund",
            published=PartialDate(2024, 5, 2),
            url="javascript:alert(1)",
            doc_type="ledger",
            evidence_role="data",
            via="Lund Post",
            language="en",
        ),
    ),
    "doc_letter": (
        LETTER,
        Source(key="letter", title="Letter to the editor", publisher="Fishers' Union"),
    ),
}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


LIBRARY = {(i, digest(text)): SourceText(text, source) for i, (text, source) in SOURCES.items()}


def library(source_id: str, sha256: str) -> SourceText | None:
    """The texts of all sources, as a ledger would have them."""
    return LIBRARY.get((source_id, sha256))


def card(source_id: str, n: int | None) -> SourceCard:
    text, source = SOURCES[source_id]
    return source_card(StoredDocument(source_id, digest(text), source, text), n)


CARDS = (card("doc_survey", 1), card("doc_ledger", 2), card("doc_letter", 3))


def premise(n: int, quote: str) -> Premise:
    return Premise(quote, about_card(CARDS[n - 1]))


def statement(
    number: int, text: str, quotes: list[tuple[int, str]], *, kind: str = "quoted"
) -> Statement:
    """A statement whose verdicts are those of the verifier."""
    sentence = plain(text)
    union = VERIFIER.verify(sentence, [premise(n, quote) for n, quote in quotes])
    assert union.verdict in (SupportVerdict.SUPPORTS, SupportVerdict.PARTLY)
    citations = []
    for n, quote in quotes:
        alone = VERIFIER.verify(sentence, [premise(n, quote)])
        citations.append(citation(n, quote, alone.verdict, alone.score))
    return Statement(
        id=f"s{number}",
        kind=StatementKind(kind),
        text=text,
        support=union.verdict,
        score=union.score,
        origins=len({n for n, _ in quotes}),
        citations=tuple(citations),
    )


def citation(n: int, quote: str, verdict: SupportVerdict, score: float) -> Citation:
    text = SOURCES[CARDS[n - 1].id][0]
    start = text.index(quote)
    return Citation(
        n=n,
        start=start,
        end=start + len(quote),
        quote=quote,
        sha256=CARDS[n - 1].sha256,
        quote_verdict=QuoteVerdict.FOUND,
        verdict=verdict,
        score=score,
    )


def counted(number: int) -> Statement:
    """A computed statement: two sources name herring boats with the figure 280 or deny a loss."""
    quotes = [(1, "It counted 280 in 2023 [1]."), (2, "The Port Ledger lists 280 herring boats")]
    citations = tuple(citation(n, q, SupportVerdict.PARTLY, 1.0) for n, q in quotes)
    return Statement(
        id=f"s{number}",
        kind=StatementKind.COMPUTED,
        text="Two publishers name 280 [1] [2].",
        support=SupportVerdict.SUPPORTS,
        score=1.0,
        origins=2,
        citations=citations,
        computation=Computation(
            op="count_sources",
            over="publishers that name 280",
            value=2,
            spans=tuple(f"{c.n}:{c.start}-{c.end}" for c in citations),
            terms=("280",),
        ),
    )


def report(**changes: Any) -> Report:
    """A report in which every kind of part stands, and every word of it is borne out."""
    summary = statement(
        1,
        "The Harbor Survey counted 312 herring boats in 2019 [1].",
        [(1, "The Harbor Survey counted 312 herring boats in 2019.")],
    )
    listed = statement(
        2,
        "The Port Ledger lists 280 herring boats for 2023 [2].",
        [(2, "The Port Ledger lists 280 herring boats for 2023.")],
    )
    denied = statement(
        4,
        "The fishers' union denies that herring boats have become fewer [3].",
        [(3, LETTER)],
    )
    whole = Report(
        id="rep_example",
        version=1,
        question="How many herring boats are there in Lund?",
        understood_as="How many herring boats are there in Lund?",
        language="en",
        status=Status.ANSWERED,
        checked_on="2025-12-20",
        as_of="2025-12-20",
        disclaimer=DISCLAIMER,
        staleness="This report may be outdated.",
        corpus=CorpusCard("g000003", 5, 9, "2024-05-02"),
        summary=(summary,),
        sections=(
            Section(
                "280 boats: what the Port Ledger lists",
                SectionKind.FINDING,
                (listed, counted(3)),
            ),
            Section("The counter-evidence", SectionKind.COUNTER_EVIDENCE, (denied,)),
        ),
        unverified=(Unverified("There are 290 boats.", ("number: 290 is not in the cited text",)),),
        conflicts=(Conflict(("s2", "s4"), "contradiction"),),
        refusal=None,
        gaps=("None of the 5 documents searched says how many boats there are now.",),
        sources=CARDS,
        consulted=(replace(CARDS[2], n=None, id="doc_other", title="Another <b>letter</b>"),),
        follow_ups=(FollowUp("Why have herring boats become fewer?", 1),),
        method=Method("word-hash", VERIFIER.name, "verbatim@1", ("herring boats",), {"nearest": 3}),
    )
    return replace(whole, **changes)


def refusal(**changes: Any) -> Report:
    """A report that does not answer."""
    quote = "It lists no trawlers."
    start = LEDGER.index(quote)
    near = NearestPassage(
        "doc_ledger", "Port Ledger [2023]", start, start + len(quote), quote, digest(LEDGER)
    )
    whole = report(
        question="Who won the regatta?",
        understood_as="Who won the regatta?",
        status=Status.REFUSED,
        as_of=None,
        summary=(),
        sections=(),
        unverified=(),
        conflicts=(),
        gaps=(),
        sources=(),
        follow_ups=(),
        refusal=Refusal("No document that was searched addresses the question.", (near,)),
    )
    return replace(whole, **changes)


# What sources may hold that means something to a renderer.
_SNIPPETS = (
    "<script>alert(1)</script>",
    "</blockquote><img src=x onerror=alert(1)>",
    "![pixel](https://evil.example/p.png)",
    "[click](javascript:alert(1))",
    "[1]: https://evil.example",
    "<https://evil.example>",
    "https://evil.example/a_b",
    "www.evil.example",
    "a@evil.example",
    "[1] [99] [0] [1, 2] [1-3] 【1】 [^1]",
    "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07x\x1b]8;;\x07",
    "\x9b31m \x07 \x00",
    "\u202eRTL\u202c \u200b\u2066 \ufeff",
    "# heading\n---\n- item\n1. one\n```\ncode",
    "&lt;b&gt; &#60;b&#62; &copy; AT&T",
    "{{ 7 * 7 }} {% raw %} ${HOME} :smile: ~~x~~ ||x||",
    "[bold red]markup[/] :cross_mark:",
    "\\*not escaped\\* __a__ *b* `c`",
    "“quoted” don’t ‘so’",
    "العربية עברית",
    "+ plus = line !",
)
_PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)
words = st.lists(st.sampled_from(_SNIPPETS) | _PLAIN, min_size=1, max_size=3).map(" ".join)
hostile = words.filter(lambda text: bool(text.strip()))
_optional = st.none() | hostile
_urls = st.sampled_from(
    [
        None,
        "https://harbor.example/survey?year=2023&part=1&copy=2",
        "http://example.org/a_(b)*c*",
        "HTTP://EXAMPLE.ORG",
        "javascript:alert(1)",
        "data:text/html,<script>",
        "https://user@evil.example/",
        "https://evil.example/ \x1b]8;;x",
        "https://evil.example/\u202egnp.exe",
        "https://evil.example/\"onmouseover='x'",
        "//evil.example",
        "https://[broken",
        "",
    ]
)
_dates = st.sampled_from([None, "2020", "2020-01", "2020-01-31"])
_sha = st.sampled_from(["0" * 64, "ab" * 32])


@st.composite
def _cards(draw: st.DrawFn, n: int | None, name: str) -> SourceCard:
    return SourceCard(
        n=n,
        id=name,
        title=draw(words),
        publisher=draw(_optional),
        published=draw(_dates),
        fetched=draw(_dates),
        url=draw(_urls),
        url_status=draw(_optional),
        doc_type=draw(_optional),
        evidence_role=draw(_optional),
        licence=draw(_optional),
        language=draw(st.sampled_from([None, "en", "ar", "he-IL", 'x" onload="y'])),
        via=draw(_optional),
        media=draw(_optional),
        sha256=draw(_sha),
    )


@st.composite
def _statements(draw: st.DrawFn, number: int, sources: int) -> Statement:
    cited = draw(st.lists(st.integers(1, sources), min_size=1, max_size=3, unique=True))
    text = draw(words) + "".join(f" [{n}]" for n in cited) + "."
    citations = []
    for n in cited:
        start = draw(st.integers(0, 99))
        quote = draw(hostile)
        citations.append(
            Citation(
                n=n,
                start=start,
                end=start + len(quote),
                quote=quote,
                sha256=draw(_sha),
                quote_verdict=draw(st.sampled_from(QuoteVerdict)),
                verdict=draw(st.sampled_from(SupportVerdict)),
                score=draw(st.floats(0, 1)),
            )
        )
    return Statement(
        id=f"s{number}",
        kind=draw(st.sampled_from([StatementKind.QUOTED, StatementKind.WRITTEN])),
        text=text,
        support=draw(st.sampled_from([SupportVerdict.SUPPORTS, SupportVerdict.PARTLY])),
        score=draw(st.floats(0, 1)),
        origins=draw(st.integers(1, 3)),
        citations=tuple(citations),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports of every form, with hostile text wherever a source or a reader can put some."""
    count = draw(st.integers(1, 3))
    number = iter(range(1, 10))

    def some(most: int) -> tuple[Statement, ...]:
        return tuple(
            draw(_statements(next(number), count)) for _ in range(draw(st.integers(0, most)))
        )

    summary = some(2)
    sections = tuple(
        Section(draw(hostile), draw(st.sampled_from(SectionKind)), statements)
        for statements in (some(2), some(2))
        if statements
    )
    made = [s.id for s in summary] + [s.id for section in sections for s in section.statements]
    nearest = NearestPassage("doc_1", draw(words), 0, 5, draw(hostile), "0" * 64)
    return Report(
        id="rep_any",
        version=draw(st.integers(1, 9)),
        question=draw(hostile),
        understood_as=draw(hostile),
        language=draw(st.sampled_from(["en", "ar", 'x"y'])),
        status=draw(st.sampled_from(Status)),
        checked_on=draw(st.dates()).isoformat(),
        as_of=draw(_dates),
        disclaimer=draw(st.sampled_from([DISCLAIMER, "Be *careful* [1] <b>"])),
        staleness=draw(st.sampled_from([None, "This may be old: see http://x.example"])),
        corpus=CorpusCard(
            "g000001", draw(st.integers(0, 5000)), draw(st.integers(0, 5000)), draw(_dates)
        ),
        summary=summary,
        sections=sections,
        unverified=tuple(Unverified(draw(hostile), (draw(hostile),)) for _ in range(1)),
        conflicts=(Conflict(tuple(made[:2]), "window"),) if len(made) > 1 else (),
        refusal=draw(st.none() | st.just(Refusal(draw(hostile), (nearest,)))),
        gaps=tuple(draw(st.lists(hostile, max_size=1))),
        sources=tuple(draw(_cards(n, f"doc_{n}")) for n in range(1, count + 1)),
        consulted=tuple(draw(_cards(None, "doc_9")) for _ in range(draw(st.integers(0, 1)))),
        follow_ups=tuple(FollowUp(q, 2) for q in draw(st.lists(hostile, max_size=1))),
        method=Method(draw(hostile), draw(hostile), "writer", (draw(hostile),), {"a": 0.5}),
    )


def own_marks(made: Report) -> list[int]:
    """The numbers of the marks that a rendering must show, in reading order, conflicts excluded."""
    shown = []
    for s in made.statements:
        numbers = {c.n for c in s.citations}
        from rag.render.wording import safe

        text = safe(s.text)
        for mark in marks(text):
            if text[mark.start] == "[" and set(mark.numbers) <= numbers:
                shown += mark.numbers
    return shown
