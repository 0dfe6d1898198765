"""Events: a main verb in the past that tells what was done, and when."""

import calendar
import re
from typing import Any

from index.annotate.clauses import root, subject
from index.annotate.rules import words
from index.annotations import Act

_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_NAMES = "|".join(name.capitalize() for name in _MONTHS)
_DATE = re.compile(rf"\b(?:(\d{{1,2}}) )?({_NAMES})(?: (\d{{1,2}}),?)?,? (\d{{4}})\b")
_NOMINAL = (
    ("ignate", "ignation"),
    ("sanction", "sanction"),
    ("charge", "charge"),
    ("arrest", "arrest"),
    ("release", "release"),
    ("invoke", "invocation"),
    ("indict", "indictment"),
    ("announce", "announcement"),
    ("convict", "conviction"),
    ("approve", "approval"),
    ("launch", "launch"),
    ("order", "order"),
    ("ban", "ban"),
    ("elect", "election"),
    ("appoint", "appointment"),
    ("attack", "attack"),
    ("strike", "strike"),
    ("rule", "ruling"),
    ("sign", "signing"),
    ("close", "closure"),
    ("discover", "discovery"),
    ("invent", "invention"),
)


def date_in(text: str) -> str | None:
    """Return the first full date or month of a text as partial ISO 8601."""
    match = _DATE.search(text)
    if match is None:
        return None
    before, month, after, year = match.groups()
    day = before or after
    number = _MONTHS.index(month.lower()) + 1
    if day and 1 <= int(day) <= 31:
        return f"{year}-{number:02d}-{int(day):02d}"
    return f"{year}-{number:02d}"


def act(sentence: Any) -> Act | None:
    """Return the event that the main clause tells in the past tense, if it tells one."""
    verb = root(sentence)
    passive = any(c.dep_ == "auxpass" for c in verb.children)
    past = verb.tag_ == "VBD" or (
        passive and any(c.dep_ == "auxpass" and c.tag_ == "VBD" for c in verb.children)
    )
    misread = verb.tag_ == "VBN" and not any(c.dep_ in ("aux", "auxpass") for c in verb.children)
    if not (past or misread) or verb.pos_ != "VERB" or subject(verb) is None:
        return None
    lemma = str(verb.lemma_)
    if lemma in words("stative") or (lemma in words("report") and lemma not in words("charged")):
        return None
    noun = next((n for v, n in _NOMINAL if lemma.endswith(v)), None)
    if noun and noun.startswith("ign"):
        noun = f"{lemma.removesuffix('ignate')}{noun}"
    return Act(lemma, noun, date_in(sentence.text), passive)
