"""Numbers that are no dates, with the unit or thing they count."""

import re

from index.annotate.dates import MONTH, dates
from index.annotate.tree import Sentence, Token
from index.annotate.words import table, words
from index.annotations import Figure

_CURRENCY = r"US\$|A\$|C\$|[$€£¥₹]"
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_WORDED = "|".join(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "thousand",
        "million",
        "billion",
        "trillion",
        "dozen",
    ]
)
_NUMBER = re.compile(
    rf"(?<![\w.,$€£-])(?P<currency>{_CURRENCY})?(?P<digits>{_DIGITS})"
    rf"(?:[ -](?P<scale>hundred|thousand|million|billion|trillion|bn|m)\b)?"
    rf"|\b(?P<worded>(?:(?:{_WORDED})(?:[ -](?:and )?)?)+)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r" ?(?:%|per ?cent\b|percentage points?\b)")
_RATE = re.compile(r" (?:per|for every|in every) [\d,]+(?: [a-z]+)?(?: [a-z]+)?")
_RANGE = re.compile(rf" ?(?:-|–|to|and|or) ?(?:{_CURRENCY})?(?:{_DIGITS})")
_MONTH_BEFORE = re.compile(rf"\b(?:{MONTH})\.? $")
_MONTH_AFTER = re.compile(rf"(?:st|nd|rd|th)? (?:of )?(?:{MONTH})\b")
_CLOCK = re.compile(r"[:.]?\d{0,2} ?(?:[ap]\.?m\b|o['’]clock)", re.IGNORECASE)
_DECADE = re.compile(r"['’]?s\b")
_COUNTING = frozenset({"compound", "quantmod", "nummod", "conj", "amod"})
_INSIDE = re.compile(r"[\w/:]")


def figures(sentence: Sentence) -> tuple[Figure, ...]:
    """Return the figures of a sentence in order, as digits or in words.

    The unit is "%", a sign of currency, a unit of measure, or the noun that is counted with its
    adjectives ("confirmed cases"); a rate keeps its base ("deaths per 100,000 people"). Dates,
    years, times of day, ordinals and numbers that are names ("Article 5") are no figures.
    """
    text = sentence.text
    dated = [range(d.start, d.end) for d in dates(text)]
    found: list[Figure] = []
    taken = 0
    for match in _NUMBER.finditer(text):
        start, end = match.start(), match.end()
        end -= len(match.group()) - len(match.group().rstrip(" -"))
        if start < taken or any(start in r for r in dated) or _no_count(sentence, match, end):
            continue
        value = _value(match)
        if value is None:
            continue
        unit, taken = _unit(sentence, match, end)
        found.append(Figure(start, end, value, unit))
    return tuple(found)


def _value(match: re.Match[str]) -> float | None:
    if match["worded"]:
        return _spelled(match["worded"])
    value = float(match["digits"].replace(",", ""))
    scale = (match["scale"] or "").lower()
    return value * float(table("numbers").get(scale, "1"))


def _spelled(text: str) -> float | None:
    """Return the value of a number in words, or None for "a million" and other loose ones."""
    total, current = 0.0, 0.0
    for word in re.split(r"[ -]+", text.lower().strip(" -")):
        if word == "and":
            continue
        number = float(table("numbers")[word])
        if number >= 1000:
            total += (current or 1) * number
            current = 0
        elif number == 100 or word == "dozen":
            current = (current or 1) * number
        else:
            current += number
    return total + current


def _no_count(sentence: Sentence, match: re.Match[str], end: int) -> bool:
    text = sentence.text
    before, after = text[: match.start()], text[end:]
    if match["worded"]:
        return _loose(sentence, match)
    if _MONTH_BEFORE.search(before) or _MONTH_AFTER.match(after):
        return True
    if match["currency"] or _PERCENT.match(after):
        return False
    if _CLOCK.match(after) or _DECADE.match(after) or re.match(r"(?:st|nd|rd|th)\b", after):
        return True
    if _INSIDE.match(after) and not after.startswith(("km", "kg", "m", "g", "t", "%", "cm", "mm")):
        return True
    last = before.rstrip(" #").rsplit(" ", 1)[-1].lower().strip('("“')
    if last in words("numbered"):
        return True
    plain = match["digits"]
    year = plain.isdigit() and len(plain) == 4 and 1000 <= int(plain) <= 2100
    token = _token(sentence, match.start())
    if token is None:
        return True
    if year and not match["scale"]:
        counted = token.dep == "nummod" and token.head.tag == "NNS" and token.head.i > token.i
        return not counted or token.entity in ("DATE", "EVENT", "LAW", "WORK_OF_ART")
    named = token.i > 0 and sentence.tokens[token.i - 1].tag.startswith("NNP")
    return named and not match["scale"] and token.dep in ("nummod", "appos", "compound")


def _loose(sentence: Sentence, match: re.Match[str]) -> bool:
    """Whether a number in words is none: "one of them", "the one", "a million reasons"."""
    token = _token(sentence, match.start())
    if token is None or token.tag not in ("CD", "NN", "JJ", "NNP"):
        return True
    text = match["worded"].strip(" -").lower()
    if text == "one":
        return token.dep not in ("nummod", "compound") or token.head.i < token.i
    return token.lower in ("second", "seconds")


def _token(sentence: Sentence, start: int) -> Token | None:
    return next((t for t in sentence.tokens if t.start <= start < t.end), None)


def _unit(sentence: Sentence, match: re.Match[str], end: int) -> tuple[str, int]:
    """Return the unit and the offset up to which the text is used up by it."""
    text = sentence.text
    after = text[end:]
    if match["currency"]:
        return match["currency"], end
    percent = _PERCENT.match(after)
    if percent:
        return "%", end + percent.end()
    spread = _RANGE.match(after)
    if spread:
        beyond = text[end + spread.end() :]
        scaled = re.match(r"[ -](?:hundred|thousand|million|billion|trillion)\b", beyond)
        beyond = beyond[scaled.end() :] if scaled else beyond
        if _PERCENT.match(beyond):
            return "%", end
        return _counted(sentence, end + spread.end() - 1, beyond)[0], end
    return _counted(sentence, end - 1, after)


def _counted(sentence: Sentence, at: int, after: str) -> tuple[str, int]:
    measure = re.match(r"[ -]?([A-Za-z°/]+)(?:2|3|²|³)?\b", after)
    stop = at + 1
    token = _token(sentence, at)
    noun = _noun(token) if token is not None else None
    unit = ""
    if measure and measure.group(1).lower() in words("units"):
        unit, stop = measure.group().strip(" -"), stop + measure.end()
    elif noun is not None and token is not None:
        unit = sentence.text[sentence.tokens[token.i + 1].start : noun.end].strip(" -")
        stop = noun.end
    rate = _RATE.match(sentence.text[stop:])
    if unit and rate:
        return unit + rate.group(), stop + rate.end()
    return unit, at + 1


def _noun(number: Token) -> Token | None:
    """Return the noun that a number counts, if it follows."""
    token = number
    while token.dep in _COUNTING and token.head is not token:
        token = token.head
        if token.noun:
            break
    return token if token.noun and token.tag != "CD" and token.i > number.i else None
