"""The default verifier: copied text is proven by alignment, the rest judged by a hand score."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.embedding import Vectors
from rag import terms
from rag.report import SupportVerdict
from rag.verify import locks
from rag.verify.alignment import align
from rag.verify.support import Premise, Support

_SUPPORTS = 0.62
_PARTLY = 0.42
# An attribution may be longer than what it introduces, but not by much.
_COPIED = 0.25
_WINDOW = 3


@dataclass(frozen=True)
class HandVerifier:
    """A transparent verifier that needs no training.

    A sentence whose every content word is copied in runs from its premises, or belongs to an
    attribution that their sources license, is supported when the locks hold. Any other sentence
    gets the hand score: .45 cosine + .45 containment of content stems + .15 containment of their
    bigrams - .35 missing numbers - .25 missing names - .2 negation mismatch - .05 lost hedge
    - .15 longest missing run, the best over windows of three sentences. Without `embed` the cosine
    is taken to equal the containment.
    """

    embed: Callable[[Sequence[str]], Vectors] | None = None
    supports: float = _SUPPORTS
    partly: float = _PARTLY

    @property
    def name(self) -> str:
        """Method and version."""
        return "alignment+hand@1" if self.embed else "alignment+hand-lexical@1"

    def verify(self, sentence: str, premises: Sequence[Premise]) -> Support:
        """Judge one sentence against the union of its premises; see `Verifier`."""
        if not premises or not sentence.strip():
            return Support(SupportVerdict.NOT_ADDRESSED, 0.0, ("nothing to judge",))
        found = tuple(locks.findings(sentence, premises))
        aligned = align(sentence, premises)
        if not aligned.leftover and aligned.copied >= _COPIED and not found:
            return Support(SupportVerdict.SUPPORTS, round(0.9 + 0.1 * aligned.copied, 3))
        score = self.score(sentence, premises)
        return Support(self._verdict(score, found), round(score, 3), found)

    def score(self, sentence: str, premises: Sequence[Premise]) -> float:
        """Return the hand score, 0 to 1, of a sentence against its premises."""
        windows = [w for p in premises for w in _windows(p.text)]
        if len(premises) > 1:
            windows.append(" ".join(p.text for p in premises))
        cosines = self._cosines(sentence, windows)
        return max(
            _hand_score(sentence, window, cosine)
            for window, cosine in zip(windows, cosines, strict=True)
        )

    def _cosines(self, sentence: str, windows: Sequence[str]) -> list[float]:
        if self.embed is None:
            return [_containment(terms.stems(sentence), terms.stems(w)) for w in windows]
        vectors = self.embed([sentence, *windows])
        return [float(v) for v in vectors[1:] @ vectors[0]]

    def _verdict(self, score: float, found: Sequence[str]) -> SupportVerdict:
        if any(f.startswith("negation") for f in found) and score >= self.partly:
            return SupportVerdict.REFUTES
        if score >= self.supports and not found:
            return SupportVerdict.SUPPORTS
        return SupportVerdict.PARTLY if score >= self.partly else SupportVerdict.NOT_ADDRESSED


def _windows(text: str) -> list[str]:
    """Return every run of three sentences of a premise, roughly cut, or the whole if shorter."""
    parts = re.split(r"(?<=[.!?])\s+(?=[A-Z“\"])", text)
    if len(parts) <= _WINDOW:
        return [text]
    return [" ".join(parts[i : i + _WINDOW]) for i in range(len(parts) - _WINDOW + 1)]


def _hand_score(sentence: str, window: str, cosine: float) -> float:
    ours, theirs = terms.stems(sentence), terms.stems(window)
    score = 0.45 * cosine + 0.45 * _containment(ours, theirs)
    score += 0.15 * _containment(_bigrams(ours), _bigrams(theirs))
    have, written = locks.numbers(window), locks.numbers(sentence)
    if written:
        score -= 0.35 * len(written - have) / len(written)
    names = [w.text for w in terms.split(sentence)[1:] if w.text[0].isupper()]
    if names:
        score -= 0.25 * len(locks.missing_names(" ".join(names), window)) / len(names)
    score -= 0.2 * (locks.denies(sentence) != locks.denies(window))
    score -= 0.05 * (locks.hedges(window) and not locks.hedges(sentence))
    score -= 0.15 * _longest_missing(ours, frozenset(theirs)) / max(len(ours), 1)
    return min(1.0, max(0.0, score))


def _containment(ours: Sequence[object], theirs: Sequence[object]) -> float:
    wanted = set(ours)
    return len(wanted & set(theirs)) / len(wanted) if wanted else 0.0


def _bigrams(stems: Sequence[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(stems))


def _longest_missing(ours: Sequence[str], theirs: frozenset[str]) -> int:
    longest = run = 0
    for stem in ours:
        run = 0 if stem in theirs else run + 1
        longest = max(longest, run)
    return longest
