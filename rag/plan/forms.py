"""What form of answer a question asks for: a date, a place, a person, a reason, a figure."""

import re
from enum import StrEnum

from rag.question import Kind, Question
from rag.words import words


class Form(StrEnum):
    """What an answer has to give."""

    TIME = "date"
    PLACE = "place"
    AGENT = "person or body"
    CAUSE = "reason"
    MEANING = "meaning"
    FIGURE = "figure"
    OTHER = ""


POINTED = frozenset({Form.TIME, Form.PLACE, Form.AGENT, Form.CAUSE})


def form_of(question: Question) -> Form:
    """Return what the question asks for, from its first words."""
    if question.kind is Kind.QUANTITY:
        return Form.FIGURE
    lower = re.sub(r"^(?:in|on|at|from|to|by|since|until|during) (?=wh)", "", question.text.lower())
    kind = re.match(r"(?:what|which) (\w+)", lower)
    if lower.startswith("when") or (kind and kind.group(1) in words("answers", "times")):
        return Form.TIME
    if lower.startswith("where") or (kind and kind.group(1) in words("answers", "places")):
        return Form.PLACE
    if re.match(r"(?:who|whom|whose)\b", lower):
        return Form.MEANING if _plain(question, r"who(?: is|'s|’s| was| are| were)") else Form.AGENT
    if re.match(r"what do(?:es)? [\w -]{1,40} (?:stand for|mean)\W*$", lower):
        return Form.MEANING
    if re.match(r"why\b|how come\b|what (?:caus|led to|leads to|makes|made)", lower):
        return Form.CAUSE
    return Form.MEANING if _plain(question, r"what(?: is| are|'s|’s| was)") else Form.OTHER


def _plain(question: Question, opening: str) -> bool:
    """Whether it only asks what or who something is: "What is a conurbation?"."""
    match = re.match(rf"{opening} (?:(?:an?|the) )?", question.text, re.I)
    if not match:
        return False
    rest = question.text[match.end() :].rstrip("?!. ")
    if rest in question.names:
        return True
    indefinite = not match.group().lower().endswith("the ")
    return indefinite and len(rest.split()) <= 3 and rest.islower()
