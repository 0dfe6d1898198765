"""Who says it inside a sentence."""

from collections.abc import Iterator, Sequence

from index.annotate.tree import Sentence, Token, passive, subject, trimmed
from index.annotate.words import words
from index.annotations import Mention, Speech

_OUTER = " ,.;:—–-"
_QUOTES = '"“”«»'
_NOBODY = frozenset({"it", "this", "that", "these", "those", "which", "what", "there"})


def speech(sentence: Sentence, named: Sequence[Mention]) -> Speech | None:
    """Return the speaker, the verb and what is said, if the sentence tells them.

    "X said that P", "P, X said" and quotations by the verb's clause; "According to X, P" and "P,
    according to X" (verb "accord"); "X accuses Y of Z" and "X describes Y as Z", where P is the
    predicate after the verb. A remark in the middle ("P, X said, Q") stays inside P. "X is said
    to" and "it is reported that" have no speaker.
    """
    return (
        _according(sentence, named)
        or _reported(sentence, named)
        or _remarked(sentence, named)
        or _predicate(sentence, named)
    )


def _according(sentence: Sentence, named: Sequence[Mention]) -> Speech | None:
    for token in sentence.tokens:
        told = token.lower == "according" or (
            token.tag == "VBN" and token.has("as") and token.lemma in words("say", "speak")
        )
        told = told and token.lemma not in words("evident")
        link = token.child("prep", "agent") if told else None
        who = link.child("pobj") if link is not None and link.lower in ("to", "by") else None
        if who is None or sentence.quoted[token.i]:
            continue
        first, last = min(token.left, token.i), max(who.right, who.i)
        verb = "accord" if token.lower == "according" else token.lemma
        tokens = sentence.tokens
        if first <= _opening(sentence):
            who_left = subject(sentence.main)
            if who_left is not None and first <= who_left.i <= last:  # read as one more name
                comma = next((t.i for t in tokens[who.i :] if t.text == ","), last)
                last = min(last, comma)
            content = tokens[last + 1 :]
        elif all(t.pos == "PUNCT" for t in tokens[last + 1 :]):
            content = tokens[:first]
        else:
            content = tokens
        return _made(sentence, named, who, verb, content)
    return None


def _opening(sentence: Sentence) -> int:
    return next((t.i for t in sentence.tokens if t.pos != "PUNCT"), 0)


def _reported(sentence: Sentence, named: Sequence[Mention]) -> Speech | None:
    """ "X said that P", "P, X said" and "“P,” said X"."""
    for verb in _speaking(sentence):
        who = subject(verb)
        content = verb.child("ccomp")
        if content is None or who is None:
            continue
        first, last = content.left, content.right
        if first < verb.i < last:
            return _made(sentence, named, who, verb.lemma, sentence.tokens)
        if sentence.quoted[content.i] and not sentence.quoted[verb.i]:
            first, last = _quotation(sentence, content)
        inside = sentence.tokens[first : last + 1]
        if inside and inside[0].lower == "that" and inside[0].dep == "mark":
            inside = inside[1:]
        if len(inside) >= 2 and not (inside[0].i <= who.i <= inside[-1].i):
            return _made(sentence, named, who, verb.lemma, inside)
    return None


def _remarked(sentence: Sentence, named: Sequence[Mention]) -> Speech | None:
    """ "P, X said, Q": the verb of saying hangs on what is said."""
    for verb in sentence.main.each("parataxis"):
        who = subject(verb)
        if who is None or verb.lemma not in words("say") or verb.child("ccomp") is not None:
            continue
        remark = range(verb.left, verb.right + 1)
        rest = [t for t in sentence.tokens if t.i not in remark]
        if rest and not passive(verb) and who.lower not in _NOBODY:
            at_end = verb.left > sentence.main.i and all(
                t.pos == "PUNCT" for t in sentence.tokens[verb.right + 1 :]
            )
            content = sentence.tokens[: verb.left] if at_end else sentence.tokens
            return _made(sentence, named, who, verb.lemma, content)
    return None


