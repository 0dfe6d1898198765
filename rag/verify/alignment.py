"""Copied text: every clause of a sentence aligned, in order, with the span that it was given."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag import terms
from rag.verify.locks import fold, is_acronym
from rag.verify.support import Premise
from rag.words import words

_MIN_RUN = 3


@dataclass(frozen=True, slots=True)
class Alignment:
    """How much of a sentence is copied.

    `copied` is the share of its content words that stand in runs shared with a premise, `licensed`
    the share that stand there or belong to an attribution; `leftover` are the words that do
    neither.
    """

    copied: float
    licensed: float
    leftover: tuple[str, ...]


def align(sentence: str, premises: Sequence[Premise]) -> Alignment:
    """Align the words of `sentence` with those of the premises.

    A run of at least three words (or of all the words, if fewer) counts as copied. What is not
    copied may be a function word, a word of attribution (words.toml, `frames.licensed`), or a word
    of a premise's `about`; anything else is left over.
    """
    tokens = [fold(w.text) for w in terms.split(sentence)]
    copied = [False] * len(tokens)
    for premise in premises:
        source = [fold(w.text) for w in terms.split(premise.text)]
        matcher = SequenceMatcher(None, tokens, source, autojunk=False)
        for block in matcher.get_matching_blocks():
            if block.size >= min(_MIN_RUN, len(tokens), len(source)):
                copied[block.a : block.a + block.size] = [True] * block.size
    function, frame = words("grammar", "function"), words("frames", "licensed")
    about = {fold(w.text) for p in premises for w in terms.split(p.about)}
    content = [i for i, token in enumerate(tokens) if token not in function]
    if not content:
        return Alignment(0.0, 0.0, ())
    inside = sum(copied[i] for i in content)
    known = " ".join(p.about for p in premises)
    left = [
        tokens[i]
        for i in content
        if not copied[i] and tokens[i] not in frame | about and not is_acronym(tokens[i], known)
    ]
    return Alignment(inside / len(content), 1 - len(left) / len(content), tuple(left))
