"""The annotator: parses a document and reads its sentences in order."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from corpus.documents import Document, Span
from index.annotate import acts, clauses, modality
from index.annotate.aliases import Aliases, joined_names
from index.annotate.definitions import definitions
from index.annotate.discourse import Discourse
from index.annotate.figures import figures
from index.annotate.mentions import Name, mentions, names
from index.annotate.nominals import Reading
from index.annotate.parsing import Parser
from index.annotate.phrases import phrases
from index.annotate.references import referring
from index.annotate.resolution import resolve
from index.annotate.speech import speech
from index.annotate.tree import Sentence, Token, subject, verb_group
from index.annotate.words import words
from index.annotations import Annotation, Reference, Speech

_RULES = 10
_LONGEST = 5_000
_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][\w-]+|\b[A-Z][\w-]+(?= [A-Z])")
_SMALL = re.compile(r"(?<![\w’'])[a-z][a-z’'-]*")


class SpacyAnnotator:
    """Parses each sentence once; spaCy is imported at the first document."""

    def __init__(self) -> None:
        self._parser = Parser()

    @property
    def name(self) -> str:
        """Model and rules; annotations of another name are made anew."""
        return f"en_core_web_sm-3.8.0+rules-{_RULES}"

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        """Return one annotation a sentence, in the order given.

        A document in another language than English gets annotations that only say whether each
        sentence looks whole: nothing else is known about it. Of a sentence of more than 5,000
        characters, which is a table or worse, nothing is known at all.
        """
        texts = [span.slice(document.text) for span in sentences]
        if (document.source.language or "en").split("-")[0].lower() != "en":
            return [Annotation(complete=_looks_whole(t)) for t in texts]
        parsed = self._parser.parse([t if len(t) <= _LONGEST else "" for t in texts])
        return _Reader(document, sentences, [*parsed]).annotations()


def _looks_whole(text: str) -> bool:
    return text[:1].isupper() and text.rstrip("”\"'»)")[-1:] in (".", "!")


class _Reader:
    """Reads one document: names first, then each sentence with what came before it."""

    def __init__(
        self, document: Document, spans: Sequence[Span], sentences: Sequence[Sentence]
    ) -> None:
        self.document = document
        self.spans = spans
        self.sentences = sentences
        common = frozenset(_SMALL.findall(document.text))
        proper = frozenset(_INSIDE.findall(document.text)) - words("nameless")
        self.names = [names(s, common, proper) if s.tokens else [] for s in sentences]
        self.aliases = _aliases(document, sentences, self.names)
        self.articled = _articled(sentences, self.names, self.aliases)
        self.discourse = Discourse(document)
        self.starts = {heading.span.start for heading in document.headings}

    def annotations(self) -> list[Annotation]:
        """Return the annotation of each sentence, in order."""
        inside = _inside_quotations(self.document, self.spans)
        return [
            self._annotation(sentence, span, found, whole=not spoken)
            for sentence, span, found, spoken in zip(
                self.sentences, self.spans, self.names, inside, strict=True
            )
        ]

    def _annotation(
        self, sentence: Sentence, span: Span, found: Sequence[Name], *, whole: bool
    ) -> Annotation:
        if not sentence.tokens:
            return Annotation()
        if span.start in self.starts:
            self.discourse.rest()
        named = mentions(sentence, found, self.aliases)
        reading = Reading(sentence, named, self.articled)
        references = resolve(
            reading, referring(reading, self.discourse), self.discourse, spoken=not whole
        )
        defined = definitions(sentence, named, references)
        self.discourse.learn(reading, span, found, defined, references)
        main = sentence.main
        group = verb_group(main)
        who = subject(main)
        finite = who is not None and main.pos in ("VERB", "AUX")
        return Annotation(
            complete=whole and clauses.complete(sentence),
            linked=clauses.linked(sentence),
            subject_end=_subject_end(sentence, who),
            verb_start=group[0].start if finite else 0,
            verb_end=group[-1].end if finite else 0,
            verb=main.lemma if finite else "",
            negated=modality.negated(sentence),
            hedged=modality.hedged(sentence),
            modality=modality.modality(sentence),
            mentions=named,
            phrases=phrases(sentence),
            speech=_who(speech(sentence, named), references),
            definitions=defined,
            act=acts.act(sentence),
            references=references,
            figures=figures(sentence),
            cuts=clauses.cuts(sentence),
        )


def _subject_end(sentence: Sentence, who: Token | None) -> int:
    if who is None:
        return 0
    last = who.right
    while last > who.i and sentence.tokens[last].pos == "PUNCT":
        last -= 1
    return sentence.tokens[last].end


def _who(said: Speech | None, references: Sequence[Reference]) -> Speech | None:
    """Give a speaker that is a resolved reference its name."""
    if said is None:
        return None
    for reference in references:
        exact = (reference.start, reference.end) == (said.speaker_start, said.speaker_end)
        if exact and reference.text:
            return replace(said, speaker=reference.text)
    return said


def _articled(
    sentences: Sequence[Sentence], found: Sequence[Sequence[Name]], aliases: Aliases
) -> frozenset[str]:
    """Return the canonical names that follow "the", by their full forms where there are any."""
    full: dict[str, set[bool]] = defaultdict(set)
    short: dict[str, set[bool]] = defaultdict(set)
    for sentence, own in zip(sentences, found, strict=True):
        for name in own:
            text = sentence.slice(name.first, name.last)
            canonical = aliases.canonical(text)
            before = sentence.tokens[name.first - 1] if name.first else None
            with_the = (
                before is not None
                and before.lower == "the"
                and name.first <= before.head.i <= name.last
            )
            (full if text == canonical else short)[canonical].add(with_the)
    return frozenset(n for n in full.keys() | short.keys() if any(full.get(n) or short[n]))


def _aliases(
    document: Document, sentences: Sequence[Sentence], found: Sequence[Sequence[Name]]
) -> Aliases:
    labelled, joined = [], []
    for sentence, own in zip(sentences, found, strict=True):
        labelled += [(sentence.slice(n.first, n.last), n.label) for n in own]
        joined += joined_names(
            sentence.text, [(*sentence.span(n.first, n.last), n.label) for n in own]
        )
    source = document.source
    return Aliases(document.text, labelled, joined, source.publisher, source.title)


def _inside_quotations(document: Document, spans: Sequence[Span]) -> list[bool]:
    """Return for each sentence whether it begins within a quotation, or is nothing else.

    Such a sentence is somebody's words although it does not say whose.
    """
    found, opened, last = [], "", 0
    for span in spans:
        gap = document.text[last : span.start]
        if "\n" in gap:
            opened = ""
        text = span.slice(document.text)
        begins = bool(opened)
        for char in text:
            if char in "“«":
                opened = char
            elif char in "”»" or (char == '"' and opened == '"'):
                opened = ""
            elif char == '"':
                opened = char
        alone = text[0] in '"“«' and re.fullmatch(r"[\"“«][^\"”»“«]*[\"”»]", text) is not None
        found.append(begins or alone)
        last = span.end
    return found
