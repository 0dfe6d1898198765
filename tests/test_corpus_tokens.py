import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.tokens import VocabularyError, check_vocabulary, count_tokens


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("hello world", 2), ("tiktoken is great!", 6), ("antidisestablishmentarianism", 6)],
)
def test_known_lengths_in_cl100k_base(text: str, length: int) -> None:
    assert count_tokens(text) == length


def test_names_of_special_tokens_are_text() -> None:
    assert count_tokens("<|endoftext|>") > 1


@given(st.text(), st.text())
def test_joining_two_texts_adds_no_more_than_the_separator(left: str, right: str) -> None:
    assert count_tokens(f"{left}\n{right}") <= count_tokens(left) + count_tokens(right) + 2


def test_counting_opens_no_connection() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*_): raise OSError('no network in this test')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "from corpus.tokens import count_tokens\n"
        "sys.exit(count_tokens('hello world') != 2)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_another_vocabulary_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cl100k_base.tiktoken"
    path.write_bytes(b"IQ== 0\n")
    with pytest.raises(VocabularyError, match=r"has sha256 .* not 223921b7.*install"):
        check_vocabulary(path)


def test_a_missing_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="cannot be read"):
        check_vocabulary(tmp_path / "absent")
