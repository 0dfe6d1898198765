"""Noun phrases: what each is, and whether it can stand alone elsewhere."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass

from index.annotate.aliases import head_noun
from index.annotate.phrases import base
from index.annotate.tree import COUNTS, TIMES, Sentence, Token, conjuncts
from index.annotate.whole import whole
from index.annotate.words import words
from index.annotations import Mention, Reference

_LONGEST = 10
_BEHIND = frozenset({"prep", "relcl", "acl"})
_ENDINGS = ("er", "or", "ist", "ian")
_HAPPENINGS = ("tion", "sion", "ment", "ing")
_BODILY = frozenset({"ORG", "GPE", "NORP"})


@dataclass(frozen=True)
class Reading:
    """A sentence with its names; `articled` are the document's names that it puts "the" before."""

    sentence: Sentence
    named: Sequence[Mention]
    articled: Set[str] = frozenset()

    def mention(self, token: Token) -> Mention | None:
        """Return the name that the token is a part of."""
        return next((m for m in self.named if m.start <= token.start < m.end), None)


def person(token: Token, mention: Mention | None) -> bool:
    """Whether a noun or name is somebody."""
    if mention is not None:
        return mention.label == "PERSON"
    return token.pos == "NOUN" and person_noun(token.lemma)


def person_noun(lemma: str) -> bool:
    """Whether a common noun is a word for a person."""
    if lemma in words("persons"):
        return True
    known = words(
        "impersons", "bodies", "places", "events", "objects", "documents", "unique", "time"
    )
    return len(lemma) > 4 and lemma.endswith(_ENDINGS) and lemma not in known


def body(token: Token, mention: Mention | None) -> bool:
    """Whether a noun or name is a body that can decide and speak."""
    if mention is not None:
        return mention.label in _BODILY or head_noun(mention.name) in words("bodies", "firms")
    return token.lemma in words("bodies")


def happening(lemma: str) -> bool:
    """Whether a common noun is a word for something that happens or is done."""
    return lemma in words("events") or (len(lemma) > 6 and lemma.endswith(_HAPPENINGS))


def plural(token: Token, mention: Mention | None) -> bool | None:
    """Whether a phrase is plural, by its verb, its list or its form; None where that is unknown."""
    inside = range(mention.start, mention.end) if mention is not None else range(0)
    if any(c.dep == "conj" and c.noun and c.start not in inside for c in token.children):
        return not token.has("or")
    if token.dep in ("nsubj", "nsubjpass"):
        for verb in (token.head, *token.head.each("aux", "auxpass")):
            if verb.tag == "VBZ" or verb.lower == "was":
                return False
            if verb.tag == "VBP" or verb.lower == "were":
                return True
    if mention is not None:
        if mention.label == "NORP":
            return token.tag == "NNPS" or token.text.endswith("s")
        if mention.label in ("PERSON", "GPE"):
            return False
        return None if token.tag == "NNPS" else False
    return token.tag in ("NNS", "NNPS")


def identified(token: Token) -> bool:
    """Whether a noun after "the" has words with it that say which one is meant."""
    for child in token.children:
        if child.dep in _BEHIND and child.i > token.i:
            return True
        if child.dep in ("compound", "nmod", "poss", "appos"):
            return True
        if child.dep == "amod" and child.lower not in words("deictic"):
            return True
        if child.tag in ("JJS", "RBS") or child.lower == "only":
            return True
        if child.dep == "nummod" and child.entity in TIMES:
            return True
    return False


def article(reading: Reading, mention: Mention) -> str:
    """Return "the " where the canonical name is said with it."""
    before = reading.sentence.text[: mention.start].lower()
    own = reading.sentence.text[mention.start : mention.end] == mention.name
    if mention.label == "PERSON":
        return "the " if own and before.endswith("the ") else ""
    if own or mention.name in reading.articled:
        return "the " if before.endswith("the ") or not own else ""
    return "the " if takes_the(mention.name) else ""


def takes_the(name: str) -> bool:
    """Whether a body's name is usually said with "the"."""
    return (
        " of " in name or " for " in name or name.rsplit(maxsplit=1)[-1].lower() in words("bodies")
    )


