"""The one form of each name within a document."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise

from index.annotate.words import lines, words

_ACRONYM = re.compile(r"[A-Z][A-Za-z]{0,2}(?:[A-Z]\.?)+s?|(?:[A-Z]\.){2,}")
_PARENTHESIS = re.compile(r"\(([A-Z][\w.&-]{1,9})\)")
_ALSO = re.compile(
    r",? ?\(?,?(?:or(?: simply)?|(?:also|better|commonly|formerly|otherwise|previously|officially) "
    r"(?:known as|called|named)|known as|formerly|abbreviated(?: as| to)?|nicknamed|a\.k\.a\.|aka)"
    r" (?:the )?[\"“]?"
)
_PLAIN_NAME = re.compile(r"(?:[A-Z][\w.’'-]* ){1,3}[A-Z][\w’'-]*")
_SMALL = re.compile(r"\b(?:of|the|and|for|on|in|de|del|la|los|las)\b")


class Aliases:
    """What each name of a document is short for, learnt from the document itself.

    Built from its names in order of appearance with their labels, the pairs of names that the text
    joins by "also known as" and the like, the publisher's name and the title.
    """

    def __init__(
        self,
        text: str,
        labelled: Sequence[tuple[str, str]],
        joined: Iterable[tuple[str, str]],
        publisher: str | None,
        title: str = "",
    ) -> None:
        self._full: dict[str, str] = {}
        self._title = title if _PLAIN_NAME.fullmatch(title) else ""
        labels = dict(reversed([*labelled]))
        known = [*labels, *([publisher.removeprefix("The ")] if publisher else [])]
        for line in lines("variants"):
            *shorter, full = line.split("|")
            self._full |= dict.fromkeys(shorter, full)
        index = _Index([n for n in known if " " in n])
        self._acronyms(text, known, index)
        for full, also in joined:
            self._learn(also, full)
        for name, label in labels.items():
            if " " not in name and label not in ("GPE", "LOC", "NORP"):
                self._surname(name, index, labels)
            if " " not in name:
                self._short(name, label, index, labels)
        votes: dict[str, Counter[str]] = defaultdict(Counter)
        for name, label in labelled:
            full = self.canonical(name)
            votes[full][label] += 0 if not label else 1 if name != full else len(labelled)
        self._labels = {n: _label(n, v.most_common(1)[0][0]) for n, v in votes.items()}

    def canonical(self, name: str) -> str:
        """Return the full form of a name, or the name itself."""
        seen = {name}
        while (full := self._full.get(name, name)) not in seen:
            seen.add(full)
            name = full
        return name

    def label(self, name: str) -> str:
        """Return the entity type that the document's mentions of a canonical name mostly have."""
        return self._labels.get(name, "")

    def _learn(self, short: str, full: str) -> None:
        if short != full and self.canonical(full) != short:
            self._full.setdefault(short, full)

    def _acronyms(self, text: str, known: Sequence[str], index: "_Index") -> None:
        for match in _PARENTHESIS.finditer(text):
            short = match.group(1)
            before = text[max(0, match.start() - 90) : match.start()].rstrip()
            full = _expansion(short, before)
            if full:
                self._learn(short, full)
        for short in known:
            letters = re.sub(r"[^A-Z]", "", short)
            if len(letters) > 1 and _ACRONYM.fullmatch(short):
                self._learn_only(short, index.initials[letters])

    def _surname(self, name: str, index: "_Index", labels: Mapping[str, str]) -> None:
        whole = [n for n in index.last[name] if labels.get(n) == "PERSON"]
        if whole and self._title.endswith(f" {name}"):
            whole.append(self._title)  # a namesake may be the one whom the text is about
        if len({n.split()[0] for n in whole}) == 1:
            self._learn(name, max(whole, key=len))

    def _short(self, name: str, label: str, index: "_Index", labels: Mapping[str, str]) -> None:
        """Learn "Corvane" for "Corvane Holdings" and "Commission" for "Commission on Dams"."""
        longer = {n for n in index.first[name] if _firm(n.removeprefix(name))}
        nobody = ("PERSON", "GPE", "LOC")
        if name.lower() in words("bodies", "documents"):
            longer |= {n for n in index.head[name.lower()] if labels.get(n) not in nobody}
        elif name.lower() not in words("places") and label not in ("GPE", "LOC", "NORP"):
            bodies = {n for n in index.last[name] if labels.get(n) not in nobody}
            longer |= {n for n in bodies if " of " not in n}
        self._learn_only(name, longer)

    def _learn_only(self, short: str, names: Set[str]) -> None:
        if len(names) == 1:
            self._learn(short, next(iter(names)))


class _Index:
    """Names of several words by their first, last and head word and by their initials."""

    def __init__(self, names: Sequence[str]) -> None:
        self.first: dict[str, set[str]] = defaultdict(set)
        self.last: dict[str, set[str]] = defaultdict(set)
        self.head: dict[str, set[str]] = defaultdict(set)
        self.initials: dict[str, set[str]] = defaultdict(set)
        for name in names:
            self.first[name.split()[0]].add(name)
            self.last[name.split()[-1]].add(name)
            self.head[head_noun(name)].add(name)
            for letters in _initials(name):
                self.initials[letters].add(name)


def joined_names(text: str, found: Sequence[tuple[int, int, str]]) -> list[tuple[str, str]]:
    """Return the pairs of neighbouring names, by start, end and label, that are said to be one."""
    pairs = []
    for (start, end, label), (after, stop, _) in pairwise(found):
        between = text[end:after]
        bracketed = between == " (" and text[stop : stop + 1] == ")"
        body = label not in ("PERSON", "GPE", "LOC")
        if bracketed and body and _ACRONYM.fullmatch(text[after:stop]):
            pairs.append((text[start:end], text[after:stop]))
        if _ALSO.fullmatch(between) and (between[:1] in ",(" or between[:2] == " ("):
            plain_or = between.lstrip(", (").startswith("or ")
            if not plain_or or text[stop : stop + 1] in (",", ")", ".", ""):
                pairs.append((text[start:end], text[after:stop]))
    return pairs


def head_noun(name: str) -> str:
    """Return the word of a name that says what it is: the last before "of", "on" and the like."""
    first = _SMALL.split(name, maxsplit=1)[0].strip() or name
    return first.split()[-1].lower()


def _label(name: str, label: str) -> str:
    """Mend the label of "St Jude's Hospital", which is nobody."""
    if label == "PERSON" and head_noun(name) in words("bodies", "firms", "documents"):
        return "ORG"
    return label


def _firm(rest: str) -> bool:
    return all(word.strip(".,&").lower() in words("firms") for word in rest.split())


def _initials(name: str) -> set[str]:
    every = [w for w in re.split(r"[\s-]+", name) if w]
    great = [w for w in every if w[0].isupper()]
    return {"".join(w[0] for w in great), "".join(w[0] for w in every).upper()}


def _expansion(short: str, before: str) -> str | None:
    """Return the capitalised words at the end of a text that the acronym's letters begin."""
    letters = re.sub(r"[^A-Z]", "", short)
    spoken = before.split()
    for count in range(len(letters), min(len(letters) + 4, len(spoken)) + 1):
        part = spoken[-count:]
        if not part or not part[0][:1].isupper() or part[0][0] != letters[0]:
            continue
        if part[0] in ("The", "A", "An", "In", "On") or part[-1][-1:] in ",;:":
            continue
        if letters in _initials(" ".join(part)):
            return " ".join(part)
    return None
