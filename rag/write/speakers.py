"""Who speaks in a sentence: its own speaker, who passes it on, or nobody but its publisher."""

import re

from rag import terms
from rag.evidence import Evidence
from rag.plan import stance
from rag.words import words

# Who passes on what the document says does not say it.
_RELAY = re.compile(r"(as (?:reported|told) by [^,]+|according to [^,]+),", re.I)


def needs_speaker(evidence: Evidence, text: str) -> bool:
    """Whether a clause must be told who says it.

    Not where nobody is known to have published it, where it names its own speaker or is about a
    piece of writing, and not for an act told by the one who did it.
    """
    publisher = evidence.document.source.publisher
    if not publisher or evidence.note.speech is not None or stance.about_document(evidence):
        return False
    if names_publisher(text, publisher) or tells_speaker(text):
        return False
    return not relayed(text)


def names_speaker_last(text: str) -> bool:
    """Whether the clause closes with its speaker: "…, X told CNN", "…, according to X"."""
    verbs = "said|says|reported|wrote|writes|found|finds|told [^,]+"
    return re.search(rf", (?:[^,]+ (?:{verbs})|according to)\b[^,]*$", text) is not None


def tells_speaker(text: str) -> bool:
    """Whether the clause closes with its speaker, or says in which document it stands."""
    nouns = "|".join(sorted(words("documents", "nouns")))
    return (
        names_speaker_last(text)
        or re.search(rf"\b(?:in|by|to) the (?:[\w’'.-]+ ){{0,4}}(?:{nouns})\b", text) is not None
    )


def relay(text: str) -> str:
    """Return who passes a sentence on, as it opens ("as reported by the Courier"), or ""."""
    found = _RELAY.match(text)
    return found.group(1)[0].lower() + found.group(1)[1:] if found else ""


def relayed(text: str) -> bool:
    """Whether a sentence opens with who passes it on."""
    return bool(relay(text))


def names_publisher(text: str, publisher: str) -> bool:
    """Whether a text names a publisher, by its distinctive words or its acronym."""
    capital = [w.text for w in terms.split(publisher) if w.text[0].isupper() and "." not in w.text]
    generic = words("documents", "institutions") | words("grammar", "function")
    major = [w for w in capital if w.lower() not in generic] or capital
    acronym = "".join(w[0] for w in capital)
    if len(acronym) > 2 and re.search(rf"\b{acronym}\b", text):
        return True
    return bool(major) and all(re.search(rf"\b{re.escape(w)}", text) for w in major)
