"""The question: checked, understood, and taken apart without a parser."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from corpus.dates import PartialDate
from rag import terms
from rag.words import phrases, words

MAX_CHARACTERS = 4000
# What only asks whether the rest is so.
_TRUE = re.compile(r"^(?:is|was) it (?:true|correct|right|a fact) that ", re.I)


class QuestionError(ValueError):
    """The question cannot be asked as it stands; the message says why and what to do."""


class Kind(StrEnum):
    """What sort of answer a question wants."""

    LIST = "list"
    SINGLE = "single"
    YES_NO = "yes_no"
    QUANTITY = "quantity"
    OPEN = "open"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its parts.

    `names` are the proper names in it, `asked` the noun phrases whose members a list question
    wants ("Venezuelan organizations", "criminal groups"), `predicate` what is asked about them.
    `stems` are the content stems of the whole.
    """

    text: str
    kind: Kind
    names: tuple[str, ...]
    asked: tuple[str, ...]
    predicate: str
    stems: tuple[str, ...]
    language: str = "en"
    future: bool = False
    as_of: PartialDate | None = None

    @property
    def name_stems(self) -> frozenset[str]:
        """The content stems of its names."""
        return frozenset(stem for name in self.names for stem in terms.stems(name))

    @property
    def said(self) -> frozenset[str]:
        """The content stems of what is asked of those asked for, without its names."""
        return frozenset(terms.stems(self.predicate)) - self.name_stems

    def touches(self, name: str) -> bool:
        """Whether a word of a name is one of the question's, or has the root of one."""
        return any(terms.akin(word, self._small) for word in terms.small(name))

    def covers(self, name: str) -> bool:
        """Whether every word of a name is one of the question's, or has the root of one."""
        return all(terms.akin(word, self._small) for word in terms.small(name))

    @property
    def _small(self) -> list[str]:
        return terms.small(self.text)

    @classmethod
    def parse(cls, text: str, *, as_of: PartialDate | None = None) -> "Question":
        """Read a question.

        Raises:
            QuestionError: it is empty, longer than 4,000 characters, or has no words in it.
        """
        clean = _clean(text)
        kind, plain = _kind(clean), _TRUE.sub("", _fiscal(clean))
        asked, predicate = _asked(plain) if kind in (Kind.LIST, Kind.SINGLE) else ((), plain)
        first = terms.split(clean)[0].text.lower()
        return cls(
            text=clean,
            kind=kind,
            names=_names(plain),
            asked=asked,
            predicate=predicate,
            stems=tuple(dict.fromkeys(terms.stems(plain))),
            language=_language(clean),
            future=first in words("questions", "future"),
            as_of=as_of,
        )


def sub_questions(text: str) -> list[str]:
    """Return the separate questions of a text that asks several, or the text alone."""
    parts = [p.strip() for p in re.findall(r"[^?]+\?", text)]
    whole = [p for p in parts if len(terms.split(p)) >= 3]
    return whole if len(whole) > 1 else [text]


