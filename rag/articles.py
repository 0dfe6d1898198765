"""Whether a name takes "the", as the texts at hand have it."""

from collections.abc import Iterable


def takes_the(name: str, texts: Iterable[str]) -> bool | None:
    """Return whether most mentions of `name` in `texts` follow "the"; None where none is found.

    A mention in brackets, behind the full name, says nothing.
    """
    found = with_article = 0
    for text in texts:
        if here := text.count(name) - text.count(f"({name})"):
            found += here
            with_article += text.count(f"the {name}") + text.count(f"The {name}")
    return 2 * with_article > found if found else None


def indefinite(noun: str) -> str:
    """Return the noun with "a" or "an" before it."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def with_the(name: str, texts: Iterable[str]) -> str:
    """Return the name with its article, if the texts write it with one."""
    return f"the {name}" if takes_the(name, texts) else name
