"""The bones of a sentence: whether it is whole, leans on another, and where it may end early."""

import re
from collections.abc import Sequence

from index.annotate.tree import Sentence, Token, conjuncts, finite, subject, trimmed
from index.annotate.words import phrases, words

_LEAST_WORDS = 6
_FINITE = ("VBD", "VBZ", "VBP")
_LEADING = "\"“”‘’'«»(-–—*•·"
_CLOSED = re.compile(r"[.!…][\"”’')\]»]*(?:\[\d{1,3}\])*$|[,]?[”\"»]$")
_PAIRS = (("“", "”"), ("«", "»"), ("(", ")"), ("[", "]"))


def complete(sentence: Sentence) -> bool:
    """Whether this is a full declarative sentence: subject, finite verb, no question, no order."""
    text = sentence.text.strip()
    if not text or text[0].islower() or not _CLOSED.search(text) or _open(text):
        return False
    if re.search(r"\?[\"”’')\]]*$", text) or _asks(sentence):
        return False
    main = sentence.main
    if subject(main) is not None and main.pos in ("VERB", "AUX"):
        return finite(main) or _mistaken(main)
    return _mistaken(main) or (main.tag in _FINITE and _named_before(sentence, main))


def _mistaken(main: Token) -> bool:
    """Whether the parser took a finite verb for a participle or a noun ("The order names no one").

    It then still gave it an active subject, which neither of these has.
    """
    return main.tag in ("VBN", "NN", "NNS") and main.child("nsubj") is not None


def _named_before(sentence: Sentence, main: Token) -> bool:
    """Whether something that can be a subject stands before a verb that the parser left without."""
    return any(t.pos in ("NOUN", "PROPN", "PRON") for t in sentence.tokens[: main.i])


def _asks(sentence: Sentence) -> bool:
    """Whether the main clause orders something: a bare verb whose subject comes after or never."""
    main = sentence.main
    who = subject(main)
    return main.tag == "VB" and (who is None or who.i > main.i) and not finite(main)


def _open(text: str) -> bool:
    """Whether a quotation or bracket is opened and not closed, or closed and not opened."""
    return text.count('"') % 2 == 1 or any(text.count(a) != text.count(b) for a, b in _PAIRS)


def linked(sentence: Sentence) -> bool:
    """Whether the sentence leans on the one before it.

    It does if it opens with a connective, has one between commas ("It does, however, matter"), or
    if its subject opens it as one more of a kind ("Another reason is").
    """
    tokens = trimmed(sentence.tokens, _LEADING)
    if not tokens:
        return False
    opening = sentence.text[tokens[0].start :].lower()
    if any(re.match(rf"{re.escape(p)}\b", opening) for p in phrases("connectives")):
        return True
    first = tokens[0]
    following = tokens[1].text if len(tokens) > 1 else ""
    if first.lower in words("connective") and not _correlative(first, following):
        return True
    for token in tokens[1:]:
        if (
            token.lower in words("parenthetical")
            and sentence.tokens[token.i - 1].text in ",;"
            and sentence.tokens[min(token.i + 1, len(sentence.tokens) - 1)].text in ",;."
            and sentence.main in (token.head, token.head.head)
        ):
            return True
    return _one_more(tokens)


def _correlative(first: Token, following: str) -> bool:
    """Whether a word that can open a sentence alone has something else to do in this one."""
    if first.lower in ("besides", "however") and following != ",":
        return True
    if first.lower in ("besides", "instead", "then", "otherwise", "nor", "or", "and", "but"):
        return first.pos == "ADP" and first.child("pobj", "pcomp") is not None
    if first.lower in ("so", "too", "however", "still", "yet", "also"):
        return first.dep in ("advmod", "amod") and first.head.pos in ("ADJ", "ADV", "NOUN")
    return False


def _one_more(tokens: list[Token]) -> bool:
    for token in tokens[:3]:
        if token.lower in words("additional"):
            head = token.head if token.dep in ("amod", "det") else token
            return head.dep in ("nsubj", "nsubjpass") and not any(
                t.lower in ("than", "to", "from") for t in head.subtree
            )
        if token.pos not in ("DET", "NUM", "ADV"):
            return False
    return False


def cuts(sentence: Sentence) -> tuple[int, ...]:
    """Return the offsets at which the sentence may end, still whole and still saying the same.

    They lie before a comma, semicolon or dash that opens a relative clause, a reason, a participle
    or a second main clause, and before ", including". What is cut off never denies, weakens,
    contrasts, sets a condition or says who says it; what stays has at least six words and all its
    brackets and quotation marks.
    """
    main = sentence.main
    if subject(main) is None or not finite(main):
        return ()
    return tuple(
        token.start
        for token in sentence.tokens
        if token.i > main.i
        and token.text in (",", ";", "–", "—")
        and not _open(sentence.text[: token.start])
        and len(sentence.text[: token.start].split()) >= _LEAST_WORDS
        and _may_end(sentence, token)
    )


def _may_end(sentence: Sentence, mark: Token) -> bool:
    rest = sentence.tokens[mark.i + 1 :]
    if len(rest) < 2 or _matters(rest):
        return False
    head = rest[0]
    if head.text in ("“", '"'):
        return False
    if head.tag in ("WDT", "WP", "WP$") or head.lower in ("where", "when"):
        clause = next((t for t in head.ancestors if t.dep == "relcl"), None)
        return clause is not None and _reaches_end(sentence, clause)
    if head.lower in ("because", "since") and head.dep == "mark":
        return _reaches_end(sentence, head.head)
    if head.lower == "including":
        return _reaches_end(sentence, head)
    if head.tag == "VBG" and head.dep in ("advcl", "acl"):
        return _reaches_end(sentence, head)
    if mark.text == ";" or head.lower == "and":
        return any(
            c.i > mark.i and finite(c) and _own_subject(c, mark) for c in conjuncts(sentence.main)
        )
    return False


def _own_subject(verb: Token, mark: Token) -> bool:
    who = subject(verb)
    return who is not None and who.i > mark.i


def _reaches_end(sentence: Sentence, token: Token) -> bool:
    """Whether nothing but marks stands after what hangs on the token."""
    return all(t.pos == "PUNCT" for t in sentence.tokens[token.right + 1 :])


def _matters(rest: Sequence[Token]) -> bool:
    """Whether the rest changes what stands before it, or tells who says it."""
    return any(
        t.dep == "neg"
        or t.lower in words("none")
        or t.lower in words("hedge")
        or (t.tag == "MD" and t.lower in words("may"))
        or (t.i == rest[0].i and t.lower in words("binding"))
        or (t.lower in ("but", "although", "though", "unless", "if", "according", "except"))
        or (t.pos == "VERB" and t.lemma in words("say", "speak", "hedging") and t.tag != "VBG")
        for t in rest
    )
