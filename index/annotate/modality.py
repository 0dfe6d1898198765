"""How surely a sentence puts its main claim."""

from collections.abc import Iterator

from index.annotate.tree import Sentence, Token, passive
from index.annotate.words import words
from index.annotations import Modality

_ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj", "attr", "expl"})
_QUANTITIES = frozenset({"less", "fewer", "more", "later", "earlier", "sooner"})


def negated(sentence: Sentence) -> bool:
    """Whether the main clause, or what is said in it, is denied.

    "Not only" denies nothing; "failed to" and "lacks" do.
    """
    return any(_denied(verb) for verb in _claims(sentence))


def hedged(sentence: Sentence) -> bool:
    """Whether the sentence puts its claim weakly: by an adverb, a modal verb, or "is said to"."""
    return any(_weak(token) for token in sentence.tokens)


def modality(sentence: Sentence) -> Modality:
    """Return how the claim is put: by the main verb, else by the verb of what is said in it."""
    for verb in _claims(sentence):
        found = _of(verb)
        if found is not None:
            return found
    if any(t.lower in ("allegedly", "purportedly") for t in sentence.tokens):
        return Modality.ALLEGED
    if any(t.lower == "estimated" and t.dep == "amod" for t in sentence.tokens):
        return Modality.ESTIMATED
    return Modality.STATED


def _claims(sentence: Sentence) -> Iterator[Token]:
    """The main verb, the verb of what is said in it, and those joined to either."""
    queue = [sentence.main]
    while queue:
        verb = queue.pop(0)
        yield verb
        for child in verb.children:
            said = child.dep == "ccomp" or (child.dep in ("xcomp", "pcomp") and child.pos != "NOUN")
            if said or (child.dep == "conj" and child.pos in ("VERB", "AUX")):
                queue.append(child)


def _denied(verb: Token) -> bool:
    if verb.lemma in words("failing") and verb.pos == "VERB":
        return True
    for child in verb.children:
        if child.dep == "neg" or child.lower in ("never", "nor"):
            if not _mere(child):
                return True
        elif (
            child.dep in _ARGUMENTS
            and any(t.lower in words("none") and not _counts(t) for t in (child, *child.children))
        ) or (child.dep == "acomp" and any(t.dep == "neg" for t in child.children)):
            return True
    return False


def _mere(negation: Token) -> bool:
    return any(t.i == negation.i + 1 and t.lower in words("merely") for t in negation.head.subtree)


def _counts(token: Token) -> bool:
    """Whether "no" belongs to a quantity, as in "no fewer than ten"."""
    return any(t.i == token.i + 1 and t.lower in _QUANTITIES for t in token.head.subtree)


def _weak(token: Token) -> bool:
    lower = token.lower
    if lower in words("hedge"):
        return not (lower == "reported" and token.pos == "VERB")
    if token.tag == "MD" and lower in words("may"):
        return not token.head.child("neg") or lower != "could"
    if token.pos != "VERB":
        return False
    clause = token.child("ccomp", "xcomp") is not None
    if token.lemma in words("hedging"):
        return clause
    return token.lemma in words("impersonal") and passive(token) and clause


def _of(verb: Token) -> Modality | None:
    lemma = verb.lemma
    clause = verb.child("ccomp", "xcomp") is not None
    thing = verb.child("dobj", "nsubjpass", "oprd")
    if lemma in words("alleged"):
        return Modality.ALLEGED if lemma == "accuse" or clause or passive(verb) or thing else None
    if lemma in words("charged"):
        accused = lemma != "charge" or verb.has("with") or passive(verb)
        return Modality.CHARGED if accused else None
    if lemma in words("convicted"):
        return Modality.CONVICTED
    if lemma == "find" and any(c.lower == "guilty" for c in verb.subtree):
        return Modality.CONVICTED
    if lemma == "plead" and any(c.lower == "guilty" for c in verb.subtree):
        innocent = any(c.dep == "neg" for c in verb.subtree)
        return Modality.DENIED if innocent else Modality.CONVICTED
    if lemma == "face" and thing is not None and thing.lemma == "charge":
        return Modality.CHARGED
    if lemma in words("designated"):
        return Modality.DESIGNATED
    if lemma == "impose" and thing is not None and thing.lemma == "sanction":
        return Modality.DESIGNATED
    if lemma in words("denied"):
        return Modality.DENIED
    if lemma in words("rebuff"):
        claim = thing is not None and thing.lemma in words("claims")
        return Modality.DENIED if claim or verb.child("ccomp") else None
    if lemma in words("estimated") and (clause or passive(verb) or thing is not None):
        return Modality.ESTIMATED
    if lemma in words("assessed") and (clause or lemma == "assess" or verb.has("that")):
        return Modality.ASSESSED
    return None
