"""Which side a sentence is on, read from its words: denial, limit, allegation, criticism."""

import re

from index.annotations import Modality
from rag import terms
from rag.evidence import Evidence
from rag.words import words

_ACCUSING = frozenset({Modality.ALLEGED, Modality.CHARGED, Modality.DESIGNATED, Modality.CONVICTED})


def denies(evidence: Evidence) -> bool:
    """Whether the sentence denies, rejects or doubts what it is about."""
    if evidence.note.negated or evidence.note.modality is Modality.DENIED:
        return True
    return _has(evidence.text, "denial")


def limits(evidence: Evidence) -> bool:
    """Whether the sentence says that something is not known, not shown, or not said."""
    return _has(evidence.text, "limits") or _silent(evidence)


def accuses(evidence: Evidence) -> bool:
    """Whether the sentence alleges, charges, designates or convicts."""
    return not denies(evidence) and (
        evidence.note.modality in _ACCUSING or evidence.role == "allegation"
    )


def criticises(evidence: Evidence) -> bool:
    """Whether the sentence argues against an act."""
    return _has(evidence.text, "criticism")


def about_document(evidence: Evidence) -> bool:
    """Whether the main subject is a piece of writing, so that the remark is about its wording."""
    subject = evidence.text[: evidence.note.subject_end or 60]
    return any(w.text.lower() in words("documents", "nouns") for w in terms.split(subject))


def _silent(evidence: Evidence) -> bool:
    """Whether it says that a document does not mention something."""
    return (
        re.search(
            r"\b(?:not|no|never|nor|neither|only)\b.{0,40}\b(?:mention|name|list|give|appear|seen|"
            r"contain|say|state|describe|record|publish)",
            evidence.text,
            re.I,
        )
        is not None
    )


def _has(text: str, cue: str) -> bool:
    lower = text.lower().replace("’", "'")
    found = {w.text for w in terms.split(lower)} & words("cues", cue)
    return bool(found) or (cue == "denial" and "n't" in lower)