def self_contained(reading: Reading, token: Token, found: Sequence[Reference] = ()) -> str | None:
    """Return the phrase that the noun heads as it can stand alone in mid-sentence, or None.

    Names come in their canonical form; common nouns must be definite and identified, a plain
    plural or a plain mass noun, and must lean on no reference.
    """
    members = list(conjuncts(token))
    if len(members) > 1 and all(m.noun for m in members):
        texts = [_single(reading, m, found) for m in members]
        if len(texts) > 3 or any(t is None for t in texts):
            return None
        listed = [t for t in texts if t is not None]
        link = " or " if token.has("or") else " and "
        return link.join([", ".join(listed[:-1]), listed[-1]])
    return _single(reading, token, found)


def _single(reading: Reading, token: Token, found: Sequence[Reference]) -> str | None:
    sentence = reading.sentence
    if token.entity in TIMES | COUNTS or not token.noun:
        return None
    for reference in found:
        if reference.start <= token.start < reference.end:
            exact = reference.end == token.end or sentence.text[token.end : reference.end] in ("",)
            return reference.text if exact and token.pos != "PRON" else None
    name = next((c for c in token.children if c.dep == "appos" and _is_person(reading, c)), None)
    if name is not None and token.pos == "NOUN":
        token = name
    mention = reading.mention(token)
    if mention is not None:
        kept = whole(sentence, mention, reading.named)
        return _named(reading, token, mention) if kept else None
    return _common(reading, token, found)


def _is_person(reading: Reading, token: Token) -> bool:
    mention = reading.mention(token)
    return mention is not None and mention.label == "PERSON"


def _named(reading: Reading, token: Token, mention: Mention) -> str | None:
    sentence = reading.sentence
    outside = [
        c
        for c in token.children
        if c.i < token.i
        and c.start < mention.start
        and c.dep in ("amod", "compound", "nummod", "nmod", "poss", "advmod")
    ]
    if not outside or mention.label == "PERSON":
        return article(reading, mention) + mention.name
    if any(c.dep == "poss" or c.lower in words("deictic") for c in outside):
        return None
    parts = (reading.mention(c) for c in outside)
    if any(m is not None and m.label not in ("GPE", "LOC", "NORP") for m in parts):
        return None  # "Sun Yat-sen" and "University", found as two
    first = min(c.left for c in outside)
    lead = "the " if any(c.dep == "det" and c.lower == "the" for c in token.children) else ""
    return lead + sentence.text[sentence.tokens[first].start : mention.end]


def _common(reading: Reading, token: Token, found: Sequence[Reference]) -> str | None:
    sentence = reading.sentence
    first, last = token.left, token.right
    for child in token.children:
        if child.i > token.i and (
            child.dep in ("relcl", "acl", "appos") or child.text in (",", "(")
        ):
            last = min(last, child.left - 1)
    while last > token.i and sentence.tokens[last].pos == "PUNCT":
        last -= 1
    start, end = sentence.span(first, last)
    text = sentence.text[start:end]
    if re.match(r" ?[\"“]", sentence.text[end:]):
        return None
    if len(text.split()) > _LONGEST or any(r.start < end and start < r.end for r in found):
        return None
    if sentence.quoted[token.i]:
        return None
    if any(t.pos == "PRON" or t.text in '"“”()' for t in sentence.tokens[first : last + 1]):
        return None
    if not _says_which(reading, token, sentence.tokens[first : last + 1]):
        return None
    opening = sentence.tokens[first]
    proper = any(m.start == opening.start for m in reading.named) or opening.tag == "NNP"
    return text if proper else text[0].lower() + text[1:]


def _says_which(reading: Reading, token: Token, inside: Sequence[Token]) -> bool:
    determiner = next((c for c in token.children if c.dep == "det"), None)
    premodified = base(token)[:-1]
    if any(t.lower in words("deictic", "additional") for t in premodified):
        return False
    if determiner is None:
        owner = token.child("poss")
        if owner is not None:
            return reading.mention(owner) is not None
        if token.child("nummod") is not None or (not premodified and not token.plural):
            return _mass(token)
        return token.tag in ("NNS", "NN") and all(
            t.pos in ("NOUN", "ADJ", "PROPN", "ADP", "ADV", "PART", "DET", "CCONJ", "PUNCT")
            for t in inside
        )
    if determiner.lower == "the":
        named = any(m.start < t.end and t.start < m.end for m in reading.named for t in inside)
        return identified(token) and named
    defines = token.dep == "nsubj" and token.head.lemma == "be" and token.head.tag == "VBZ"
    return determiner.lower in ("a", "an") and defines and token.head.child("attr") is not None


def _mass(token: Token) -> bool:
    return token.tag == "NN" and token.child("nummod") is None and token.dep == "nsubj"
