"""Who says it inside a sentence."""

import re
from typing import Any

from index.annotate.clauses import root, subject
from index.annotate.rules import words
from index.annotations import Speech


def speech(sentence: Any) -> Speech | None:
    """Return the speaker, the verb and what is said, if the sentence tells them.

    "X said that P" and "P, X said" by the verb's clausal complement; "According to X, P" and "P,
    according to X"; "X describes Y as Z" and "X accuses Y of Z", where P is the whole predicate.
    """
    return _according(sentence) or _reported(sentence) or _predicate(sentence)


def _according(sentence: Any) -> Speech | None:
    text = sentence.text
    opening = re.match(r"(?:According to|As reported by) ([^,]+), ", text)
    if opening:
        return Speech(
            opening.group(1), opening.start(1), opening.end(1), "accord", opening.end(), _end(text)
        )
    closing = re.search(r",? according to ([^,]+?)[.]?$", text)
    if closing:
        return Speech(
            closing.group(1), closing.start(1), closing.end(1), "accord", 0, closing.start()
        )
    return None


def _reported(sentence: Any) -> Speech | None:
    for verb in sentence:
        if verb.lemma_ not in words("report") or verb.pos_ != "VERB":
            continue
        who = subject(verb)
        content = next((c for c in verb.children if c.dep_ == "ccomp"), None)
        if who is None or content is None or who.dep_ == "nsubjpass":
            continue
        inside = sentence.doc[content.left_edge.i : content.right_edge.i + 1]
        start, end = inside.start, inside.end
        if sentence.doc[start].lower_ == "that":
            start += 1
        if start < verb.i < end:
            end = who.left_edge.i
        first = sentence.doc[start].idx - sentence.start_char
        last = sentence.doc[end - 1]
        stop = last.idx + len(last.text) - sentence.start_char
        trimmed = sentence.text[first:stop].rstrip(" .,;:")
        if len(trimmed.split()) >= 3:
            return _made(sentence, who, verb, first, first + len(trimmed))
    return None


def _predicate(sentence: Any) -> Speech | None:
    verb = root(sentence)
    who = subject(verb)
    if verb.lemma_ not in words("report") or who is None or who.dep_ == "nsubjpass":
        return None
    start = verb.idx + len(verb.text) - sentence.start_char
    return _made(sentence, who, verb, start, _end(sentence.text))


def _made(sentence: Any, who: Any, verb: Any, start: int, end: int) -> Speech:
    left = sentence.doc[who.left_edge.i].idx - sentence.start_char
    right = sentence.doc[who.right_edge.i]
    stop = right.idx + len(right.text) - sentence.start_char
    return Speech(sentence.text[left:stop], left, stop, str(verb.lemma_), start, end)


def _end(text: str) -> int:
    return len(text.rstrip(" ."))
