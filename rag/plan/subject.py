"""Whether a sentence is about what a question is about, and about no namesake of it."""

import re
from dataclasses import dataclass
from functools import cached_property

from index.annotations import Mention, Role
from rag import terms
from rag.evidence import Evidence, Pool, mentions
from rag.plan.forms import Form
from rag.plan.relation import Relation, related, told
from rag.words import words

_NAMED = 0.6
_WHOLE = 0.75
_TITLED = 0.75
_SHORT = 3
_SENSE = 0.65
_ALIKE = 0.55
_INITIAL = re.compile(r"\b([A-Z])\.")


@dataclass(frozen=True)
class Subject:
    """The subject of the question of a pool: its names, and the stems of all that is asked about.

    `form` is what is asked of it, `relation` the words that say so and those that name it.
    """

    pool: Pool
    form: Form
    relation: Relation

    @property
    def stems(self) -> tuple[str, ...]:
        """The content stems that name it."""
        return self.relation.subject

    @property
    def names(self) -> tuple[str, ...]:
        """The proper names of the question."""
        return self.pool.question.names

    def named_in(self, evidence: Evidence) -> bool:
        """Whether a sentence speaks of it, which a longer name that has its words does not."""
        return self._numbered(evidence) and self._in(self._own(evidence))

    def titled(self, evidence: Evidence) -> bool:
        """Whether a sentence names it with the title of its document and who published it."""
        publisher = frozenset(terms.stems(evidence.document.source.publisher or ""))
        title = self._title(evidence) | publisher
        return self.named_in(evidence) or (
            self._numbered(evidence) and self._in(self._own(evidence) | title, _TITLED)
        )

    def whole_in(self, evidence: Evidence) -> bool:
        """Whether a sentence has every name of the question, with the title of its document."""
        have = self._own(evidence) | self._title(evidence)
        return all(
            not {max(stems, key=self.pool.idf), stems[-1]}.isdisjoint(have)
            and 2 * sum(s in have for s in stems) >= len(stems)
            for name in self.names
            # Letters stand for the whole in longer names too: the U.S. Congress.
            if (stems := terms.stems(name)) and not ("." in name and evidence.names(name))
        )

    def heads(self, evidence: Evidence) -> bool:
        """Whether the title of a document has nothing but words of the question."""
        title = frozenset(terms.stems(evidence.document.source.title))
        return bool(title) and title <= frozenset(self.pool.question.stems)

    def close_to(self, evidence: Evidence) -> bool:
        """Whether a sentence is of it, or has the sense of the question, without its names."""
        alike = max(evidence.cosine / _ALIKE, evidence.coverage / _NAMED) >= 1
        return self.titled(evidence) or evidence.cosine >= _SENSE or (alike and not self.names)

    def leads(self, evidence: Evidence) -> bool:
        """Whether its last word, or one for the same, stands before the main verb of a sentence."""
        head = evidence.text[: evidence.note.subject_end or evidence.note.verb_start or 60]
        have = frozenset(terms.stems(" ".join((head, *evidence.meant))))
        return bool(self.stems) and not related(self.stems[-1]).isdisjoint(have)

    def passed_by(self, evidence: Evidence) -> bool:
        """Whether a sentence names it only in passing, and something else does what was asked.

        "The Cold War ended in 1991, long after World War II" dates no end of that war.
        """
        question = self.pool.question
        when_did = re.match(r"(?:when|where) did\b", question.text, re.I) is not None
        pointed = self.form in (Form.TIME, Form.PLACE)
        intransitive = pointed and (when_did or self._of_a_life)
        # How many people live somewhere is a measure of the place.
        lives = frozenset(map(terms.stem, self.relation.verbs)) <= {terms.stem("live")}
        measured = self.form is Form.FIGURE and not self.relation.counted and lives
        if not self.names or not (intransitive or measured):
            return False
        own = [m for m in evidence.note.mentions if self._most_of(m.name)]
        others = any(
            m.role is Role.SUBJECT and not self._most_of(m.name) and not _speaks(m, evidence)
            for m in evidence.note.mentions
        ) or any(
            r.text is not None and r.start < evidence.note.subject_end and not self._most_of(r.text)
            for r in evidence.note.references
        )
        return bool(own) and others and all(m.role is Role.OTHER for m in own)

    def _most_of(self, text: str) -> bool:
        """Whether a text has half of the words of a name of the question."""
        have = frozenset(terms.stems(text))
        names = (terms.stems(name) for name in self.names)
        return any(2 * sum(s in have for s in stems) >= len(stems) for stems in names if stems)

    def particular(self, evidence: Evidence) -> bool:
        """Whether a sentence tells of one case by name where it is asked what causes a kind."""
        how = self.pool.question.text.lower().startswith("how")
        general = self.form is Form.CAUSE or (self.form is Form.OTHER and how)
        asked = frozenset(self.pool.question.stems)
        others = [m for m in evidence.note.mentions if asked.isdisjoint(terms.stems(m.name))]
        meant = any(t[0].isupper() and asked.isdisjoint(terms.stems(t)) for t in evidence.meant)
        subject = meant or any(m.role is Role.SUBJECT for m in others)
        return general and not self.names and (subject or len({m.name for m in others}) > 1)

    def _numbered(self, evidence: Evidence) -> bool:
        """Whether it, or its title, has a name whole whose number is a letter: World War I."""
        texts = (evidence.text, evidence.document.source.title, *evidence.meant)
        return all(
            any(mentions(text, name) for text in texts)
            for name in self.names
            if len(name.split()[-1]) == 1
        )

    def _in(self, have: frozenset[str], least: float = _NAMED) -> bool:
        for name in self.names:
            stems = terms.stems(name)
            known = sum(stem in have for stem in stems)
            # Who shares a person's first names is somebody else.
            same = not self._of_a_life or (stems and stems[-1] in have)
            if same and stems and max(stems, key=self.pool.idf) in have and 2 * known >= len(stems):
                have |= frozenset(stems)
        have |= told(self.stems, have)
        if any(s[0].isdigit() and s not in have for s in self.stems):
            return False
        least = least if len(self.stems) > _SHORT else _WHOLE
        return self.pool.coverage(have, self.stems) >= least

    @cached_property
    def _of_a_life(self) -> bool:
        """Whether it is asked when or where somebody was born or died."""
        return not {terms.stem("born"), terms.stem("die")}.isdisjoint(self.relation.stems)

    def _own(self, evidence: Evidence) -> frozenset[str]:
        """Return the stems of a sentence without those that it has only in other things' names."""
        asked = frozenset(self.pool.question.stems)
        text, short = evidence.text, []
        for mention in evidence.note.mentions:
            short.append(terms.stem(terms.initials(mention.name)))
            surface = evidence.text[mention.start : mention.end]
            if self._means(mention, surface):
                continue
            if asked & frozenset(terms.stems(surface)):
                text = text.replace(surface, " ")
        for name in self.names:
            # "Bangkok Bank" and "Bangkok F.C." name something else.
            if " " not in name and not name.isupper():
                text = re.sub(rf"\b{re.escape(name)} (?=[A-Z])", self._kept, text)
        have = frozenset(terms.stems(" ".join((text, *evidence.meant)))) | frozenset(short)
        if evidence.titled:
            have |= frozenset(terms.stems(evidence.document.source.title))
        return have

    def _title(self, evidence: Evidence) -> frozenset[str]:
        """Return the stems of a document's title, none where it names somebody else."""
        title = evidence.document.source.title
        other = any(
            not _of_initials(title, name) or self._longer(title, name) for name in self.names
        )
        return frozenset() if other else frozenset(terms.stems(title))

    def _kept(self, found: re.Match[str]) -> str:
        """Return a name before a capital where the question has the next word too, else a blank."""
        after = terms.split(found.string[found.end() :])[:1]
        return found.group() if after and terms.stem(after[0].text) in self._asked else " "

    @cached_property
    def _asked(self) -> frozenset[str]:
        return frozenset(self.pool.question.stems)

    def _means(self, mention: Mention, surface: str) -> bool:
        """Whether a name in a sentence may be one of the question's, or a part of it."""
        own = frozenset(terms.stems(mention.name))
        whole = any(
            own.issuperset(terms.stems(name))
            and terms.stems(name)
            and not _of_another(surface, name)
            and (mention.label == "PERSON" or not self._longer(surface, name))
            and _of_initials(mention.name, name)
            for name in self.names
        )
        return whole or own <= frozenset(self.pool.question.stems)

    def _longer(self, text: str, name: str) -> bool:
        """Whether a text is the name of something else that goes on, or begins, before `name`.

        Bangkok Bank is not Bangkok; the Bank of Bangkok is known by its "of", and what the
        question has beside the name tells no other thing.
        """
        plain = re.sub(r" ?\([^)]*\)", "", text)
        before, found, after = plain.partition(name)
        beside = [w for w in (before.split()[-1:], after.split()[:1]) if w]
        known = frozenset(self.pool.question.stems) | frozenset(
            map(terms.stem, words("answers", "states") | {"U.S.", "UK"})
        )
        return bool(found) and any(
            word[0].isupper() and terms.stem(word) not in known and not after.startswith("'s")
            for [word] in beside
        )


def _speaks(mention: Mention, evidence: Evidence) -> bool:
    """Whether a name is that of who says the sentence."""
    speech = evidence.note.speech
    return speech is not None and speech.speaker_start <= mention.start < speech.speaker_end


def _of_another(mention: str, name: str) -> bool:
    """Whether a name is that of something of `name`: the History of X, not the Republic of X."""
    before, found, _ = mention.partition(name)
    head = re.fullmatch(r"(?:.* )?(\S+) of (?:the )?", before)
    if not found or head is None:
        return False
    return head.group(1).lower() not in words("answers", "states")


def _of_initials(mention: str, name: str) -> bool:
    """Whether first names go with the initials asked for: no Friedrich is an F. C. S."""
    asked = _INITIAL.findall(name)
    if not asked or _INITIAL.search(mention):
        return True
    first = [word[0] for word in mention.split()[:-1] if word[0].isupper()]
    return not first or first == asked
