import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import snowballstemmer

from rag.terms import stem

WORDS = [f"{start}{end}" for start in "bcdfgklmnprst" for end in (
    "aming", "eational", "ization", "iveness", "ously", "ements", "ability", "ing", "ies", "ed",
    "ically", "fulness", "ators", "alism", "enci", "ousness",
)]  # fmt: skip


@pytest.fixture
def hurried() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hurried")
def test_threads_get_the_stems_of_their_own_words() -> None:
    alone = snowballstemmer.stemmer("porter")
    expected = [alone.stemWord(word) for word in WORDS]
    for _ in range(10):
        stem.cache_clear()
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda _: [stem(word) for word in WORDS], range(4)))
        assert found == [expected] * 4
