"""Sentences of one's own documents with one thing changed: what a verifier must not let pass.

Every sentence with a number, a date, a name or a negatable verb gives two claims against itself and
its neighbours: as it stands (supported), and with the number, the month, the name or the polarity
changed (not).
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from corpus.sentences import split_sentences
from evals.datasets.gold import documents
from evals.datasets.reading import digest_of
from evals.items import Claim, Dataset, Passage

_NUMBER = re.compile(r"(?<![\w.,$])\d+(?:,\d{3})*(?:\.\d+)?(?![\w%])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-zé]+(?: [A-Z][a-zé]+)+")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DATE = re.compile(rf"\b({'|'.join(_MONTHS)})\b(?= \d)|(?<=\d )({'|'.join(_MONTHS)})\b")
_VERB = re.compile(r"\b((?:does|do|did|is|are|was|were) not|is|are|was|were|has|have)\b")
_SEED = 11


def load(folder: Path) -> Dataset:
    """Make claims of a folder of documents; equal documents give equal claims.

    Raises:
        LoadError: the folder or a file of it cannot be read.
    """
    passages = documents(folder)
    names = sorted({m.group() for p in passages for m in _NAME.finditer(p.text)})
    rng = np.random.default_rng(_SEED)
    claims = tuple(claim for p in passages for claim in _claims(p, names, rng))
    return Dataset("swaps", digest_of([(p.id, p.text) for p in passages]), claims=claims)


def _claims(passage: Passage, names: Sequence[str], rng: np.random.Generator) -> Iterator[Claim]:
    spans = split_sentences(passage.text)
    texts = [span.slice(passage.text) for span in spans]
    for i, text in enumerate(texts):
        premise = " ".join(texts[max(0, i - 1) : i + 2])
        changes = {
            "number": _other_number(text, premise),
            "date": _other_month(text, premise),
            "name": _other_name(text, premise, names, rng),
            "polarity": _other_polarity(text),
        }
        for kind, changed in changes.items():
            if changed is not None:
                name = f"{passage.id}/{i}/{kind}"
                yield Claim(f"{name}/as-is", text, (premise,), True, passage.id, kind)
                yield Claim(name, changed, (premise,), False, passage.id, kind)


def _other_number(text: str, premise: str) -> str | None:
    match = _NUMBER.search(text)
    if match is None:
        return None
    digits = match.group()
    for step in range(1, 9):
        last = str((int(digits[-1]) + step) % 10)
        other = digits[:-1] + last
        if not re.search(rf"(?<!\d){re.escape(other)}(?!\d)", premise) and other.strip("0,."):
            return text[: match.start()] + other + text[match.end() :]
    return None


def _other_month(text: str, premise: str) -> str | None:
    match = _DATE.search(text)
    if match is None:
        return None
    at = _MONTHS.index(match.group())
    others = (_MONTHS[(at + step) % 12] for step in (1, 2, 3, 6, 9))
    other = next((month for month in others if month not in premise), None)
    return text[: match.start()] + other + text[match.end() :] if other else None


def _other_name(
    text: str, premise: str, names: Sequence[str], rng: np.random.Generator
) -> str | None:
    match = _NAME.search(text)
    others = [name for name in names if name not in premise]
    if match is None or not others:
        return None
    return text[: match.start()] + str(rng.choice(others)) + text[match.end() :]


def _other_polarity(text: str) -> str | None:
    match = _VERB.search(text)
    if match is None:
        return None
    verb = match.group()
    other = verb.removesuffix(" not") if verb.endswith(" not") else f"{verb} not"
    return text[: match.start()] + other + text[match.end() :]
