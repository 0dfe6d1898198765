"""Copying: how much of an answer is its sources' own words. Copying trivially cites well.

A sentence is verbatim if all of it stands in a cited source, letters and digits only; the copied
share counts content words in runs of at least three that a cited source has.
"""

from evals.metrics.alce import premise
from evals.metrics.metric import Case, Metric, Value
from evals.wording import contains, squeeze
from rag.verify.alignment import align


def _verbatim(case: Case) -> Value:
    case.require_texts()
    parsed = case.parsed
    copied = 0
    for sentence in parsed.sentences:
        cited = [parsed.sources[ref.n].text for ref in sentence.refs if ref.n in parsed.sources]
        copied += any(contains(squeeze(text), sentence.text) for text in cited)
    return Value(copied, len(parsed.sentences))


def _share(case: Case) -> Value:
    case.require_texts()
    parsed = case.parsed
    shares = []
    for sentence in parsed.sentences:
        premises = [premise(parsed, ref) for ref in sentence.refs if ref.n in parsed.sources]
        shares.append(align(sentence.text, premises).copied if premises else 0.0)
    return Value(sum(shares), len(shares))


def metrics() -> list[Metric[Case]]:
    """Return the two metrics."""
    return [
        Metric("verbatim_sentences", "sentences that a cited source has word for word", _verbatim),
        Metric("copied_words", "content words in runs of three or more of a cited text", _share),
    ]
