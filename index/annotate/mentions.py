"""Proper names, and the one form of each within a document."""

import re
from collections.abc import Sequence
from typing import Any

from index.annotations import Mention, Role

_WORD = r"[A-Z][\w’'.&-]*"
_ACRONYM = re.compile(
    rf"({_WORD}(?: (?:{_WORD}|of|the|and|for|on|de|la|los))*) \(([A-Z][\w.-]{{1,9}})\)"
)
_ALSO = re.compile(
    r"([A-Z][\w’' -]+?),? (?:also known as|or|also called) (?:the )?"
    r"([A-Z][\w’'-]+(?: (?:of|the|de|los|[A-Z][\w’'-]+))*)"
)
_DROPPED = frozenset(
    {"DATE", "TIME", "CARDINAL", "ORDINAL", "PERCENT", "MONEY", "QUANTITY", "LANGUAGE"}
)
_LINK = frozenset(
    {
        "de",
        "del",
        "la",
        "los",
        "las",
        "of",
        "the",
        "and",
        "von",
        "van",
        "di",
        "da",
        "do",
        "al",
        "el",
        "for",
    }
)


def role(token: Any) -> Role:
    """Return the part that a phrase with this head plays in its clause."""
    if token.dep_ in ("nsubj", "nsubjpass"):
        return Role.SUBJECT
    if token.dep_ in ("dobj", "obj", "attr", "oprd", "iobj", "dative"):
        return Role.OBJECT
    return Role.OTHER


def names(sentence: Any) -> list[tuple[int, int, str, Role]]:
    """Return (start, end, label, role) of each proper name, as offsets within the sentence.

    Capitalised runs joined by small words ("Cartel de los Soles") are taken whole even where the
    parser's entity covers a part of them.
    """
    found = []
    covered: set[int] = set()
    for start, end in _runs(sentence):
        tokens = sentence.doc[start:end]
        label = next((t.ent_type_ for t in tokens if t.ent_type_), "")
        if label in _DROPPED:
            continue
        covered |= set(range(start, end))
        text_start = tokens.start_char - sentence.start_char
        found.append((text_start, tokens.end_char - sentence.start_char, label, role(tokens.root)))
    return found


def _runs(sentence: Any) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    i = sentence.start
    while i < sentence.end:
        if not _capital(sentence, i):
            i += 1
            continue
        end = i + 1
        while end < sentence.end:
            if _capital(sentence, end) or sentence.doc[end].text == "-":
                end += 1
                continue
            ahead = end
            while ahead < sentence.end and ahead - end < 2 and _joins(sentence.doc[ahead]):
                ahead += 1
            if ahead > end and ahead < sentence.end and _capital(sentence, ahead):
                if sentence.doc[end].text.lower() in ("and", "the", "for") and not _one_entity(
                    sentence.doc, i, ahead
                ):
                    break
                end = ahead
                continue
            break
        while end > i + 1 and sentence.doc[end - 1].text in ("-", "'s", "’s"):
            end -= 1
        runs.append((i, end))
        i = end
    return runs


def _one_entity(doc: Any, start: int, last: int) -> bool:
    return any(e.start <= start + 1 and e.end > last for e in doc.ents)


def _joins(token: Any) -> bool:
    return token.text in _LINK


def _capital(sentence: Any, i: int) -> bool:
    token = sentence.doc[i]
    text = token.text
    if not text[:1].isupper() or token.ent_type_ in _DROPPED:
        return False
    if i == sentence.start:
        return token.pos_ == "PROPN" or (text.isupper() and len(text) > 1)
    return token.pos_ in ("PROPN", "ADJ", "NOUN", "X") and text.lower() not in ("the", "a", "an")


class Aliases:
    """What each name of a document is short for, learnt from the document itself."""

    def __init__(self, text: str, names: Sequence[str], publisher: str | None) -> None:
        self._full: dict[str, str] = {}
        for full, short in _ACRONYM.findall(text):
            self._full[short] = re.sub(r"^(?:The|the) ", "", full)
        known = sorted({*names, *([publisher] if publisher else [])}, key=len, reverse=True)
        for full, also in _ALSO.findall(text):
            first = next((n for n in known if full.endswith(n)), None)
            second = next((n for n in known if also.startswith(n)), None)
            if first and second and first != second:
                self._full[second] = first
        for name in known:
            longer = [k for k in known if k != name and k.endswith(f" {name}")]
            if len(longer) == 1 and " " not in name:
                self._full.setdefault(name, longer[0])

    def canonical(self, name: str) -> str:
        """Return the full form of a name, or the name itself."""
        return self._full.get(name, name)


def mentions(sentence: Any, aliases: Aliases) -> tuple[Mention, ...]:
    """Return the sentence's names in their canonical form."""
    text = sentence.text
    return tuple(
        Mention(aliases.canonical(text[start:end]), start, end, label, part)
        for start, end, label, part in names(sentence)
    )
