"""Words that need another sentence to be understood, and what they stand for.

Attaching a word to the wrong thing makes a false sentence of a true one, so a reference is
resolved only where one candidate fits; otherwise it stays open and its sentence is not used alone.
"""

import re
from dataclasses import dataclass
from typing import Any

from corpus.documents import Document, Span
from index.annotate.clauses import root, subject
from index.annotate.rules import words
from index.annotations import Definition, Mention, Reference

_LONGEST = 8
_MODIFIERS = frozenset(
    {"amod", "compound", "nmod", "relcl", "prep", "acl", "poss", "nummod", "appos"}
)


@dataclass(frozen=True)
class Topic:
    """What the sentence before was about: its subject, ready to be named again."""

    text: str
    span: Span
    plural: bool
    person: bool


@dataclass
class Discourse:
    """What has been said so far in a document."""

    document: Document
    topic: Topic | None = None
    kinds: dict[str, set[str]] | None = None
    persons: int = 0

    def learn(self, definitions: tuple[Definition, ...], sentence: Any) -> None:
        """Remember that "the gang" can be what a definition called a gang."""
        if self.kinds is None:
            self.kinds = {}
        for definition in definitions:
            phrase = sentence.text[definition.start : definition.end]
            head = re.split(r" (?:of|in|from|that|which|who|for|with|active|based) |,", phrase)[0]
            noun = head.split()[-1].lower()
            self.kinds.setdefault(noun, set()).add(definition.name)


def references(
    sentence: Any, mentions: tuple[Mention, ...], discourse: Discourse
) -> tuple[Reference, ...]:
    """Return the references of one sentence that reach outside it, in order."""
    found = []
    for token in sentence:
        reference = (
            _pronoun(sentence, token, mentions, discourse)
            or _pointing(sentence, token)
            or _definite(sentence, token, mentions, discourse)
        )
        if reference is not None:
            found.append(reference)
    return tuple(found)


def topic_of(
    sentence: Any, span: Span, mentions: tuple[Mention, ...], found: tuple[Reference, ...]
) -> Topic | None:
    """Return what the sentence is about, if it can be named: its main subject."""
    who = subject(root(sentence))
    if who is None:
        return None
    phrase = sentence.doc[who.left_edge.i : who.right_edge.i + 1]
    start = phrase.start_char - sentence.start_char
    end = start + len(phrase.text)
    for reference in found:
        if start <= reference.start and reference.end <= end:
            if reference.text is None or reference.start != start or reference.end != end:
                return None
            plural = who.lower_ in words("many")
            person = who.lower_ in words("male") | words("female")
            return Topic(reference.text, reference.antecedent or span, plural, person)
    if who.pos_ == "PRON" or len(phrase.text.split()) > _LONGEST:
        return None
    mention = next((m for m in mentions if m.start <= who.idx - sentence.start_char < m.end), None)
    text = phrase.text
    person = mention is not None and mention.label == "PERSON" and " of " not in text
    if mention is not None and person:
        text = mention.name
    plural = who.tag_ in ("NNS", "NNPS") or any(c.dep_ == "conj" for c in who.children)
    first = text.split()[0]
    if first in ("The", "A", "An", "Its", "His", "Her", "Their"):
        text = first.lower() + text[len(first) :]
    if first in ("A", "An"):
        text = "the" + text[len(first) :]
    return Topic(text, span, plural, person)


def _pronoun(
    sentence: Any, token: Any, mentions: tuple[Mention, ...], discourse: Discourse
) -> Reference | None:
    lower = token.lower_
    groups = {
        "thing": words("thing"),
        "many": words("many"),
        "person": words("male") | words("female"),
    }
    group = next((g for g, members in groups.items() if lower in members), None)
    if group is None or token.pos_ not in ("PRON", "DET") or token.dep_ == "expl":
        return None
    if lower in ("these", "those", "both") and token.dep_ == "det":
        return None
    if _empty_it(token) or _inside(sentence, token, group, mentions):
        return None
    topic = discourse.topic
    start = token.idx - sentence.start_char
    end = start + len(token.text)
    fits = topic is not None and (
        (group == "person" and topic.person)
        or (group == "many" and topic.plural and lower not in ("these", "those", "both"))
        or (group == "thing" and not topic.person and not topic.plural)
    )
    if not fits or topic is None or (group == "person" and discourse.persons > 1):
        return Reference(start, end, None, None)
    return Reference(start, end, _cased(topic.text, token), topic.span)


