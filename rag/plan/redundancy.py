"""Sentences that say the same: told once, with every independent source behind them."""

from collections.abc import Iterable, Sequence

import numpy as np

from rag.evidence import Evidence, Pool
from rag.plan import chronology, stance
from rag.verify import locks

_SAME = 0.86
_AGREE = 0.72
_CONTAINED = 0.6
_COPY = 0.97


def repeats(evidence: Evidence, said: Iterable[Evidence]) -> bool:
    """Whether a reader of `said` learns nothing from this sentence: no figure, no act, nothing."""
    figures = {f.value for f in evidence.note.figures}
    return any(
        not evidence.ids.isdisjoint(other.ids)
        or (
            figures <= {f.value for f in other.note.figures}
            and (float(evidence.vector @ other.vector) > _SAME or _contained(evidence, other))
            and not _another_act(evidence, other)
            and _on_one_side(evidence, other)
        )
        for other in said
    )


def _on_one_side(evidence: Evidence, other: Evidence) -> bool:
    """Whether neither denies, nor finds unproven, what the other says."""
    return stance.denies(evidence) == stance.denies(other) and stance.limits(
        evidence
    ) == stance.limits(other)


def _another_act(evidence: Evidence, other: Evidence) -> bool:
    """Whether the two tell acts of different days, however alike they are told."""
    days = [chronology.act_date(e) for e in (evidence, other)]
    return None not in days and days[0] != days[1]


def _contained(evidence: Evidence, other: Evidence) -> bool:
    shared = len(evidence.stems & other.stems)
    return shared >= 0.85 * max(len(evidence.stems), 1)


def agrees(main: Evidence, other: Evidence, pool: Pool) -> bool:
    """Whether `other` independently says all that `main` says: meaning, names, numbers, polarity.

    Both must be put equally surely, and come from different publishers.
    """
    if main.publisher == other.publisher or main.document.id == other.document.id:
        return False
    cosine = float(main.vector @ other.vector)
    if not _AGREE < cosine < _COPY:
        return False
    return (
        pool.coverage(other.stems, tuple(main.stems)) >= _CONTAINED
        and locks.numbers(main.text) <= locks.numbers(other.text)
        and not locks.missing_names(main.text, other.text)
        and stance.denies(main) == stance.denies(other)
        and main.note.modality == other.note.modality
    )


def stack(main: Evidence, pool: Pool, *, limit: int = 2) -> tuple[Evidence, ...]:
    """Return up to `limit` sentences of other publishers that agree with `main`."""
    found: list[Evidence] = []
    cosines = pool.cosines(main.vector)
    near = np.flatnonzero((cosines > _AGREE) & (cosines < _COPY))
    for other in (pool.evidence[i] for i in near):
        if len(found) == limit:
            break
        if other.publisher not in {f.publisher for f in found} and agrees(main, other, pool):
            found.append(other)
    return tuple(found)


def distinct(
    candidates: Sequence[Evidence],
    n: int,
    *,
    said: Sequence[Evidence] = (),
    per_document: int = 1,
    per_publisher: int = 2,
) -> list[Evidence]:
    """Return the first `n` candidates that repeat neither `said` nor one another.

    At most `per_document` of one document and `per_publisher` of one publisher are taken.
    """
    chosen: list[Evidence] = []
    for candidate in candidates:
        if len(chosen) == n:
            break
        if sum(c.document.id == candidate.document.id for c in chosen) >= per_document:
            continue
        if sum(c.publisher == candidate.publisher for c in chosen) >= per_publisher:
            continue
        if not repeats(candidate, [*said, *chosen]):
            chosen.append(candidate)
    return chosen


def origins(evidence: Sequence[Evidence]) -> int:
    """Count independent origins: one a publisher, and copies of one text are one origin."""
    independent: list[Evidence] = []
    for candidate in evidence:
        copied = any(
            candidate.publisher == other.publisher
            or float(candidate.vector @ other.vector) >= _COPY
            for other in independent
        )
        if not copied:
            independent.append(candidate)
    return max(1, len(independent))