def _clean(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        raise QuestionError(
            f"The question has {len(text):,} characters; ask in at most {MAX_CHARACTERS:,}."
        )
    kept = "".join(
        " " if c in "\n\r\t" else c
        for c in text
        if c in "\n\r\t" or unicodedata.category(c)[0] != "C"
    )
    clean = re.sub(r"\s+", " ", unicodedata.normalize("NFC", kept)).strip()
    if not clean:
        raise QuestionError("The question is empty; write what you want to know.")
    if not any(len(w.text) > 1 and any(c.isalpha() for c in w.text) for w in terms.split(clean)):
        raise QuestionError(f"{clean[:60]!r} has no words in it; write a question in words.")
    return clean


def _fiscal(text: str) -> str:
    """Write out fiscal years, as documents do: "FY2024" and "FY 24" are "fiscal year 2024"."""
    return re.sub(
        r"\bFY ?[’']?((?:19|20)?\d\d)\b",
        lambda year: f"fiscal year {year[1] if len(year[1]) > 2 else f'20{year[1]}'}",
        text,
    )


def _kind(text: str) -> Kind:
    lower = re.sub(r"^(?:and|so|but|ok|please|tell me|then)[ ,]+", "", text.lower())
    if any(re.match(rf"{re.escape(p)}\b", lower) for p in phrases("questions", "product")):
        return Kind.PRODUCT
    if any(re.match(rf"{re.escape(p)}\b", lower) for p in phrases("questions", "quantity")):
        return Kind.QUANTITY
    tokens = [w.text for w in terms.split(lower)]
    if re.match(r"(?:which|what)\b", lower):
        asked, _ = _asked(text)
        if asked:
            one = re.match(r"(?:which|what) (?:is|was) the\b", lower)
            return Kind.LIST if any(_plural(a) for a in asked) and not one else Kind.SINGLE
        return Kind.OPEN
    if any(re.match(rf"{re.escape(p)}\b", lower) for p in phrases("questions", "single")):
        return Kind.SINGLE
    if tokens[0] in words("grammar", "auxiliaries"):
        return Kind.YES_NO
    if re.match(r"(?:list|name|give|identify|enumerate)\b", lower):
        return Kind.LIST
    return Kind.OPEN


def _asked(text: str) -> tuple[tuple[str, ...], str]:
    """Split "Which A or B are C?" into (A, B) and C; nothing asked where there is no noun."""
    stripped = text.rstrip("?!. ")
    match = re.match(
        r"(?:which|what|list|name|identify)\b(?: (?:are|is|were|was) the\b)?", stripped, re.I
    )
    if not match:
        return (), stripped
    tokens = terms.split(stripped[match.end() :])
    if not tokens or tokens[0].text.lower() in words("questions", "what_verbs"):
        return (), stripped
    offset = match.end()
    auxiliaries = words("grammar", "auxiliaries")
    split = next(
        (i for i, w in enumerate(tokens) if w.text.lower() in auxiliaries | {"that", "who", "of"}),
        None,
    )
    if split and tokens[split].text.lower() == "of":
        # In "gases make up the air of Venus" the phrase with "of" belongs to the predicate.
        after = _verb_after_plural(tokens[: split + 1])
        split = after if after and after + 1 < split else split
    if split is None:
        split = next(
            (
                i
                for i, w in enumerate(tokens)
                if i
                and re.search(r"(?:[^s]s|ed)$", w.text)
                and w.text.islower()
                and not _plural(w.text)
            ),
            None,
        )
    if split is None and match.group().endswith(" the"):
        # "What is the longest highway | in Georgia?"
        places = words("answers", "before_places")
        split = next((i for i, w in enumerate(tokens) if i and w.text.lower() in places), None)
    elif split is None:
        split = _verb_after_plural(tokens)
    if not split:
        return (), stripped
    noun = stripped[offset : offset + tokens[split].start].strip()
    rest = stripped[offset + tokens[split].start :].strip()
    if match.group().endswith(" the") and tokens[split - 1].text[0].isupper():
        # "What is the Roman Empire known for?" and "What was the film Alexander adapted from?" ask
        # for no member of a kind.
        return (), stripped
    if tokens[0].text.lower() in words("grammar", "kinds") and rest.lower().startswith("of "):
        return _asked(f"which {rest[3:]}")
    if rest.lower().startswith("of "):
        return (noun,), rest[3:]
    asked = tuple(p.strip() for p in re.split(r",|\bor\b|\band\b", noun) if p.strip())
    return asked, rest


def _verb_after_plural(tokens: list[terms.Word]) -> int | None:
    """The place of the word after the first plural noun: "Which banks | collapsed in 2008"."""
    for i, word in enumerate(tokens[:-1]):
        if i and _plural(word.text) and tokens[i + 1].text.lower() in words("grammar", "articles"):
            return i  # "museum keeps the crown": no noun stands before an article
        if _plural(word.text) and tokens[i + 1].text.lower() not in {"or", "and"}:
            return i + 1
    return 1 if len(tokens) > 2 else None


def _plural(phrase: str) -> bool:
    head = terms.split(phrase)[-1].text.lower()
    if head in words("grammar", "irregular_plurals"):
        return True
    return len(head) > 3 and head.endswith("s") and not head.endswith(("ss", "us", "is"))


def _names(text: str) -> tuple[str, ...]:
    """Return runs of capitalised words (joined by de, of, the, ...), the question word excluded."""
    name = r"(?:(?:[A-Z]\.){2,}|[A-Z]\.(?= [A-Z])|[A-ZÀ-ÞİŠŽ][\w'’-]*\w|[A-Z]{2,})"
    link = r"(?: (?:de|del|de la|de los|di|da|do|du|von|van|la|of|of the|el|al|ibn|bin))?"
    found = []
    for match in re.finditer(rf"(?<!\w){name}(?:{link} {name})*(?: [IVX]\b)?", text):
        words_of = match.group().split(" ")
        if match.start() == 0 and words_of[0].lower() in _openers():
            words_of = words_of[1:]
            while words_of and words_of[0][0].islower():
                words_of = words_of[1:]
        run = " ".join(words_of).removesuffix("'s").removesuffix("’s")
        if run and run.lower() not in words("grammar", "function"):
            found.append(run)
    return tuple(dict.fromkeys(found))


def _openers() -> frozenset[str]:
    return (
        words("grammar", "function")
        | words("grammar", "auxiliaries")
        | {"list", "name", "give", "identify", "explain", "describe", "tell", "show"}
    )


def _language(text: str) -> str:
    """Guess the language by function words; English unless another has clearly more."""
    tokens = terms.small(text)
    counts = {
        code: sum(t in words("languages", code) for t in tokens)
        for code in ("en", "es", "fr", "de", "pt", "it")
    }
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts["en"] + 1 else "en"
