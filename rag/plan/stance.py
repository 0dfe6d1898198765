"""Which side a sentence is on, read from its words: denial, limit, allegation, criticism."""

import re
from collections.abc import Set

from index.annotations import Modality
from rag import terms
from rag.evidence import Evidence
from rag.words import words

# "Not only A but B" denies nothing.
_MERELY = re.compile(
    r"\b(?:not|no|never) (?:only|just|merely|simply|solely|longer|least|less|more|later|doubt)\b"
    r"|\bnothing (?:but|less)\b|\bcannot but\b",
    re.I,
)
# "A, and not B" denies only B.
_SET_APART = re.compile(r",? \b(?:and not|but not|rather than|other than|instead of)\b|, not\b")
_SILENT = re.compile(
    r"\b(?:not|no|never|nor|neither|only)\b[^,;]{0,40}\b(?:mention|name|list|give|appear|seen|"
    r"contain|say|state|describe|record|publish|cite)"
    r"|\b(?:gives?|names?|mentions?|lists?|contains?|states?|cites?) (?:no|none|neither)\b",
    re.I,
)
# Stems of the verbs by which a document is said to mention something.
MENTIONS = frozenset(terms.stem(w) for w in ("mention", "name", "list", "contain", "cite"))
# What gives no evidence for a thing does mention the thing.
_UNPROVEN = re.compile(r" ?(?:data|evidence|facts?|figures?|proof|sources?)\b", re.I)
_PASSIVE = re.compile(r"(?:not|never) (?:\w+ed|seen|given|appear)\b", re.I)
# So many words before a verb deny it.
_REACH = 5
_ACCUSING = frozenset({Modality.ALLEGED, Modality.CHARGED, Modality.DESIGNATED, Modality.CONVICTED})


def denies(evidence: Evidence, asked: frozenset[str] = frozenset()) -> bool:
    """Whether the sentence denies, rejects or doubts what it is about.

    What it only sets apart ("A, and not B") counts where most of B's stems are in `asked`.
    """
    if evidence.note.modality is Modality.DENIED:
        return True
    text = affirmed(evidence)
    aside = frozenset(terms.stems(evidence.text[len(text) :]))
    if aside and 2 * len(aside & asked) >= len(aside):
        return True
    if any(_opposes(word, asked) for word in evidence.words):
        return True
    text = _MERELY.sub("", text)
    if text == evidence.text:
        have: Set[str] = evidence.words
    else:
        have = {w.text.lower().replace("’", "'") for w in terms.split(text)}
    own = text == evidence.text and evidence.note.negated
    return own or _has(have, "denial") or "n't" in text or "n’t" in text


def _opposes(word: str, asked: frozenset[str]) -> bool:
    """Whether a word is a word of the question with a prefix that turns it round: unlawful."""
    return any(
        word.startswith(prefix) and terms.stem(word[len(prefix) :].lstrip("-")) in asked
        for prefix in words("cues", "opposites")
        if len(word) > len(prefix) + 3
    )


def denied_at(text: str, place: int) -> bool:
    """Whether a word of denial stands close before a place of the text, or right after it."""
    before = [w.lower() for w in re.findall(r"[\w'’]+", text[:place])][-_REACH:]
    after = [w.lower() for w in re.findall(r"[\w'’]+", text[place:])][1:3]
    denials = words("cues", "denial")
    return any(w in denials or w.endswith(("n't", "n’t")) for w in (*before, *after))


def affirmed(evidence: Evidence) -> str:
    """Return the sentence without what it sets itself apart from ("A, and not B" gives A)."""
    text = evidence.text
    for apart in _SET_APART.finditer(text):
        if not _MERELY.match(text[apart.start() :].lstrip(", ").removeprefix("and ")):
            return text[: apart.start()]
    return text


def limits(evidence: Evidence) -> bool:
    """Whether the sentence says that something is not known, not shown, or not said."""
    return _has(evidence.words, "limits") or _silent(evidence)


def accuses(evidence: Evidence) -> bool:
    """Whether the sentence alleges, charges, designates or convicts."""
    return not denies(evidence) and (
        evidence.note.modality in _ACCUSING or evidence.role == "allegation"
    )


def charges(evidence: Evidence) -> bool:
    """Whether the sentence itself alleges, charges, designates or convicts, whoever tells it."""
    return not denies(evidence) and evidence.note.modality in _ACCUSING


def alleges(evidence: Evidence) -> bool:
    """Whether it puts something forward as an accusation, true or not."""
    return not denies(evidence) and (
        evidence.note.modality in (Modality.ALLEGED, Modality.CHARGED)
        or evidence.role == "allegation"
    )


def criticises(evidence: Evidence) -> bool:
    """Whether the sentence argues against an act."""
    return _has(evidence.words, "criticism")


def contests(evidence: Evidence) -> bool:
    """Whether somebody argues in it that what is said is wrong."""
    return (
        denies(evidence)
        and not limits(evidence)
        and (
            evidence.note.modality is Modality.DENIED
            or criticises(evidence)
            or _has(evidence.words, "disputes")
        )
    )


def explains(evidence: Evidence) -> bool:
    """Whether the sentence says how or why something came about."""
    return _has(evidence.words, "explanation")


def about_document(evidence: Evidence) -> bool:
    """Whether the main subject is a piece of writing, so that the remark is about its wording."""
    subject = evidence.text[: evidence.note.subject_end or 60]
    return any(w.text.lower() in words("documents", "nouns") for w in terms.split(subject))


def left_out(evidence: Evidence) -> frozenset[str]:
    """Return the stems of what a document is said not to mention; none where nothing is.

    It is the subject of "X is not mentioned", and what follows in "does not mention X".
    """
    for part in re.split(r"[,;] (?:and|but|while) ", evidence.text):
        silent = _SILENT.search(part)
        if silent:
            passive = _PASSIVE.match(part, silent.start())
            thing = part[: silent.start()] if passive else part[silent.end() :]
            if _UNPROVEN.match(thing):
                return frozenset()
            return frozenset(terms.stems(thing))
    return frozenset()


def _silent(evidence: Evidence) -> bool:
    """Whether it says that a document does not mention something."""
    return _SILENT.search(evidence.text) is not None


def _has(have: Set[str], cue: str) -> bool:
    return not have.isdisjoint(words("cues", cue))
