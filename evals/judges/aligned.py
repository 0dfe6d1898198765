"""The independent judge: how well each word of a sentence is matched by a word of its evidence.

Words are compared by the cosine of their states in a sentence encoder; how well they are matched,
in what order, and which figures, names and denials have no match become features, and a logistic
regression over them was fitted on public claims that people had judged (see `evals.judges.fit`).
It shares neither rule nor weight with the verifier that decides what Citeproof shows, except that
both know what a number, a name and a word of denial is. It reads no meaning: a swapped word that
fits as well passes.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

from evals.judges.judge import Agreement, JudgeFailed, Verdict
from evals.judges.tokens import States, TokenStates, count_words
from index.embedding import Vectors
from rag import terms
from rag.verify import locks
from rag.verify.support import Premise
from rag.words import words

WEIGHTS = Path(__file__).with_name("aligned.json")
_WINDOW = 3
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])|\n+")
# What the sources of the pairs are called among the data sets.
_SETS = {"attrbench": "attributionbench", "expertqa": "expertqa", "wice": "wice"}
_LOW, _HALF = 0.65, 0.5


@dataclass(frozen=True)
class Weights:
    """A fitted logistic regression, and how it did on claims that it was not fitted on."""

    name: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    threshold: float
    agreement: tuple[Agreement, ...]
    fitted_on: frozenset[str]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        """Read the weights that come with the package, or those of another fit."""
        data = json.loads(path.read_text("utf-8"))
        return cls(
            name=data["name"],
            mean=tuple(data["mean"]),
            scale=tuple(data["scale"]),
            coefficients=tuple(data["coefficients"]),
            intercept=data["intercept"],
            threshold=data["threshold"],
            agreement=tuple(Agreement(**a) for a in data["agreement"]),
            fitted_on=frozenset(
                name
                for source in data["fitted_on"]
                for start, name in _SETS.items()
                if source.startswith(start)
            ),
        )


@dataclass(frozen=True)
class AlignedJudge:
    """Judges by alignment; the model is loaded at the first sentence."""

    weights: Weights

    @property
    def name(self) -> str:
        """The name of the fit."""
        return self.weights.name

    @property
    def agreement(self) -> tuple[Agreement, ...]:
        """What the fit recorded."""
        return self.weights.agreement

    @property
    def fitted_on(self) -> frozenset[str]:
        """The data sets of the fit's pairs."""
        return self.weights.fitted_on

    @cached_property
    def _states(self) -> TokenStates:
        return TokenStates()

    def judge(self, sentence: str, premises: Sequence[Premise]) -> Verdict:
        """Return the verdict; see `Judge`."""
        texts = [f"{p.about}.\n{p.text}" if p.about else p.text for p in premises]
        w = self.weights
        found = features(sentence, texts, self._states)
        scaled = (found - np.asarray(w.mean)) / np.asarray(w.scale)
        logit = float(scaled @ np.asarray(w.coefficients)) + w.intercept
        score = 1 / (1 + np.exp(-logit))
        return Verdict(bool(score >= w.threshold), round(float(score), 4))


def features(sentence: str, texts: Sequence[str], states: TokenStates) -> Vectors:
    """Return the features of a sentence against texts, shape (40,), float64.

    Raises:
        JudgeFailed: the sentence or the texts have no word.
    """
    ours = states.read(sentence)
    windows = [w for text in texts for w in _windows(text, states.read(text)) if w.words]
    if not ours.words or not windows:
        raise JudgeFailed("there is no word to compare")
    similar = [ours.vectors @ w.vectors.T for w in windows]
    best = max(range(len(windows)), key=lambda i: _mean(similar[i].max(axis=1), ours))
    together = np.concatenate(similar, axis=1)
    every = tuple(word for w in windows for word in w.words)
    text = "\n".join(texts)
    return np.asarray(
        [
            *_matching(ours, together, every, text),
            *_matching(ours, similar[best], windows[best].words, " ".join(windows[best].words)),
            float(ours.text @ windows[best].text),
            max(float(ours.text @ w.text) for w in windows),
            float(locks.denies(sentence) and not locks.denies(text)),
            float(locks.denies(" ".join(windows[best].words)) and not locks.denies(sentence)),
            float(locks.hedges(text) and not locks.hedges(sentence)),
            np.log(len(ours.words)),
            np.log(len(every)),
            float(len(texts) > 1),
        ],
        dtype=np.float64,
    )


def _windows(text: str, read: States) -> list[States]:
    """Return every run of three sentences, or the whole if there are fewer."""
    counts = [n for part in _SENTENCE_END.split(text) if (n := count_words(part))]
    if len(counts) <= _WINDOW:
        return [read]
    ends = [0, *accumulate(counts)]
    return [read.part(a, b) for a, b in zip(ends, ends[_WINDOW:], strict=False)]


def _mean(best: Vectors, ours: States) -> float:
    return float((best * ours.weights).sum() / ours.weights.sum())


def _matching(
    ours: States, similar: Vectors, theirs: Sequence[str], text: str
) -> tuple[float, ...]:
    """Return sixteen features of one alignment."""
    best = similar.max(axis=1)
    content = np.array([w.lower() not in words("grammar", "function") for w in ours.words])
    if not content.any():
        content[:] = True
    order = np.sort(best[content])
    places = similar.argmax(axis=1)
    steps = np.diff(places[content])
    stems, known = terms.stems(" ".join(ours.words)), set(terms.stems(" ".join(theirs)))
    pairs = set(pairwise(stems))
    order_theirs = terms.stems(" ".join(theirs))
    shared = pairs & set(pairwise(order_theirs))
    figures = locks.numbers(" ".join(ours.words))
    capital = np.array([w[0].isupper() for w in ours.words]) & content
    capital[0] = False
    names = [w for w, is_name in zip(ours.words, capital, strict=True) if is_name]
    missing = locks.missing_names(" ".join(names), text) if names else []
    return (
        _mean(best, ours),
        float((best[content] * ours.weights[content]).sum() / ours.weights[content].sum()),
        float(order[0]),
        float(order[min(1, len(order) - 1)]),
        float(np.quantile(order, 0.25)),
        float((order < _HALF).mean()),
        float((order < _LOW).mean()),
        sum(s in known for s in stems) / len(stems) if stems else 1.0,
        len(shared) / len(pairs) if pairs else 1.0,
        len(figures - locks.numbers(text)) / len(figures) if figures else 0.0,
        float(bool(figures - locks.numbers(text))),
        len(missing) / len(names) if names else 0.0,
        float(best[capital].min()) if capital.any() else 1.0,
        float(best[content & ~capital].min()) if (content & ~capital).any() else 1.0,
        float((steps == 1).mean()) if len(steps) else 1.0,
        float((steps > 0).mean()) if len(steps) else 1.0,
    )