def _cased(text: str, token: Any) -> str:
    possessive = token.dep_ == "poss" or token.tag_ == "PRP$"
    if not possessive:
        return text
    return f"{text}’" if text.endswith("s") else f"{text}’s"


def _empty_it(token: Any) -> bool:
    """Whether this is the "it" of "it is unlikely that" or "it rained"."""
    if token.lower_ != "it" or token.dep_ not in ("nsubj", "nsubjpass"):
        return False
    verb = token.head
    return any(
        c.dep_ in ("ccomp", "xcomp", "csubj", "acl") and c.i > verb.i for c in verb.children
    ) and (verb.lemma_ in ("be", "seem", "appear", "take", "make", "remain", "become"))


def _inside(sentence: Any, token: Any, group: str, mentions: tuple[Mention, ...]) -> bool:
    """Whether something earlier in the sentence can be what the pronoun stands for."""
    before = [t for t in sentence if t.i < token.i]
    start = token.idx - sentence.start_char
    if group == "person":
        return any(m.label == "PERSON" and m.end <= start for m in mentions)
    if group == "many":
        return any(t.tag_ in ("NNS", "NNPS") for t in before) or any(
            t.dep_ == "conj" and t.pos_ in ("NOUN", "PROPN") for t in before
        )
    return any(
        t.tag_ in ("NN", "NNP") and t.dep_ in ("nsubj", "nsubjpass", "dobj", "pobj", "attr")
        for t in before
    )


def _pointing(sentence: Any, token: Any) -> Reference | None:
    """ "This", "these groups", "such a plan" at the head of a clause point at what came before."""
    lower = token.lower_
    pointing = words("pointing") | {"these", "those"}
    if lower not in pointing or token.i != sentence.start:
        return None
    if lower in ("there", "here") and token.dep_ == "expl":
        return None
    start = token.idx - sentence.start_char
    return Reference(start, start + len(token.text), None, None)


def _definite(
    sentence: Any, token: Any, mentions: tuple[Mention, ...], discourse: Discourse
) -> Reference | None:
    if token.pos_ != "NOUN" or not any(
        c.dep_ == "det" and c.lower_ == "the" for c in token.children
    ):
        return None
    left = token.left_edge
    start = left.idx - sentence.start_char
    end = token.idx + len(token.text) - sentence.start_char
    modifiers = [c for c in token.children if c.dep_ in _MODIFIERS]
    noun = str(token.lemma_).lower()
    if noun in words("document"):
        if any(c.dep_ in ("amod", "compound", "nmod", "poss") for c in modifiers) or any(
            c.dep_ == "prep" and c.lower_ in ("of", "on", "about") for c in modifiers
        ):
            return None
        text = _document(discourse.document, noun)
        if any(c.tag_ == "POS" for c in token.children):
            text = None
        if text is None and not modifiers:
            return Reference(start, end, None, None)
        return Reference(start, end, text, None) if text is not None else None
    if modifiers or noun not in words("anaphoric") or token.head.dep_ == "appos":
        return None
    earlier = sentence.text[:start].lower()
    if re.search(rf"\b{re.escape(noun)}", earlier):
        return None
    named = (discourse.kinds or {}).get(noun, set())
    if len(named) == 1:
        name = next(iter(named))
        if any(m.name == name and m.end <= start for m in mentions):
            return None
        topic = discourse.topic
        if token.tag_ == "NN" and topic is not None and topic.text.endswith(name):
            return Reference(start, end, topic.text, topic.span)
    return Reference(start, end, None, None)


def _document(document: Document, noun: str) -> str | None:
    """Return what "the report" is called from outside the report, if the document is one."""
    source = document.source
    if not source.publisher or noun not in f"{source.doc_type or ''} {source.title}".lower():
        return None
    name = source.publisher
    if name.startswith("The "):
        name = f"the {name[4:]}"
    elif f"the {name}" in document.text or f"The {name}" in document.text or " of " in name:
        name = f"the {name}"
    date = source.published.month_in_words() if source.published else ""
    owner = f"{name}’" if name.endswith("s") else f"{name}’s"
    kind = source.doc_type if source.doc_type and source.doc_type.lower().endswith(noun) else noun
    return f"{owner} {kind}" + (f" of {date}" if date else "")
