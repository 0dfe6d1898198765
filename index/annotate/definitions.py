"""Phrases that say what a name is."""

from typing import Any

from index.annotate.clauses import subject
from index.annotations import Definition, Mention

_LONGEST = 16


def definitions(sentence: Any, mentions: tuple[Mention, ...]) -> tuple[Definition, ...]:
    """Return what the sentence says its names are; nothing from a negated clause."""
    found: list[Definition] = []
    for token in sentence:
        if token.dep_ == "appos" and token.pos_ in ("NOUN", "PROPN") and _article(token):
            _add(found, sentence, mentions, token.head, token)
        if token.dep_ == "attr" and token.head.lemma_ == "be" and not _negated(token.head):
            who = subject(token.head)
            if who is not None and token.pos_ == "NOUN" and _article(token):
                _add(found, sentence, mentions, who, token)
        if token.dep_ == "prep" and token.lower_ == "as" and not _negated(token.head):
            verb = token.head
            what = next((c for c in token.children if c.dep_ == "pobj"), None)
            whom = next((c for c in verb.children if c.dep_ in ("dobj", "nsubjpass")), None)
            if (
                what is not None
                and whom is not None
                and verb.lemma_
                in ("describe", "identify", "define", "regard", "characterise", "characterize")
            ):
                _add(found, sentence, mentions, whom, what)
        if token.dep_ == "oprd" and token.head.lemma_ == "call" and not _negated(token.head):
            whom = next((c for c in token.head.children if c.dep_ in ("dobj", "nsubjpass")), None)
            if whom is not None and _article(token):
                _add(found, sentence, mentions, whom, token)
    return tuple(found)


def _add(
    found: list[Definition],
    sentence: Any,
    mentions: tuple[Mention, ...],
    whom: Any,
    what: Any,
) -> None:
    at = whom.idx - sentence.start_char
    name = next((m.name for m in mentions if m.start <= at < m.end), None)
    if name is None:
        left = sentence.doc[whom.left_edge.i : whom.i + 1]
        name = left.text if whom.pos_ == "NOUN" and len(left) <= 4 else None
    if name is None:
        return
    phrase = sentence.doc[what.left_edge.i : what.right_edge.i + 1]
    start = phrase.start_char - sentence.start_char
    text = phrase.text
    if len(phrase) > _LONGEST:
        text = sentence.doc[what.left_edge.i : what.i + 1].text
    text = text.rstrip(" .,;")
    if len(text.split()) >= 2:
        found.append(Definition(name, start, start + len(text)))


def _article(token: Any) -> bool:
    return any(c.dep_ == "det" and c.lower_ in ("a", "an", "the", "one") for c in token.children)


def _negated(verb: Any) -> bool:
    return any(c.dep_ == "neg" for c in verb.children)
