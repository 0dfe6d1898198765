"""The default writer: the sources' own sentences, attributed, led in and joined."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.citations import Quote
from rag.evidence import Evidence
from rag.plan import stance
from rag.plan.plan import Count, Finding, Part, Plan, PlannedSection, Roll
from rag.report import SectionKind, StatementKind
from rag.write import computed, headings, joins
from rag.write.clause import Clause, clause
from rag.write.draft import Draft, Piece
from rag.write.frames import Frames
from rag.write.initials import Initials
from rag.write.joins import Told
from rag.write.mentioned import Mentioned
from rag.write.naming import Naming
from rag.write.roll import roll
from rag.write.speakers import needs_speaker
from rag.write.writer import WrittenSection

_HOWEVER = "however"
_PASSAGE = "passage"
# A passage is told whole, however long.
_WHOLE = 1000


class VerbatimWriter:
    """Writes without a language model: every clause is copied from the span that it cites."""

    @property
    def name(self) -> str:
        """Method and version."""
        return "verbatim@1"

    def begin(self, plan: Plan) -> "VerbatimSession":
        """Start a report."""
        planned = [e for f in plan.findings if isinstance(f, Finding | Roll) for e in _named(f)]
        naming = Naming([e.document for e in plan.pool.evidence], planned)
        alone = len({e.publisher for e in planned}) == 1 and not any(e.role for e in planned)
        frames = Frames(plan.pool, naming, alone=alone)
        return VerbatimSession(
            plan, naming, frames, Mentioned(plan.pool), Initials(planned, plan.question.text)
        )


@dataclass
class VerbatimSession:
    """One report being written."""

    plan: Plan
    naming: Naming
    frames: Frames
    mentioned: Mentioned
    initials: Initials = field(default_factory=Initials)

    def summary(self, findings: Sequence[Finding | Count | Roll]) -> list[Draft]:
        """Write the executive summary: claims, then the other side after "However"."""
        self.frames.reset()
        return self._paragraph(findings, contrast=_HOWEVER)

    def section(self, section: PlannedSection) -> WrittenSection:
        """Write one section as a paragraph under a heading that states its finding."""
        self.frames.reset()
        heading = headings.heading(section, self.plan.pool, self.naming)
        # Reactions to a row of events contrast with none of them.
        contrast = "" if section.kind is SectionKind.CONTEXT else "by contrast"
        drafts = self._paragraph(section.findings, contrast=contrast)
        return WrittenSection(heading, tuple(drafts))

    def fallback(self, draft: Draft) -> Draft | None:
        """Return the main evidence alone, word for word, if it needs nobody to say it."""
        if not draft.evidence or draft.kind is StatementKind.COMPUTED:
            return None
        evidence = draft.evidence[0]
        if not evidence.note.alone or needs_speaker(evidence, evidence.text):
            return None
        words = evidence.text.strip().rstrip(".")
        if words == draft.text.rstrip("."):
            return None
        quote = Quote(evidence.document, evidence.span)
        return Draft((Piece(words, (quote,)),), StatementKind.QUOTED, (evidence,))

    def _paragraph(
        self, findings: Sequence[Finding | Count | Roll], *, contrast: str
    ) -> list[Draft]:
        written: list[Told | Draft] = []
        turned = False
        for finding in findings:
            if isinstance(finding, Roll):
                written.append(roll(finding, self.naming, self.plan.pool))
                continue
            if isinstance(finding, Count):
                draft = computed.count(finding, self.naming)
                if draft is not None:
                    written.append(draft)
                continue
            last = written[-1] if written else None
            before = last if isinstance(last, Told) else None
            previous = before.finding if before else None
            lead = self._lead(finding, previous, contrast, turned=turned)
            turned = turned or bool(lead)
            written.append(self._sentence(finding, lead, before))
        return self._joined(written)

    def _joined(self, written: Sequence[Told | Draft]) -> list[Draft]:
        """Join what can be joined, two by two; the two sides of a conflict stay apart."""
        drafts: list[Draft] = []
        open_: Told | None = None
        apart = {e.sentence.id for a, b, _ in self.plan.conflicts for e in (a, b)}
        for told in written:
            if isinstance(told, Draft):
                drafts.append(told)
                open_ = None
                continue
            if open_ is not None and told.finding.evidence.sentence.id not in apart:
                whole = joins.join(open_, told, self.plan.pool)
                if whole is not None:
                    drafts[-1] = whole
                    open_ = None
                    continue
            drafts.append(told.draft)
            open_ = told
        return drafts

    def _lead(
        self, finding: Finding, previous: Finding | None, contrast: str, *, turned: bool
    ) -> str:
        if turned or previous is None or finding.part is Part.CRUX:
            return ""
        before, now = (f.part is Part.OBJECTION for f in (previous, finding))
        # Only a summary tells the claim after what denies it.
        answers = contrast == _HOWEVER and before and finding.part is Part.CLAIM
        objects = now and not before and not stance.denies(previous.evidence)
        # What a section turns on lies between the claims and what is said against them.
        if previous.part is Part.CRUX and contrast != _HOWEVER:
            return ""
        return contrast if answers or objects else ""

    def _sentence(self, finding: Finding, lead: str, before: Told | None) -> Told:
        evidence = finding.evidence
        if evidence.parts:
            return self._passage(finding, lead)
        words = self.initials.spell_out(clause(evidence), evidence)
        first = (
            before is not None and joins.may_open(before) and joins.has_room(before, words.length)
        )
        listed = "; ".join(item.text.strip(" .;,") for item in finding.items)
        whole = f"{words.text}: {listed}" if listed else words.text
        text = self.frames.attribute(whole, evidence, lead=lead, first=first)
        text = self.mentioned.again(text, evidence)
        self.initials.note(text)
        further = (*finding.items, *finding.stacked)
        quotes = (*words.quotes, *(Quote(e.document, e.span) for e in further))
        kind = _kind(evidence, words, text)
        draft = Draft((Piece(text, quotes),), kind, finding.cited)
        return Told(finding, draft, self.frames.last_form, lead)

    def _passage(self, finding: Finding, lead: str) -> Told:
        """Tell who says the first sentence, and the others word for word after it."""
        first, *others = finding.evidence.parts
        words = clause(first, longest=_WHOLE)
        text = self.frames.attribute(words.text, first, lead=lead)
        self.frames.last_form = _PASSAGE
        self.initials.note(text)
        pieces = [Piece(text, words.quotes)]
        pieces += [
            Piece(f". {e.text.strip().rstrip('.')}", (Quote(e.document, e.span),)) for e in others
        ]
        draft = Draft(tuple(pieces), StatementKind.WRITTEN, (finding.evidence,))
        return Told(finding, draft, _PASSAGE, lead)


def _named(planned: Finding | Roll) -> Sequence[Evidence]:
    """Return the evidence whose publisher may be named with it."""
    return planned.cited if isinstance(planned, Roll) else planned.cited[:1]


def _kind(evidence: Evidence, words: Clause, text: str) -> StatementKind:
    plain = words.verbatim and text.rstrip(".") == evidence.text.rstrip(".")
    framed = words.verbatim and needs_speaker(evidence, words.text)
    return StatementKind.QUOTED if plain or framed else StatementKind.WRITTEN
