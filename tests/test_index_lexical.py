import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lexical import TOKENIZER, Entry, FtsLexicon, add_entries, remove_entries

ENTRIES = [
    Entry(1, "Archaeology in Peru found gold.", "Digs"),
    Entry(2, "The river Amazon flows through Peru and Brazil.", "Rivers"),
    Entry(3, "Rivers carry gold and sand. Rivers flow.", "Rivers"),
    Entry(4, "Brazil exports coffee.", "Trade"),
    Entry(5, "Spain once ruled.", "Peru"),
]


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(
        f"CREATE VIRTUAL TABLE lexicon USING fts5"
        f" (body, context, content='', tokenize='{TOKENIZER}');"
        "CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab ('lexicon', 'col');"
    )
    add_entries(connection, ENTRIES)
    yield connection
    connection.close()


@pytest.fixture
def lexicon(connection: sqlite3.Connection) -> FtsLexicon:
    # As if there were 20 chunks: no word is common.
    return FtsLexicon(connection, 20)


def found(lexicon: FtsLexicon, query: str, k: int = 10) -> list[int]:
    return [match.chunk_id for match in lexicon.search(query, k)]


def test_words_match_in_any_inflection_and_without_accents(lexicon: FtsLexicon) -> None:
    assert found(lexicon, "exported") == [4]
    assert found(lexicon, "ÁMAZÓN") == [2]


def test_rarer_words_weigh_more(lexicon: FtsLexicon) -> None:
    assert found(lexicon, "coffee from Peru")[0] == 4


def test_a_title_counts_less_than_the_text(lexicon: FtsLexicon) -> None:
    assert set(found(lexicon, "Peru")) == {1, 2, 5}
    assert found(lexicon, "Trade") == [4]


def test_scores_fall_with_rank_and_k_limits_them(lexicon: FtsLexicon) -> None:
    matches = lexicon.search("gold rivers Brazil", 3)
    assert len(matches) == 3
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)


def test_equal_scores_are_ordered_by_id(connection: sqlite3.Connection) -> None:
    add_entries(connection, [Entry(n, "Twin tower.", "") for n in (12, 11, 13)])
    assert found(FtsLexicon(connection, 80), "twin") == [11, 12, 13]


@pytest.mark.parametrize("query", ["", "  ", "the of and", "?!…", "zzz", "_"])
def test_a_query_without_a_known_word_finds_nothing(lexicon: FtsLexicon, query: str) -> None:
    assert lexicon.search(query, 10) == []


def test_a_word_that_is_everywhere_counts_only_where_there_is_no_other(
    connection: sqlite3.Connection,
) -> None:
    crowded = FtsLexicon(connection, 3)
    assert found(crowded, "Peru coffee") == [4]
    assert set(found(crowded, "Peru")) == {1, 2, 5}


def test_of_very_many_words_the_rarest_are_searched(connection: sqlite3.Connection) -> None:
    add_entries(connection, [Entry(n, f"common{n} " * 3, "") for n in range(100, 140)])
    lexicon = FtsLexicon(connection, 1000)
    assert found(lexicon, " ".join(f"common{n}" for n in range(100, 140)) * 20, 50) == list(
        range(100, 116)
    )


def test_words_of_very_many_chunks_are_left_to_rarer_ones(connection: sqlite3.Connection) -> None:
    add_entries(connection, [Entry(n, "often", "") for n in range(100, 20_100)])
    lexicon = FtsLexicon(connection, 100_000)
    assert found(lexicon, "often coffee") == [4]
    assert len(found(lexicon, "often")) == 10


@pytest.mark.parametrize(
    "query",
    ['gold" OR "coffee', "body: gold", "gold*", "NEAR(gold river)", "gold AND NOT sand", "^gold"],
)
def test_query_syntax_is_words_like_any_other(lexicon: FtsLexicon, query: str) -> None:
    assert {1, 3} <= set(found(lexicon, query))


@given(st.text())
def test_no_query_is_an_error(query: str) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(
        "CREATE VIRTUAL TABLE lexicon USING fts5 (body, context, content='');"
        "CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab ('lexicon', 'col');"
    )
    add_entries(connection, [Entry(1, query, query)])
    assert len(FtsLexicon(connection, 1).search(query, 5)) <= 1
    connection.close()


def test_frequency_counts_chunks_by_stem_in_the_text_alone(lexicon: FtsLexicon) -> None:
    assert lexicon.frequency(["river", "Rivers", "gold", "trade", "absent"]) == {
        "river": 2,
        "Rivers": 2,
        "gold": 2,
        "trade": 0,
        "absent": 0,
    }


def test_frequency_asks_the_tokenizer_of_the_index(lexicon: FtsLexicon) -> None:
    assert lexicon.frequency(["archaeology", "archaeologies"]) == {
        "archaeology": 1,
        "archaeologies": 1,
    }


def test_a_stem_whose_own_stem_is_another_counts_as_what_it_stands_for() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(
        "CREATE VIRTUAL TABLE lexicon USING fts5"
        f" (body, context, content='', tokenize='{TOKENIZER}');"
        "CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab ('lexicon', 'col');"
    )
    add_entries(connection, [Entry(1, "An overdose.", ""), Entry(2, "Two overdoses.", "")])
    assert FtsLexicon(connection, 2).frequency(["overdos"]) == {"overdos": 2}
    connection.close()


def test_a_word_of_several_parts_counts_as_the_rarest(lexicon: FtsLexicon) -> None:
    assert lexicon.frequency(["gold-coffee", "gold-absent"]) == {
        "gold-coffee": 1,
        "gold-absent": 0,
    }


def test_removed_entries_are_found_and_counted_no_more(connection: sqlite3.Connection) -> None:
    remove_entries(connection, [ENTRIES[2]])
    lexicon = FtsLexicon(connection, 20)
    assert found(lexicon, "gold") == [1]
    assert lexicon.frequency(["sand", "gold"]) == {"sand": 0, "gold": 1}
    add_entries(connection, [ENTRIES[2]])
    assert set(found(FtsLexicon(connection, 20), "gold")) == {1, 3}
