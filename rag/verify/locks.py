"""Locks: every number, date, proper name and negation of a sentence stands in its premises."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from rag import terms
from rag.verify.support import Premise
from rag.words import ordered, words

_NUMBER = re.compile(r"(?<![\w.])[-−]?[$€£]?\d[\d.,]*(?:st|nd|rd|th|s)?(?![\w])|(?<=[\w-])\d+")
_NAME = re.compile(r"(?:[A-Z]\.){2,}|\b[A-ZÀ-ÞĀ-Ž][\w’'-]*")


def findings(sentence: str, premises: Sequence[Premise]) -> list[str]:
    """Return what in `sentence` no premise bears out, in words; empty when the locks hold.

    Numbers and dates are compared by value ("1,200" = "1200", "two" = "2"), names by their words
    without accents, possessives or case endings, negation by presence on either side.
    """
    texts = [p.text for p in premises]
    known = "\n".join([*texts, *(p.about for p in premises)])
    found = [f"number: {n} is not in the cited text" for n in _missing_numbers(sentence, known)]
    found += [f"name: {n} is not in the cited text" for n in missing_names(sentence, known)]
    if denies(sentence) and not any(denies(t) for t in texts):
        found.append("negation: the sentence denies what the cited text does not")
    if texts and all(hedges(t) for t in texts) and not hedges(sentence):
        found.append("attribution: the cited text alleges or hedges what the sentence states")
    return found


def hedges(text: str) -> bool:
    """Whether a text alleges, reports or puts weakly what it says."""
    weak = words("cues", "hedges") | words("cues", "speech")
    return any(w.text.lower() in weak for w in terms.split(text) if w.text != "May")


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text by value; small number words count as their digits."""
    small = ordered("numbers", "small")
    values = {_value(m.group()) for m in _NUMBER.finditer(text)}
    values |= {
        str(small.index(w.text.lower())) for w in terms.split(text) if w.text.lower() in small
    }
    return frozenset(v for v in values if v)


def _value(number: str) -> str:
    digits = re.sub(r"[^\d.]", "", number.replace(",", "")).strip(".")
    if not digits:
        return ""
    if digits.count(".") > 1:
        return digits
    whole, _, fraction = digits.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def _missing_numbers(sentence: str, known: str) -> list[str]:
    have, small = numbers(known), ordered("numbers", "small")
    written = {_value(m.group()) for m in _NUMBER.finditer(sentence)} - {""}
    spelled = {
        w.text.lower()
        for w in terms.split(sentence)
        if w.text.lower() in small[2:] and str(small.index(w.text.lower())) not in have
    }
    return sorted(written - have) + sorted(spelled)


@lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """Return a word without accents, case, possessive and dots, for comparing names."""
    plain = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.removesuffix("'s").removesuffix("'").replace(".", "")


def missing_names(sentence: str, known: str) -> list[str]:
    """Return the capitalised words of `sentence` that do not occur in `known`.

    The first word counts only if it is written with a capital elsewhere in the sentence or is no
    common English word; acronyms count when their letters are the initials of a known name.
    """
    have = {fold(p) for w in terms.split(known) for p in (w.text, *re.split(r"[-’']", w.text))}
    missing = []
    for match in _NAME.finditer(sentence):
        word = match.group()
        parts = [fold(p) for p in re.split(r"-", word) if p]
        if fold(word) in have or all(p in have for p in parts):
            continue
        if fold(word) in words("grammar", "function") | words("numbers", "small") or _initial(
            sentence, match.start(), word
        ):
            continue
        bare = re.sub(r"[’']s?$|\.", "", word)
        if len(bare) > 1 and bare.isupper() and is_acronym(fold(word), known):
            continue
        missing.append(word)
    return list(dict.fromkeys(missing))


def _initial(sentence: str, start: int, word: str) -> bool:
    """Whether the capital is owed to the start of a sentence or quotation, not to a name."""
    before = sentence[:start].rstrip()
    opens = not before or before[-1] in '.?!:“"‘('
    return opens and not word.isupper() and word.lower() in _common()


@cache
def _common() -> frozenset[str]:
    speech = frozenset().union(*(words("speech", k) for k in ("plain", "other")))
    return words("grammar", "function") | words("frames", "licensed") | speech


def is_acronym(letters: str, known: str) -> bool:
    """Whether letters, in small ones, are the initials of a name in `known`, with "of" or not."""
    if len(letters) < 2:
        return False
    names = re.findall(
        r"[A-ZÀ-Þ][\w’'.-]*(?:,? (?:of|the|and|for|on|de|la|los|[A-ZÀ-Þ][\w’'.-]*))*", known
    )
    spelled = ([w for w in re.split(r"[ ,-]+", name) if w] for name in names)
    return any(
        letters in "".join(fold(w)[:1] for w in name if small or w[0].isupper())
        for name in spelled
        for small in (False, True)  # "DOJ" has the "of" of its name
    )


def denies(text: str) -> bool:
    """Whether a text has a word of denial, doubt or negation."""
    lower = text.lower().replace("’", "'")
    return "n't" in lower or any(
        w.text.lower() in words("cues", "denial") for w in terms.split(lower)
    )
