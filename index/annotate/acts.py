"""Events: a main verb in the past that tells what was done, and when."""

import re

from index.annotate.dates import dates
from index.annotate.tree import Sentence, Token, negations, passive, shared_subject, subject
from index.annotate.words import table, words
from index.annotations import Act

_RANGE = re.compile(r"\d{4} ?[–-] ?\d|[–-] ?\d{4}")
_VOWELS = re.compile(r"[aeiouy]+")
_REGULAR = (("ify", "ification"), ("ise", "isation"), ("ize", "ization"), ("ate", "ation"))
_CLAUSES = frozenset({"relcl", "advcl", "ccomp", "acl", "pcomp", "csubj"})


def act(sentence: Sentence) -> Act | None:
    """Return the event that the main clause tells in the past tense, if it tells one.

    Saying, thinking and being are no events; neither is what is only said ("X said that Y left").
    The date is None where several could be the event's.
    """
    verb = sentence.main
    if verb.pos != "VERB" or not past(verb) or subject(verb) is None:
        return None
    if not eventful(verb) or negations(verb):
        return None
    return Act(verb.lemma, nominal(verb.lemma), _date(sentence, verb), passive(verb))


def past(verb: Token) -> bool:
    """Whether the verb is in the simple past or the perfect, without a modal verb."""
    helpers = [c for c in verb.children if c.dep in ("aux", "auxpass")]
    if any(c.tag == "MD" or c.lower in ("to", "will", "would") for c in helpers):
        return False
    if verb.tag == "VBD" or any(c.tag == "VBD" for c in helpers if c.dep == "auxpass"):
        return True
    if any(c.tag == "VBD" and c.lemma in ("have", "do") for c in helpers):
        return True
    return verb.tag == "VBN" and any(c.lemma == "have" for c in helpers)


def eventful(verb: Token) -> bool:
    """Whether the verb, as used here, tells something that happened."""
    lemma = verb.lemma
    if lemma in words("stative", "speak"):
        return False
    if lemma in words("say"):
        clause = any(c.dep == "ccomp" for c in verb.children)
        thing = passive(verb) or verb.child("dobj", "oprd") is not None
        return lemma in words("performative") and thing and not clause
    return not (lemma == "call" and verb.child("oprd", "ccomp")) and not (
        lemma in words("describing") and verb.has("as")
    )


def nominal(lemma: str) -> str | None:
    """Return the common English noun for what the verb does, or None if none is known."""
    known = table("nominal").get(lemma)
    if known or lemma in words("unlike_nominal"):
        return known
    for ending, noun in _REGULAR:
        if lemma.endswith(ending) and len(_VOWELS.findall(lemma.removesuffix("e"))) >= 2:
            return lemma.removesuffix(ending) + noun
    return None


def _date(sentence: Sentence, verb: Token) -> str | None:
    """Return the date that hangs on the main verb rather than on a clause inside the sentence."""
    own = []
    for date in dates(sentence.text):
        if _RANGE.search(sentence.text[max(0, date.start - 7) : date.end + 3]):
            continue
        token = next((t for t in sentence.tokens if t.start <= date.start < t.end), None)
        if token is not None and _belongs(token, verb):
            own.append(date)
    leads = own and own[0].start < verb.start
    return own[0].iso if leads or len(own) == 1 else None  # "from 2019 to 2023" is no date


def _belongs(token: Token, verb: Token) -> bool:
    if token is verb or shared_subject(verb) is None:
        return token is verb
    for above in token.ancestors:
        if above is verb:
            return True
        if above.dep in _CLAUSES or (above.dep == "conj" and above.pos == "VERB"):
            return False
    return False
