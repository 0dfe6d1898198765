"""The bones of a parsed sentence: main verb, subject, and where it may end early."""

from typing import Any

from index.annotate.rules import words

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass", "expl"})
_FINITE = frozenset({"VBD", "VBP", "VBZ", "MD"})
_LEAST_WORDS = 6


def root(sentence: Any) -> Any:
    """Return the head of the sentence's main clause."""
    return next((t for t in sentence if t.head.i == t.i), sentence[0])


def subject(verb: Any) -> Any | None:
    """Return the head of the verb's subject, if it has one."""
    return next((c for c in verb.children if c.dep_ in SUBJECTS), None)


def verb_group(verb: Any) -> list[Any]:
    """Return the verb with its auxiliaries and negation, in order."""
    own = [c for c in verb.children if c.dep_ in ("aux", "auxpass", "neg")]
    return sorted([verb, *own], key=lambda t: int(t.i))


def finite(verb: Any) -> bool:
    """Whether the verb, or an auxiliary of it, is finite."""
    return any(t.tag_ in _FINITE for t in verb_group(verb))


def complete(sentence: Any) -> bool:
    """Whether this is a full declarative sentence: subject, finite verb, no question, no order."""
    text = sentence.text.strip()
    main = root(sentence)
    if not text or text.endswith("?") or text[0].islower():
        return False
    if main.pos_ not in ("VERB", "AUX"):
        main = next((t for t in sentence if t.dep_ in ("ccomp", "parataxis") and finite(t)), main)
    who = subject(main)
    if who is None or not finite(main):
        return False
    return who.text.lower() not in ("you", "i", "we") and text[-1] in ".!)”\"’'"


def linked(sentence: Any) -> bool:
    """Whether the sentence opens with a connective and so leans on the one before it."""
    first = sentence[0].text.lower()
    return first in words("connective") or sentence.text.lower().startswith(
        ("for example", "for instance", "in addition", "as a result", "by contrast", "in fact")
    )


def cuts(sentence: Any) -> tuple[int, ...]:
    """Return the offsets at which the sentence may end, still whole and still saying the same.

    They lie before a comma that opens a non-restrictive relative clause, a participle, or a second
    main clause with its own subject. A clause with a negation is never cut off, nor is one that
    says who says it, and never before six words or inside a subject or quotation.
    """
    main = root(sentence)
    found = []
    for token in sentence:
        if token.text != "," or token.i - sentence.start < _LEAST_WORDS or token.i < main.i:
            continue
        rest = sentence.doc[token.i + 1 : sentence.end]
        if not len(rest) or _quoted(sentence, token) or _says(rest):
            continue
        head = rest[0]
        opens_relative = head.tag_ in ("WDT", "WP", "WRB")
        participle = head.tag_ == "VBG" and head.lemma_ != "include"
        second = head.dep_ == "cc" and any(
            c.dep_ == "conj" and c.i > token.i and finite(c) and subject(c) is not None
            for c in main.children
        )
        if opens_relative or participle or second:
            found.append(token.idx - sentence.start_char)
    return tuple(found)


def _says(rest: Any) -> bool:
    return any(
        t.dep_ == "neg"
        or t.lower_ in words("negation")
        or t.lemma_ in words("report")
        or t.lower_ in ("according", "but", "although", "though", "unless", "if")
        for t in rest
    )


def _quoted(sentence: Any, token: Any) -> bool:
    before = sentence.doc[sentence.start : token.i].text
    return bool(before.count("“") > before.count("”") or before.count('"') % 2 == 1)
