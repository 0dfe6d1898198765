"""Whether a name takes "the", as the texts at hand have it."""

import re
from collections.abc import Iterable


def takes_the(name: str, texts: Iterable[str]) -> bool | None:
    """Return whether most mentions of `name` in `texts` follow "the"; None where none is found."""
    pattern = re.compile(rf"(\b[Tt]he )?\b{re.escape(name)}(?![\w-])")
    found = [bool(m.group(1)) for text in texts if name in text for m in pattern.finditer(text)]
    return 2 * sum(found) > len(found) if found else None


def with_the(name: str, texts: Iterable[str]) -> str:
    """Return the name with its article, if the texts write it with one."""
    return f"the {name}" if takes_the(name, texts) else name
