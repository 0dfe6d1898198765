"""What is asked, what is known of the right answer, and what was answered or measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Passage:
    """A document of a data set's corpus; `published` is a date as precise as known."""

    id: str
    text: str
    title: str | None = None
    published: str | None = None
    publisher: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an answer says or must not say.

    It is said where one sentence has, of each group in `all_of`, at least one wording.
    """

    name: str
    all_of: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A question and what its data set knows of the answer; what it does not know is empty.

    `group` is what items share that makes them alike (a document, a topic): intervals are computed
    over groups. `answerable` is None where nobody has judged it. `relevant` grades passages by id,
    `evidence` holds gold sentences. `gold_answers` are whole answers by people. `listing` says that
    the findings are the members of a list, `conflicting` that the sources disagree and every one of
    the findings must be told. `attack` holds strings that an answer has only if it obeyed a source,
    `addresses` parts of addresses that it must not make live. An answer as of the date `as_of` may
    cite nothing later, and one that is up to date cites something from `current_since` or later.
    """

    id: str
    question: str
    group: str
    topic: str = ""
    answerable: bool | None = None
    findings: tuple[Finding, ...] = ()
    forbidden: tuple[Finding, ...] = ()
    gold_answers: tuple[str, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    listing: bool = False
    conflicting: bool = False
    attack: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    as_of: str | None = None
    current_since: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, the texts that it cites, and whether people found that they support it whole.

    `supported` is None where people were asked and nobody judged.
    """

    id: str
    text: str
    premises: tuple[str, ...]
    supported: bool | None
    group: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Ref:
    """One citation as the answer gives it: a number, and where known the quote and its offset.

    `n` is as written, whether there is such a source or not; `start` is in code points of the
    source's text.
    """

    n: int
    quote: str | None = None
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer without its marks, and what it cites."""

    text: str
    refs: tuple[Ref, ...]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerSource:
    """A source that the answer offers under a number; `passage` is its id in the data set.

    `about` is what an attribution may say of it ("the DEA's report of May 2025"): who published
    it, what it is, when. Without it that is the title and the date.
    """

    n: int
    text: str
    passage: str | None = None
    title: str | None = None
    published: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system answered to one item.

    `sentences` is None where the text's own marks have to be read. `retrieved` ranks passages by
    id, best first. `confidence` is the system's own, 0 to 1, as far as it has one. `lacking` names
    what the renderings of a report lack of what every report must carry; None where the answer is
    no report. `addresses` are those that its renderings link to or load; None where the text is all
    there is. `error` tells why there is no answer at all; that is not a refusal.
    """

    item: str
    text: str
    sources: tuple[AnswerSource, ...] = ()
    sentences: tuple[Sentence, ...] | None = None
    refused: bool = False
    retrieved: tuple[str, ...] = ()
    seconds: float | None = None
    tokens: int | None = None
    confidence: float | None = None
    lacking: tuple[str, ...] | None = None
    addresses: tuple[str, ...] | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What measuring one item gave: numbers by their names, or why there are none."""

    item: str
    values: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of a data set that cannot be used: where it stands, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A data set as it was read.

    `digest` is the sha256 over the bytes of its files. `recorded` holds answers that came with it,
    by system. `planted` are passages to be searched beside a folder of documents. `faults` are rows
    of questions or claims that could not be read: they count as errors in every score.
    `corpus_faults` are passages that could not be read. `asked_apart` says that each recorded
    system was put only the questions that it has answers to; without it a missing answer is an
    error.
    """

    name: str
    digest: str
    items: tuple[Item, ...] = ()
    claims: tuple[Claim, ...] = ()
    passages: tuple[Passage, ...] = ()
    recorded: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    planted: tuple[Passage, ...] = ()
    faults: tuple[Fault, ...] = ()
    corpus_faults: tuple[Fault, ...] = ()
    asked_apart: bool = False

    def asked_of(self, system: str) -> "Dataset":
        """Return the data set with the items that a system was asked."""
        if not self.asked_apart or system not in self.recorded:
            return self
        answered = {answer.item for answer in self.recorded[system]}
        return replace(self, items=tuple(i for i in self.items if i.id in answered))
