"""What each sentence is about, found once when it is indexed.

Offsets (`start`, `end`) are code points within the sentence, end exclusive; spans of other
sentences are code points of the document's text. Nothing here needs the parser that found it.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

from corpus.documents import Document, Span


class Modality(StrEnum):
    """How surely the sentence's main claim is put, by its own words alone."""

    STATED = "stated"
    ALLEGED = "alleged"
    CHARGED = "charged"
    DESIGNATED = "designated"
    CONVICTED = "convicted"
    ESTIMATED = "estimated"
    ASSESSED = "assessed"
    DENIED = "denied"


class Role(StrEnum):
    """The part that a mention plays in its clause."""

    SUBJECT = "subject"
    OBJECT = "object"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Mention:
    """A proper name in the sentence; `name` is its canonical form within the document.

    `label` is the parser's entity type (PERSON, ORG, GPE, NORP, ...) or "" for a capitalised run.
    """

    name: str
    start: int
    end: int
    label: str
    role: Role


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase without its determiner; `head` is the lemma of its head noun."""

    start: int
    end: int
    head: str
    role: Role


@dataclass(frozen=True, slots=True)
class Speech:
    """Who says it inside the sentence: "X said that P", "P, X said", "according to X, P".

    `content_start`/`content_end` delimit P without "that" and without the final stop.
    """

    speaker: str
    speaker_start: int
    speaker_end: int
    verb: str
    content_start: int
    content_end: int


@dataclass(frozen=True, slots=True)
class Definition:
    """A phrase that says what `name` is, from "is a", an apposition or "describes X as".

    `start`/`end` delimit the phrase with its article: "a violent gang active in ...".
    """

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Act:
    """The main verb's past event: its lemma, its object's text, and the date it carries."""

    verb: str
    noun: str | None
    date: str | None
    passive: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A word that needs something outside the sentence: "it", "the group", "the ruling".

    `text` is the self-contained phrase it stands for and `antecedent` the span of the sentence
    where that phrase stands; both None where it could not be resolved.
    """

    start: int
    end: int
    text: str | None
    antecedent: Span | None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that is no date: its value, its unit or counted noun, and its place."""

    start: int
    end: int
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a parser found in one sentence.

    `complete` is true of a full declarative sentence (finite main verb, subject, no question).
    `subject_end` is the end of the main subject; `verb_start`/`verb_end` delimit its finite verb
    group; 0 where there is none. `cuts` are offsets at which the sentence may end instead, still
    being whole and still saying the same (before a relative clause, a because-clause, a
    participle after a comma, or a second main clause). `linked` is true of a sentence that opens
    with a connective ("However", "Also") and so leans on the one before it.
    """

    complete: bool = False
    linked: bool = False
    subject_end: int = 0
    verb_start: int = 0
    verb_end: int = 0
    verb: str = ""
    negated: bool = False
    hedged: bool = False
    modality: Modality = Modality.STATED
    mentions: tuple[Mention, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    speech: Speech | None = None
    definitions: tuple[Definition, ...] = ()
    act: Act | None = None
    references: tuple[Reference, ...] = ()
    figures: tuple[Figure, ...] = ()
    cuts: tuple[int, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the sentence can be understood without its neighbours."""
        return self.complete and not self.linked and not self.references

    @property
    def resolvable(self) -> bool:
        """Whether it can be made so by putting antecedents in the place of references."""
        return self.complete and all(r.text is not None for r in self.references)


class Annotator(Protocol):
    """Reads a whole document and describes each of its sentences."""

    @property
    def name(self) -> str:
        """Model and rules; annotations of another name are made anew."""
        ...

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        """Return one annotation a sentence, in the order given."""
        ...


def to_json(annotation: Annotation) -> str:
    """Return the annotation as compact JSON; fields at their default are left out."""
    data = {
        key: value
        for key, value in asdict(annotation).items()
        if value not in (False, 0, "", (), None)
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def from_json(text: str) -> Annotation:
    """Return the annotation that `to_json` wrote.

    Raises:
        ValueError: the text is not such JSON.
    """
    data: dict[str, Any] = json.loads(text)
    try:
        return Annotation(
            complete=data.get("complete", False),
            linked=data.get("linked", False),
            subject_end=data.get("subject_end", 0),
            verb_start=data.get("verb_start", 0),
            verb_end=data.get("verb_end", 0),
            verb=data.get("verb", ""),
            negated=data.get("negated", False),
            hedged=data.get("hedged", False),
            modality=Modality(data.get("modality", "stated")),
            mentions=tuple(
                Mention(m["name"], m["start"], m["end"], m["label"], Role(m["role"]))
                for m in data.get("mentions", ())
            ),
            phrases=tuple(
                Phrase(p["start"], p["end"], p["head"], Role(p["role"]))
                for p in data.get("phrases", ())
            ),
            speech=Speech(**data["speech"]) if "speech" in data else None,
            definitions=tuple(Definition(**d) for d in data.get("definitions", ())),
            act=Act(**data["act"]) if "act" in data else None,
            references=tuple(
                Reference(
                    r["start"],
                    r["end"],
                    r["text"],
                    Span(**r["antecedent"]) if r["antecedent"] else None,
                )
                for r in data.get("references", ())
            ),
            figures=tuple(Figure(**f) for f in data.get("figures", ())),
            cuts=tuple(data.get("cuts", ())),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an annotation: {error}") from error
