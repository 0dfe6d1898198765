"""A report checked anew: quotes, digests, numbers, support and counts, from the texts alone."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rag.bundle import TextLookup, digest
from rag.citations import marks, plain
from rag.evidence import mentions
from rag.report import (
    Computation,
    QuoteVerdict,
    Report,
    SourceCard,
    Statement,
    StatementKind,
    SupportVerdict,
)
from rag.verify.support import Premise, Verifier, about_card
from rag.words import ordered

_SPAN = re.compile(r"(\d+):(\d+)-(\d+)")
_GOOD = (SupportVerdict.SUPPORTS, SupportVerdict.PARTLY)


class Outcome(StrEnum):
    """What became of a statement."""

    OK = "ok"
    CHANGED = "changed"
    COULD_NOT_JUDGE = "could_not_judge"


@dataclass(frozen=True)
class Checked:
    """One statement's outcome, with what was found in words; "" stands for the report itself."""

    statement: str
    outcome: Outcome
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckResult:
    """All outcomes, the report's own first."""

    checked: tuple[Checked, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was judged and found as it says."""
        return all(c.outcome is Outcome.OK for c in self.checked)


def check_report(report: Report, lookup: TextLookup, verifier: Verifier) -> CheckResult:
    """Verify a report from its sources' texts, believing nothing that it says of itself.

    A statement passes when each citation's text is there, has the digest and slices to the quote;
    when its marks are its citations; when the verifier gives the recorded verdicts; and when its
    computation, repeated, gives its figure. Without a text the outcome is "could not judge".
    """
    cards = {card.n: card for card in report.sources if card.n is not None}
    found = tuple(_report_findings(report))
    own = Checked("", Outcome.CHANGED if found else Outcome.OK, found)
    return CheckResult((own, *(_check(s, cards, lookup, verifier) for s in report.statements)))


def _report_findings(report: Report) -> Iterator[str]:
    numbers = [card.n for card in report.sources]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the sources are numbered {numbers}, not from 1 without gaps"
    for kind, ids in (
        ("source", [c.id for c in report.sources]),
        ("statement", [s.id for s in report.statements]),
    ):
        yield from (f"{kind} {i!r} stands twice" for i, n in Counter(ids).items() if n > 1)
    if not report.disclaimer.strip():
        yield "the disclaimer is missing"
    first = list(dict.fromkeys(c.n for s in report.statements for c in s.citations))
    if first != [n for n in numbers if n is not None]:
        yield "the sources are not numbered in order of first citation, or one is never cited"
    if not report.statements and report.refusal is None:
        yield "the report neither answers nor refuses"


def _check(
    statement: Statement, cards: dict[int, SourceCard], lookup: TextLookup, verifier: Verifier
) -> Checked:
    texts: dict[int, str] = {}
    findings: list[str] = []
    for citation in statement.citations:
        card = cards.get(citation.n)
        if card is None:
            findings.append(f"[{citation.n}] names no source of the report")
        elif card.sha256 != citation.sha256:
            findings.append(f"[{citation.n}] cites another version than the source card names")
        else:
            text = lookup(card.id, citation.sha256)
            if text is not None and digest(text) == citation.sha256:
                texts[citation.n] = text
    findings += _marks(statement)
    if findings:
        return Checked(statement.id, Outcome.CHANGED, tuple(findings))
    missing = sorted({c.n for c in statement.citations} - set(texts))
    if missing:
        names = ", ".join(f"[{n}]" for n in missing)
        return Checked(
            statement.id,
            Outcome.COULD_NOT_JUDGE,
            (f"the text of {names} in the cited version is not to be had",),
        )
    findings += _quotes(statement, texts)
    if not findings and statement.computation is not None:
        findings += _recount(statement, statement.computation, texts, verifier)
    elif not findings:
        findings += _support(statement, cards, verifier)
    outcome = Outcome.CHANGED if findings else Outcome.OK
    return Checked(statement.id, outcome, tuple(findings))


def _marks(statement: Statement) -> Iterator[str]:
    cited = {c.n for c in statement.citations}
    shown = {n for m in marks(statement.text) for n in m.numbers}
    if cited != shown:
        yield f"the sentence shows {sorted(shown)} but cites {sorted(cited)}"
    if (statement.kind is StatementKind.COMPUTED) != (statement.computation is not None):
        yield f"a {statement.kind} statement and its computation do not go together"


def _quotes(statement: Statement, texts: dict[int, str]) -> Iterator[str]:
    for c in statement.citations:
        if texts[c.n][c.start : c.end] != c.quote:
            yield f"the quote of [{c.n}] does not stand at {c.start}-{c.end} of its source"
        if c.quote_verdict is not QuoteVerdict.FOUND:
            yield f"the quote of [{c.n}] is recorded as {c.quote_verdict}"


def _support(
    statement: Statement, cards: dict[int, SourceCard], verifier: Verifier
) -> Iterator[str]:
    sentence = plain(statement.text)
    premises = [Premise(c.quote, about_card(cards[c.n])) for c in statement.citations]
    support = verifier.verify(sentence, premises)
    yield from support.findings
    if support.verdict is not statement.support:
        yield f"the cited text {support.verdict}, recorded is {statement.support}"
    elif abs(support.score - statement.score) > 0.02:
        yield f"the score is {support.score:.3f}, recorded is {statement.score:.3f}"
    for citation, premise in zip(statement.citations, premises, strict=True):
        alone = verifier.verify(sentence, [premise])
        if alone.verdict is not citation.verdict or abs(alone.score - citation.score) > 0.02:
            yield (
                f"[{citation.n}] alone: {alone.verdict} at {alone.score:.3f}, recorded is "
                f"{citation.verdict} at {citation.score:.3f}"
            )


def _recount(
    statement: Statement, computation: Computation, texts: dict[int, str], verifier: Verifier
) -> Iterator[str]:
    cited = {(c.n, c.start, c.end) for c in statement.citations}
    spans = [_SPAN.fullmatch(s) for s in computation.spans]
    if not all(spans) or len(set(computation.spans)) != len(spans):
        yield "a counted span cannot be read, or stands twice"
        return
    counted = [tuple(int(g) for g in m.groups()) for m in spans if m]
    value = len({n for n, _, _ in counted}) if computation.op == "count_sources" else len(counted)
    if value != computation.value:
        yield f"the count is {value}, recorded is {computation.value}"
    if set(counted) != cited:
        yield "the counted spans are not the cited ones"
        return
    for n, start, end in counted:
        quote = texts[n][start:end]
        missing = [t for t in computation.terms if not mentions(quote, t)]
        if missing:
            yield f"counted span {n}:{start}-{end} does not mention {missing[0]}"
        if (
            computation.claim
            and verifier.verify(computation.claim, [Premise(quote)]).verdict not in _GOOD
        ):
            yield f"counted span {n}:{start}-{end} does not bear out the claim"
    if not _shows(plain(statement.text), value):
        yield f"the sentence does not show the count {value}"
    yield from _foreign_numbers(plain(statement.text), computation, value)


def _shows(sentence: str, value: int) -> bool:
    small = ordered("numbers", "small")
    word = small[value] if value < len(small) else str(value)
    return re.search(rf"\b(?:{value}|{word})\b", sentence, re.I) is not None


def _foreign_numbers(sentence: str, computation: Computation, value: int) -> Iterator[str]:
    allowed = {str(value), *re.findall(r"\d+", computation.over)}
    allowed |= {n for t in computation.terms for n in re.findall(r"\d+", t)}
    for number in re.findall(r"\d+", sentence):
        if number not in allowed:
            yield f"the sentence has the number {number}, which was not computed"