def _predicate(sentence: Sentence, named: Sequence[Mention]) -> Speech | None:
    """ "X accuses Y of Z", "X calls Y a Z", "X rejects the claim that Z"."""
    verb = sentence.main
    who = subject(verb)
    if who is None or passive(verb) or who.lower in _NOBODY or verb.pos != "VERB":
        return None
    thing = verb.child("dobj")
    speaks = verb.lemma in words("speak") or (
        (verb.lemma == "call" and verb.child("oprd", "ccomp") is not None)
        or (verb.lemma == "call" and verb.has("for"))
        or (verb.lemma in words("describing") and verb.has("as"))
        or (verb.lemma in words("rebuff") and thing is not None and thing.lemma in words("claims"))
    )
    wording = any(t.lemma in words("wordings") for t in (who, *who.each("compound")))
    if not speaks or who.i > verb.i or wording:
        return None
    return _made(sentence, named, who, verb.lemma, sentence.tokens[verb.i + 1 :])


def _speaking(sentence: Sentence) -> Iterator[Token]:
    """The verbs of the main clause that say something, with somebody as their subject."""
    main = sentence.main
    for verb in (main, *main.each("conj")):
        who = subject(verb)
        if (
            verb.lemma in words("say")
            and verb.pos == "VERB"
            and who is not None
            and who.dep == "nsubj"
            and who.lower not in _NOBODY
        ):
            yield verb


def _quotation(sentence: Sentence, token: Token) -> tuple[int, int]:
    """Return the quoted stretch around a token."""
    first = last = token.i
    while first > 0 and sentence.quoted[first - 1]:
        first -= 1
    while last + 1 < len(sentence.tokens) and sentence.quoted[last + 1]:
        last += 1
    return first, last


def _made(
    sentence: Sentence,
    named: Sequence[Mention],
    who: Token,
    verb: str,
    content: Sequence[Token],
) -> Speech | None:
    inside = trimmed(content, _OUTER)
    while len(inside) > 1 and _loose_quote(inside):
        inside = trimmed(inside[1:] if inside[0].text in _QUOTES else inside[:-1], _OUTER)
    if not inside:
        return None
    start, end = _speaker(sentence, who)
    return Speech(
        _called(sentence, named, who, start, end), start, end, verb, inside[0].start, inside[-1].end
    )


def _loose_quote(inside: Sequence[Token]) -> bool:
    """Whether a mark at either end has no partner, or both marks hold the whole between them."""
    marks = [t for t in inside if t.text in _QUOTES]
    ends = inside[0].text in _QUOTES or inside[-1].text in _QUOTES
    return ends and (len(marks) % 2 == 1 or (len(marks) == 2 and marks == [inside[0], inside[-1]]))


def _speaker(sentence: Sentence, who: Token) -> tuple[int, int]:
    """Return where the speaker stands, without a relative clause or a remark after a comma."""
    last = who.i
    cut = min((c.left for c in who.children if c.dep in ("relcl", "acl")), default=who.right + 1)
    for token in sentence.tokens[who.i + 1 : min(who.right + 1, cut)]:
        last = token.i
    appositions = [c for c in who.children if c.dep == "appos"]
    if appositions and appositions[0].i < cut:
        last = min(last, appositions[0].right if appositions[0].tag == "NNP" else who.i)
    while last > who.i and sentence.tokens[last].pos == "PUNCT":
        last -= 1
    return sentence.tokens[who.left].start, sentence.tokens[last].end


def _called(sentence: Sentence, named: Sequence[Mention], who: Token, start: int, end: int) -> str:
    apposition = who.child("appos")
    for token in (who, apposition):
        if token is None:
            continue
        name = next((m.name for m in named if m.start <= token.start < m.end), None)
        if name is not None:
            the = sentence.text[start : start + 4]
            return f"{the}{name}" if the.lower() == "the " else name
    return sentence.text[start:end]
