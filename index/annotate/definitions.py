"""Phrases that say what a name is."""

from collections.abc import Iterator, Sequence

from index.annotate.dates import dates
from index.annotate.nominals import person_noun
from index.annotate.phrases import base
from index.annotate.tree import Sentence, Token, conjuncts, negations, subject
from index.annotate.words import words
from index.annotations import Definition, Mention, Reference

_LONGEST = 14
_CALLING = frozenset({"call", "name", "know", "dub", "nickname", "title"})
_BEHIND = frozenset({"prep", "agent", "acl", "relcl"})
_ENDS = frozenset({"NOUN", "PROPN", "NUM"})


def definitions(
    sentence: Sentence, named: Sequence[Mention], found: Sequence[Reference] = ()
) -> tuple[Definition, ...]:
    """Return what the sentence says its names, and its own common nouns, are.

    From "X is a P", an apposition, "describes X as P", "calls X a P" and "a P known as X"; never
    from a clause that is negated or only possible. A reference that is resolved counts as the name
    that it stands for.
    """
    defined = []
    for who, what in _pairs(sentence):
        name = _name(sentence, who, named, found)
        phrase = _phrase(sentence, what)
        if name is None or phrase is None or name in sentence.text[slice(*phrase)]:
            continue
        if what.tag != "NNS" or who.tag in ("NNS", "NNPS"):
            defined.append(Definition(name, *phrase))
    return tuple(dict.fromkeys(defined))


def _pairs(sentence: Sentence) -> Iterator[tuple[Token, Token]]:
    """The heads of what is defined and of what it is said to be."""
    for token in sentence.tokens:
        above = token.head
        if token.dep == "appos" and token.noun and above.noun:
            yield from _apposed(token)
        elif token.dep == "attr" and token.noun and above.lemma == "be" and _asserted(above):
            if above.tag == "VBD" and dates(sentence.text):
                continue  # "was in 2020 the main port": no longer, perhaps
            who = subject(above)
            if who is not None and who.i < token.i and (_article(token) or token.tag == "NNS"):
                yield who, token
                yield from ((who, c) for c in conjuncts(token) if c is not token and _article(c))
        elif token.lower == "as" and token.dep == "prep" and above.lemma in words("describing"):
            what, whom = token.child("pobj"), above.child("dobj", "nsubjpass")
            if what is not None and whom is not None and _asserted(above) and _article(what):
                yield whom, what
        elif token.dep in ("oprd", "attr") and above.lemma in _CALLING and token.noun:
            whom = above.child("dobj", "nsubjpass")
            if above.dep == "acl" and above.head.noun and token.pos == "PROPN":
                yield token, above.head
            elif whom is not None and _asserted(above) and _article(token):
                yield whom, token
        elif token.dep == "acl" and token.lemma == "know" and token.has("as") and above.noun:
            link = next(c for c in token.children if c.lower == "as")
            what = link.child("pobj")
            if what is not None and what.pos == "PROPN" and above.pos == "NOUN":
                yield what, above


def _apposed(token: Token) -> Iterator[tuple[Token, Token]]:
    above = token.head
    if token.i > above.i and token.pos == "NOUN" and (_article(token) or person_noun(token.lemma)):
        yield above, token
    elif token.pos == "PROPN" and above.tag == "NN" and _article(above) and len(base(above)) > 1:
        yield token, above


def _asserted(verb: Token) -> bool:
    return not (
        negations(verb)
        or any(c.tag == "MD" for c in verb.children)
        or any(c.lower in words("none") for c in verb.children)
    )


def _article(token: Token) -> bool:
    return any(c.dep == "det" and c.lower in ("a", "an", "the", "one") for c in token.children)


def _name(
    sentence: Sentence, who: Token, named: Sequence[Mention], found: Sequence[Reference]
) -> str | None:
    for reference in found:
        if reference.start <= who.start < reference.end:
            return reference.text
    name = next((m.name for m in named if m.start <= who.start < m.end), None)
    if name is not None or who.pos != "NOUN":
        return name
    words_before = base(who)
    if who.child("prep", "relcl", "acl", "poss") or len(words_before) > 4:
        return None
    text = sentence.slice(words_before[0].i, who.i)
    return text[0].lower() + text[1:] if words_before[0].i == 0 else text


def _phrase(sentence: Sentence, what: Token) -> tuple[int, int] | None:
    """Return where the defining phrase stands: at most 14 words, ending in a noun.

    What hangs behind its noun is left out, the last first, until it is short enough.
    """
    first = what.left
    last = what.right
    apart = [c for c in what.children if c.i > what.i and c.dep in ("appos", "conj", "cc")]
    apart += [c for c in what.children if sentence.tokens[c.left - 1].text == "," and c.i > what.i]
    known = [c for c in what.children if c.dep == "acl" and c.lemma in _CALLING]
    for child in (*apart, *known):
        last = min(last, child.left - 1)
    behind = sorted((c.left for c in what.children if c.i > what.i), reverse=True)
    inner = sorted(
        (t.left for t in what.subtree if t.dep in _BEHIND and t.left > what.i), reverse=True
    )
    for cut in (None, *inner, *behind):
        if cut is not None:
            last = min(last, cut - 1)
        while last > what.i and sentence.tokens[last].pos not in _ENDS:
            last -= 1
        if _words(sentence, first, last) <= _LONGEST:
            break
    while first < what.i and sentence.tokens[first].pos == "PUNCT":
        first += 1
    count = _words(sentence, first, last)
    cut_bare = last < what.right and last == what.i and len(base(what)) == 1
    if not 2 <= count <= _LONGEST or cut_bare or any(c.dep == "neg" for c in what.subtree):
        return None
    return sentence.span(first, last)


def _words(sentence: Sentence, first: int, last: int) -> int:
    return len(sentence.slice(first, last).split())
