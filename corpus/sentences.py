"""Sentences and paragraphs as spans of a document's text.

Three steps for every line (a line end always ends a sentence): blingfire proposes borders, a
bullet or a plain stop before a capital adds some, and the abbreviation rules take away those that
fall inside a name, a number or a quotation. English and Spanish abbreviations are known; other
scripts rest on blingfire.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from corpus.documents import Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Titles and the like: a name or a number follows, never the end of a sentence.
_TITLES = _words(
    "Mr Mrs Ms Mx Messrs Dr Prof Rev Hon Gen Brig Lt Col Maj Capt Cmdr Comdr Cpl Sgt Adm Supt "
    "Insp Rep Reps Sen Sens Gov Govs Pres Amb Atty Asst Dept Mme Mlle Mgr Sra Srta Dra Gral "
    "Cnel Tte Cptan Ing Lic Arq Mons"
)
_LINKS = _words("vs v cf viz e.g i.e z.B d.h u.a p.ej approx ca transl lit")
# Short for "number", "page", a month and so on when a number follows, else words like any other.
_BEFORE_NUMBERS = _words(
    "no nos nr fig figs sec secs art arts eq ch vol vols p pp par para est op núm núms nro "
    "pág págs cap jan feb mar apr jun jul aug sep sept oct nov dec ene abr ago dic"
)
# These may end a sentence: only the next word can tell.
_PERHAPS_LAST = _words("St Sr Jr Inc Ltd Co Corp Bros al Univ Assn Mt Ft Ave Blvd Rd")
_LAST_BEFORE_CAPITAL = _words("etc a.m p.m Ph.D M.D B.A M.A LL.M")
_TIME_WORDS = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April "
    "May June July August September October November December Eastern Central Mountain "
    "Pacific Greenwich local EST EDT CST CDT PST PDT GMT UTC"
)
_OPENING_WORDS = _words(
    "The A An This That These Those It Its He His She Her They Their We Our You I There Here "
    "In On At By For From With Without Under Over After Before Since During Until Although "
    "Though While When Where If As And But Or Nor So Yet Because However Moreover Meanwhile "
    "Instead Then Now Also Both Each Some Many Most Few Several All Any Another Other Others "
    "No None Not Only Such What Who Why How Which Neither Either According Despite El La Los "
    "Las Lo Un Una Unos Unas Su Sus Este Esta Estos Estas Ese Esa En De Del Al Con Sin Por "
    "Para Según Desde Hasta Entre Sobre Tras Cuando Donde Como Si Y Pero Aunque Porque Además "
    "También Luego Después Ahora Ayer Hoy Nadie Ninguno Ninguna Ella Ellos Ellas"
)
_ARTICLES = _words("el El del Del al Al un Un the The señor Estimado")
# A letter or a roman number after one of these is no initial.
_LETTERED = _words(
    "act annex appendix article book chapter class grade group hepatitis lot option part "
    "phase plan schedule section series title type vitamin volume war"
)
_PARTICLES = _words("De Del La Las Los El Al")
_PLAIN_WORD = 5

_BULLETS = "•▪‣●◦■"
_STOPS = ".!?…。．！？।॥؟۔"
_UNAMBIGUOUS_STOPS = "。！？।॥؟۔"
_CLOSERS = "\"'”’»›)\\]」』）】"
_OPENERS = "\"'“‘«‹¿¡(\\["
_BULLET = re.compile(rf"(?<=\s)(?=[{_BULLETS}]\s)")
_PLAIN_STOP = re.compile(
    rf"(?<![{_STOPS}])[{_STOPS}]++[{_CLOSERS}]*+(?:\[\d{{1,3}}\])*+[⁰¹²³⁴-⁹]*+\s++"
    rf"(?=[{_OPENERS}]*+[^\W_])"
)
_TAIL = re.compile(
    r"\s*+(?:[)\]”’»›」』）】]|[\"'](?=\s|\Z)|\[\d{1,3}\](?=\s|\[|\Z)|[⁰¹²³⁴-⁹](?!\w))++"
)
_ENUMERATOR = re.compile(
    rf"\(?(?:\d{{1,3}}|[A-Za-z]|[IVXLC]{{2,6}}|[ivxlc]{{2,6}})[.)]|[-–—*+·{_BULLETS}]"
)
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}|[^\W\d_]")
_DOTTED = re.compile(r"(?:[A-Z]\.){2,}\s")
_FIRST_WORD = re.compile(rf"[{_OPENERS}]*+([^\W_][\w'’-]*+)(\.?)")
_NUMBER = re.compile(rf"[{_OPENERS}#$€£§.]*+(?:\d|[IVXLC]+\b)")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")
_WINDOW = 20_000
_LOOK_AROUND = 100


def split_sentences(text: str) -> list[Span]:
    """Return the sentences of `text` in order, as spans without outer white space.

    The spans do not overlap, none holds a line end, and every character that is not white space
    lies in exactly one of them.
    """
    sentences = []
    for start, line in _lines(text):
        borders = [0, *_borders(line), len(line)]
        for begin, end in pairwise(borders):
            if piece := line[begin:end].strip():
                first = start + line.index(piece, begin)
                sentences.append(Span(first, first + len(piece)))
    return sentences


def paragraphs(text: str) -> list[Span]:
    """Return the blocks of `text` between blank lines, as spans without outer white space."""
    return [
        Span(block.start(), block.start() + len(block[0].rstrip()))
        for block in re.finditer(r"\S.*(?:\n.*\S.*)*", text)
    ]


def paragraph_at(blocks: Sequence[Span], offset: int) -> int:
    """Return the number, from 0, of the paragraph in which the code point at `offset` stands."""
    return max(0, bisect_right(blocks, offset, key=lambda block: block.start) - 1)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and the text of each line that holds more than white space."""
    for line in re.finditer(r"[^\n]+", text):
        if not line[0].isspace():
            yield line.start(), line[0]


