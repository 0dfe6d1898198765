"""Words of a text, and the stems by which two texts are compared."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from threading import Lock

import snowballstemmer

from rag.words import words

_WORD = re.compile(
    r"(?:[A-Z]\.){2,}"  # U.S.
    r"|[$€£]?\d[\d.,]*\d|[$€£]?\d"  # 1,200.5
    r"|\w+(?:[-'’]\w+)*",
    re.UNICODE,
)
# Words of a name that give it no initial.
MINOR = frozenset(["of", "the", "and", "for", "on", "in", "de", "la", "du", "des", "y"])


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number and its place in the text, in code points, end exclusive."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Word]:
    """Return the words and numbers of `text` in order; punctuation is left out."""
    return list(_split(text))


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[Word, ...]:
    return tuple(Word(m.group(), m.start(), m.end()) for m in _WORD.finditer(text))


@cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("porter")


# The stemmer keeps the word it is at: two threads would get stems of each other's words.
_stemming = Lock()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the Porter stem of a word (Porter, 1980), as the lexical index has it."""
    lower = word.lower().replace("’", "'")
    lower = lower.removesuffix("'s").removesuffix("'")
    if "." in lower and not any(c.isdigit() for c in lower):
        return lower.replace(".", "")
    with _stemming:
        return str(_stemmer().stemWord(lower))


@lru_cache(maxsize=16384)
def stems(text: str) -> tuple[str, ...]:
    """Return the stems of the content words of `text`, in order, repeated words repeated."""
    function = words("grammar", "function")
    return tuple(
        stem(w.text) for w in split(text) if w.text.lower() not in function and len(w.text) > 1
    )


def small(text: str) -> list[str]:
    """Return the words of `text` in order, in small letters."""
    return [w.text.lower() for w in split(text)]


def same_root(word: str, other: str) -> bool:
    """Whether two words share their root as a place and its people do: Peru, Peruvian."""
    shared = 0
    for a, b in zip(word, other, strict=False):
        if a != b:
            break
        shared += 1
    return shared >= 4 and shared >= min(len(word), len(other)) - 1


def akin(word: str, others: Iterable[str]) -> bool:
    """Whether a word is one of the others, or has the root of one."""
    return any(word == other or same_root(word, other) for other in others)


def initials(name: str) -> str:
    """Return the initials of a name of several words: "DEA"; "" for fewer than three."""
    major = [w for w in name.split() if w.lower() not in MINOR and "." not in w]
    letters = "".join(w[0] for w in major if w[0].isupper())
    return letters if len(letters) > 2 else ""
