"""Chunks that share words with a query: the seam, and its default on SQLite FTS5."""

import re
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple, Protocol

TOKENIZER = "porter unicode61 remove_diacritics 2"

# A title or heading names the subject that the passage below it calls "it".
_BODY_WEIGHT, _CONTEXT_WEIGHT = 1.0, 0.5

# BM25 gives no weight to words that more than half of the chunks have, and the rarest words of a
# query decide. The others cost time: a microsecond for each chunk that has them.
_COMMON_SHARE = 0.5
_MOST_WORDS = 16
_MOST_OCCURRENCES = 20_000

_WORD = re.compile(r"[^\W_]+")

_STOP_WORDS = frozenset(
    _WORD.findall(
        "a about after all also an and any are as at be been before being but by can could did do"
        " does for from had has have he her his how i if in into is it its may me more most my no"
        " not of on one or other our out over s says she should so some such t than that the their"
        " them then there these they this those to under up was we were what when where which"
        " while who whom whose why will with would you your"
    )
)


class Match(NamedTuple):
    """A chunk that shares words with the query; a higher score is better."""

    chunk_id: int
    score: float


class LexicalIndex(Protocol):
    """The words of one generation's chunks."""

    def search(self, query: str, k: int) -> list[Match]:
        """Return up to k chunks by BM25, best first; none where no word of the query occurs."""
        ...

    def frequency(self, words: Collection[str]) -> dict[str, int]:
        """Return for each word the number of chunks whose text has it in any inflection."""
        ...


class Entry(NamedTuple):
    """What is indexed of a chunk: its text, and the titles above it."""

    chunk_id: int
    body: str
    context: str


class FtsLexicon:
    """FTS5 tables inside the ledger, so that words and documents change in one transaction.

    `chunks` is the number of chunks indexed, the measure of what is a common word.
    """

    def __init__(self, connection: sqlite3.Connection, chunks: int) -> None:
        self._connection = connection
        self._common = _COMMON_SHARE * chunks
        self._stemmer = _Stemmer(connection)
        self._known: dict[str, _Count] = {}

    def search(self, query: str, k: int) -> list[Match]:
        """Return up to k chunks by BM25, best first."""
        words = self._informative(query)
        if not words:
            return []
        # Letters and digits only, quoted: nothing of the query is FTS5 syntax.
        expression = " OR ".join(f'"{word}"' for word in words)
        rows = self._connection.execute(
            "SELECT rowid, bm25(lexicon, ?, ?) AS badness FROM lexicon WHERE lexicon MATCH ?"
            " ORDER BY badness, rowid LIMIT ?",
            (_BODY_WEIGHT, _CONTEXT_WEIGHT, expression, k),
        )
        return [Match(chunk_id, -badness) for chunk_id, badness in rows]

    def frequency(self, words: Collection[str]) -> dict[str, int]:
        """Return for each word the number of chunks whose text has it in any inflection.

        A word that the index splits ("U.S.") counts as its rarest part. A Porter stem counts as
        the words that it stands for.
        """
        return {word: count.body for word, count in self._counts(words).items()}

    def _informative(self, query: str) -> list[str]:
        """Return the rarest words of the query that occur at all, rarest first.

        There is always one, where any occurs; more as long as few enough chunks have them.
        """
        words = dict.fromkeys(_WORD.findall(query.casefold()))
        counts = self._counts([word for word in words if word not in _STOP_WORDS])
        sizes = {word: max(count) for word, count in counts.items() if max(count)}
        found = sorted(sizes, key=sizes.__getitem__)
        rare = [word for word in found if sizes[word] <= self._common]
        chosen = (rare or found)[:_MOST_WORDS]
        reached = accumulate(sizes[word] for word in chosen)
        return chosen[: max(1, sum(total <= _MOST_OCCURRENCES for total in reached))]

    def _counts(self, words: Collection[str]) -> "dict[str, _Count]":
        unknown = [word for word in words if word not in self._known]
        for word, stems in self._stemmer.stems(unknown).items():
            counts = [self._count(stem) for stem in stems]
            # A stem that is given for a word is not always its own stem: "overdos", "overdo".
            self._known[word] = max(min(counts, default=_Count(0, 0)), self._count(word))
        return {word: self._known[word] for word in words}

    def _count(self, stem: str) -> "_Count":
        rows = self._connection.execute(
            "SELECT col, doc FROM lexicon_terms WHERE term = ?", (stem,)
        )
        return _Count(**{"body": 0, "context": 0, **dict(rows.fetchall())})


class _Count(NamedTuple):
    """The number of chunks in whose text, and above whose text, a word occurs."""

    body: int
    context: int


def add_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Index the entries, as part of the transaction under way."""
    connection.executemany("INSERT INTO lexicon (rowid, body, context) VALUES (?, ?, ?)", entries)


def remove_entries(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Take out entries that were added with just these texts."""
    connection.executemany(
        "INSERT INTO lexicon (lexicon, rowid, body, context) VALUES ('delete', ?, ?, ?)", entries
    )


class _Stemmer:
    """Says under which stems the lexicon keeps a word.

    Its own tokenizer is asked: Porter stemmers of other libraries differ in one word in 170.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ready = False

    def stems(self, words: Sequence[str]) -> dict[str, list[str]]:
        """Return the stems of each word, one for each part that the tokenizer finds in it."""
        stems: dict[str, list[str]] = {word: [] for word in words}
        if not stems:
            return stems
        self._prepare()
        self._connection.executemany(
            "INSERT INTO temp.words (rowid, word) VALUES (?, ?)", enumerate(words)
        )
        for row, stem in self._connection.execute("SELECT doc, term FROM temp.stems"):
            stems[words[row]].append(stem)
        return stems

    def _prepare(self) -> None:
        if not self._ready:
            # Temporary tables live in memory: a connection that may only read has them too.
            self._connection.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5"
                f" (word, tokenize='{TOKENIZER}')"
            )
            self._connection.execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab (words, 'instance')"
            )
            self._ready = True
        self._connection.execute("DELETE FROM temp.words")