def _borders(line: str) -> list[int]:
    """Return the offsets at which a new sentence begins within `line`."""
    bullets = {match.start() for match in _BULLET.finditer(line)}
    proposed = set(_proposed_borders(line))
    plain = {match.end() for match in _PLAIN_STOP.finditer(line)}
    kept = [0]
    for border in sorted(bullets | proposed | plain):
        if border in bullets:
            kept.append(border)
        elif tail := _TAIL.match(line, border):
            if line[tail.end() : tail.end() + 1].isspace() and _parts(line, kept[-1], tail.end()):
                kept.append(tail.end())
        elif _parts(line, kept[-1], border, sure=border in proposed):
            kept.append(border)
    return kept[1:]


def _proposed_borders(line: str) -> Iterator[int]:
    """Yield the offsets, after the first, at which blingfire begins a sentence.

    Only beginnings are used: its ends leave out some characters.
    """
    from blingfire import text_to_sentences_and_offsets

    readable = _UNREADABLE.sub("\ufffd", line)
    for start in range(0, len(readable), _WINDOW):
        window = readable[start : start + _WINDOW]
        if not window.isspace():
            _, spans = text_to_sentences_and_offsets(window)
            yield from (start + begin for begin, _ in spans[1:])


def _parts(line: str, begin: int, border: int, *, sure: bool = True) -> bool:
    """Say whether a sentence that began at `begin` ends before `border`.

    `sure` is False for a border that only a stop and a following capital or digit speak for.
    """
    left = line[max(begin, border - _LOOK_AROUND) : border].strip()
    right = line[border : border + _LOOK_AROUND].lstrip()
    if not left or not right or _ENUMERATOR.fullmatch(left):
        return False
    next_word = _FIRST_WORD.match(right)
    if next_word and next_word[1][0].islower():
        return next_word[1][1:2].isupper()
    core = left.rstrip("\"'”’»›)]」』）】⁰¹²³⁴⁵⁶⁷⁸⁹")
    before, word = ["", "", *core.split()][-2:]
    if not word.endswith(".") or word.endswith(".."):
        return sure or _opens(next_word) or core[-1:] in _UNAMBIGUOUS_STOPS
    return _ends_after(
        word[:-1].lstrip("\"'“‘«‹¿¡(["), before, right, sure=sure or len(core) < len(left)
    )


def _ends_after(word: str, before: str, right: str, *, sure: bool) -> bool:
    """Say whether the stop after `word` ends the sentence, by the words around it."""
    next_word = _FIRST_WORD.match(right)
    opens = _opens(next_word)
    if word.lower() in _LINKS:
        return False
    if word.lower() in _BEFORE_NUMBERS and _NUMBER.match(right):
        return False
    if word in _LAST_BEFORE_CAPITAL:
        return not next_word or next_word[1] not in _TIME_WORDS
    if word in {"Sr", "St"} and (not before[:1].isupper() or before in _ARTICLES | _OPENING_WORDS):
        return False
    unit = len(word) == 1 and word.islower() and before[-1:].isdecimal()
    if unit or (len(word) <= 2 and before.lower() in _LETTERED):
        return True
    if word == "I" and before[:1].isupper() and not before.endswith("."):
        return sure
    if len(word) == 1 and word.isalpha() and next_word and next_word[1] in _PARTICLES:
        return False
    if word in _TITLES or word in _PERHAPS_LAST or _ACRONYM.fullmatch(word):
        return opens
    # "... he said. U.S. officials ...": blingfire takes the acronym for the sentence's own end.
    plain = word.islower() and len(word) >= _PLAIN_WORD - 1 and word.title() not in _TITLES
    known = len(word) >= _PLAIN_WORD or word.isdecimal() or (plain and bool(_DOTTED.match(right)))
    return sure or known or opens or bool(next_word and next_word[1] in _TITLES)


def _opens(word: re.Match[str] | None) -> bool:
    """Say whether the next word is one that begins sentences, and is not itself abbreviated."""
    return word is not None and word[1] in _OPENING_WORDS and not word[2]
