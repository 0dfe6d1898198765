"""What the evidence of an open question is about beside the question: a name or phrase a theme."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from index.annotations import Role
from rag import terms
from rag.articles import with_the
from rag.evidence import Evidence, Pool
from rag.question import Question
from rag.words import words

_FEWEST = 3
_COMMON = 0.6
_UNNAMED = frozenset(
    {"DATE", "TIME", "CARDINAL", "PERCENT", "MONEY", "NORP", "ORDINAL", "QUANTITY"}
)


@dataclass(frozen=True)
class Theme:
    """A theme's name as a heading has it, and the sentences that have it, best first."""

    label: str
    evidence: tuple[Evidence, ...]


def themes(pool: Pool, evidence: Sequence[Evidence], *, limit: int) -> list[Theme]:
    """Return up to `limit` themes, each with at least three sentences that are in no other.

    A theme is a proper name, or a noun phrase of two words and more, that the question does not
    have; the one whose sentences are most relevant together comes first. What most of the evidence
    has tells nothing apart.
    """
    having = _having(pool, evidence)
    texts = [e.text for e in pool.evidence]
    found: list[Theme] = []
    used: set[int] = set()
    while len(found) < limit:
        left = {
            label: fresh
            for label, of_label in having.items()
            if len(fresh := [e for e in of_label if e.sentence.id not in used]) >= _FEWEST
            and len(of_label) <= _COMMON * len(evidence)
        }
        if not left:
            break
        label = max(left, key=lambda name: (sum(e.relevance for e in left[name]), name))
        # A phrase stands as it is written, a name as the texts have it.
        whole = label if label == label.lower() else with_the(label, texts)
        found.append(Theme(whole, tuple(left[label])))
        used |= {e.sentence.id for e in left[label]}
    return found


def _having(pool: Pool, evidence: Sequence[Evidence]) -> dict[str, list[Evidence]]:
    publishers = {e.publisher for e in pool.evidence}
    found: dict[str, list[Evidence]] = defaultdict(list)
    for e in evidence:
        names = {
            m.name
            for m in e.note.mentions
            if m.role is not Role.OTHER
            and m.label not in _UNNAMED
            and not any(m.name in p for p in publishers)
            and not pool.question.covers(m.name)
        }
        for label in names | _phrases(e, pool.question):
            found[label].append(e)
    return found


def _phrases(evidence: Evidence, question: Question) -> set[str]:
    found = set()
    for phrase in evidence.note.phrases:
        text = evidence.text[phrase.start : phrase.end].strip()
        own = terms.split(text)
        plain = text == text.lower() and len(own) > 1 and all(w.text.isalpha() for w in own)
        kinds = words("documents", "nouns") | words("times", "spans")
        if plain and not question.covers(text) and not any(w.text in kinds for w in own):
            found.add(text)
    return found
