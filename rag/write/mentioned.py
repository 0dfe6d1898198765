"""Names that a report has told before: people by their last name, second names once."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from rag.evidence import Evidence, Pool

_ALSO = r",? (?:or|(?:also )?(?:known|called)(?: as)?)(?: the)? "
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")


@dataclass
class Mentioned:
    """Remembers the names of a report's text, and shortens them where they come again.

    A person's name becomes the last name that the sources themselves use alone; a second name in
    apposition ("X, also known as Y,") is left out once it has been told.
    """

    pool: Pool
    _text: str = ""
    _alone: dict[str, bool] = field(default_factory=dict)

    def again(self, text: str, evidence: Evidence) -> str:
        """Return the text with names told before in their short form, and remember its names."""
        written = text
        if _QUOTED.search(text) is None:
            for second in _second_names(text):
                if second[1] in self._text:
                    written = written.replace(second[0], "", 1)
            for name in dict.fromkeys(m.name for m in evidence.note.mentions):
                last = name.rsplit(" ", 1)[-1]
                told = re.search(rf"\b(?:{re.escape(name)}|{re.escape(last)})\b", self._text)
                if last != name and told and self._used_alone(name, last):
                    written = re.sub(rf"\b{re.escape(name)}\b(?! [A-Z])", last, written)
        self._text += f"{text}\n"
        return written

    def _used_alone(self, name: str, last: str) -> bool:
        """Whether it is a person whom the sources call by the last name, and nobody else."""
        if name not in self._alone:
            alike = {
                p for p in self._people if p.rsplit(" ", 1)[-1] == last and p not in (name, last)
            }
            # "The Bronze Age" may pass for a person; no person is written with "the" or small.
            thing = self.pool.lowercase(last) or any(
                re.search(rf"\b[Tt]he {re.escape(name)}\b", e.text) for e in self.pool.evidence
            )
            self._alone[name] = (
                name in self._people
                and not alike
                and not thing
                and last not in self._others
                and any(
                    re.search(rf"(?:^|[^A-Z\W][,;]? |[(“\"]){re.escape(last)}\b(?! [A-Z])", e.text)
                    and not e.names(name)
                    for e in self.pool.evidence
                )
            )
        return self._alone[name]

    @cached_property
    def _people(self) -> frozenset[str]:
        return self._named(lambda label: label == "PERSON")

    @cached_property
    def _others(self) -> frozenset[str]:
        return self._named(lambda label: label not in ("PERSON", ""))

    def _named(self, fits: Callable[[str], bool]) -> frozenset[str]:
        mentions = (m for e in self.pool.evidence for m in e.note.mentions)
        return frozenset(m.name for m in mentions if fits(m.label))


def _second_names(text: str) -> Iterator[tuple[str, str]]:
    """Yield appositions that give another name, whole and the name alone."""
    for match in re.finditer(
        rf"{_ALSO}((?:[A-Z][\w’'-]*)(?: (?:of|de|the|los|la|[A-Z][\w’'-]*))*),", text
    ):
        yield match.group(), match.group(1)
