"""The counts behind citation recall and precision (ALCE: Gao et al., 2023, section 3.3).

A sentence is supported if every citation of it resolves and their texts together entail it, by the
judge; a sentence without a citation is not. A citation is needed if its sentence is supported and
it does not hold both that its own text does not entail the sentence and that the other citations'
texts without it do.

Where the authors' program differs from that, this one does not follow: of `[1, 2]` it reads only
the 1; `[0]` it takes for the last source; `[2024]` spoils its sentence; and the citations of a
sentence that cites a source out of range are left out of the precision. Here the first cites two,
the second and any number out of range is a citation that supports nothing and counts as one, and
a bracketed year is text.
"""

from dataclasses import dataclass

from evals.items import Ref, Sentence
from evals.judges.judge import Judge
from evals.metrics.metric import Case
from evals.parsing import Parsed
from rag.verify.support import Premise


@dataclass(frozen=True, slots=True)
class Support:
    """What the judge found in one answer."""

    sentences: int
    supported: int
    citations: int
    needed: int

    @property
    def recall(self) -> float:
        """Supported sentences of all."""
        return self.supported / self.sentences

    @property
    def precision(self) -> float:
        """Needed citations of all; 0 where there is none."""
        return self.needed / self.citations if self.citations else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def support(case: Case, judge: Judge) -> Support:
    """Judge every sentence of an answer.

    Raises:
        Unscorable: there is no sentence, or a cited text is not there.
        JudgeFailed: the judge could not judge one of them.
    """
    case.require_texts()
    supported = citations = needed = 0
    for sentence in case.parsed.sentences:
        refs = tuple(dict.fromkeys(sentence.refs))
        citations += len(refs)
        if not supports(case.parsed, sentence, refs, judge):
            continue
        supported += 1
        needed += sum(_needed(case.parsed, sentence, refs, ref, judge) for ref in refs)
    return Support(len(case.parsed.sentences), supported, citations, needed)


def supports(parsed: Parsed, sentence: Sentence, refs: tuple[Ref, ...], judge: Judge) -> bool:
    """Whether all of the citations resolve and together support the sentence."""
    if not refs or not all(parsed.resolves(ref) for ref in refs):
        return False
    return judge.judge(sentence.text, [premise(parsed, ref) for ref in refs]).supports


def premise(parsed: Parsed, ref: Ref) -> Premise:
    """Return what a citation offers: its quote, else the whole text of its source."""
    source = parsed.sources[ref.n]
    about = source.about
    if about is None:
        about = "; ".join(part for part in (source.title, source.published) if part)
    return Premise(ref.quote if ref.quote is not None else source.text, about)


def _needed(
    parsed: Parsed, sentence: Sentence, refs: tuple[Ref, ...], ref: Ref, judge: Judge
) -> bool:
    if len(refs) == 1 or supports(parsed, sentence, (ref,), judge):
        return True
    return not supports(parsed, sentence, tuple(r for r in refs if r != ref), judge)
