"""Whether a text says something, by the words that it must have."""

import re
import string
import unicodedata
from functools import lru_cache

from evals.items import Finding

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "’‘“”") | {"–": " ", "—": " "})


@lru_cache(maxsize=4096)
def squeeze(text: str) -> str:
    """Return a text in lower case without punctuation, articles and extra spaces.

    The normalisation of SQuAD (Rajpurkar et al., 2016), and dashes become spaces.
    """
    plain = unicodedata.normalize("NFKC", text).lower().translate(_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def contains(squeezed: str, wording: str) -> bool:
    """Whether a squeezed text has a wording as whole words; an empty wording is nowhere."""
    wanted = squeeze(wording)
    return bool(wanted) and f" {wanted} " in f" {squeezed} "


def says(squeezed: str, finding: Finding) -> bool:
    """Whether one squeezed text has, of each of the finding's groups, at least one wording."""
    return bool(finding.all_of) and all(
        any(contains(squeezed, wording) for wording in group) for group in finding.all_of
    )
