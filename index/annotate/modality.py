"""How surely a sentence puts its main claim."""

from typing import Any

from index.annotate.clauses import root
from index.annotate.rules import words
from index.annotations import Modality


def negated(sentence: Any) -> bool:
    """Whether the main clause, or what is said in it, is denied."""
    main = root(sentence)
    verbs = [main, *(c for c in main.children if c.dep_ in ("ccomp", "conj"))]
    for verb in verbs:
        if any(c.dep_ == "neg" or c.lower_ in ("never", "no") for c in verb.children):
            return True
        for child in verb.children:
            if child.dep_ in ("nsubj", "nsubjpass", "dobj", "attr") and any(
                g.lower_ in ("no", "neither", "none") for g in (child, *child.children)
            ):
                return True
    return False


def hedged(sentence: Any) -> bool:
    """Whether the sentence puts its claim weakly."""
    return any(t.lemma_.lower() in words("hedge") or t.lower_ in words("hedge") for t in sentence)


def modality(sentence: Any) -> Modality:
    """Return the modality of the first verb, from the main one outwards, that has one."""
    main = root(sentence)
    verbs = [main, *(t for t in sentence if t.pos_ == "VERB" and t.i != main.i)]
    for verb in verbs[:4]:
        for name in Modality:
            if name is not Modality.STATED and verb.lemma_ in words(name.value):
                return name
    return Modality.STATED
