"""Whether a sentence gives what such a question asks for: a place, a date, a person, a cause."""

import re
from dataclasses import dataclass, replace
from functools import cache

from index.annotations import Role
from rag import terms
from rag.evidence import Evidence, Pool
from rag.plan import stance
from rag.plan.forms import Form, form_of
from rag.plan.kinds import Nature, is_of
from rag.plan.relation import Relation, related, told
from rag.plan.subject import Subject
from rag.plan.superlatives import Superlative
from rag.words import phrases, words

_SAME_WORDS = 0.7
_SAME_SENSE = 0.65
_MOST = 0.5

_TIME = re.compile(
    r"\b(?:1\d|20)\d\d(?:s\b|\b)|\b\d{1,4} ?(?:BC|AD|BCE|CE)\b|\bAD \d+"
    r"|\b[\d.,]+ (?:(?:m|b)illion )?(?:years ago|mya)\b"
    r"|\b(?:\d+(?:st|nd|rd|th)|\w+(?:th|first|second|third))(?: |-(?!\w+ \w))centur(?:y|ies)\b",
    re.I,
)
_CLAUSES = re.compile(
    r"[;:]|\b(?:but|while|whereas|although|though)\b|, (?:and|which|who|whose|where|when)\b"
)
# What somebody was blamed, fined or praised for stands within a few words.
_FOR = re.compile(r"(?: [\w’'-]+){0,4}? (?:(?:of|for) (?:[\w-]+ )?[a-z]+ing\b|for|over)\b")
_BY = re.compile(r"\bby (?:the )?(?:\w+ ){0,4}[A-Z]")
_LIFE = re.compile(r"\(([^()]*)[–—-]([^()]*)\)")
_YEAR = re.compile(r"\b\d{3,4}\b")
_ACTORS = frozenset({"PERSON", "ORG", "NORP", "GPE", ""})
_BETWEEN = 2
_WITHIN = 9
_REACH = 8
# So much of the rarest word's weight has a word that tells a subject from others.
_TELLING = 0.7
# What no pattern finds without an annotation.
_READ = frozenset({Form.AGENT, Form.PLACE, Form.MEANING})


@dataclass(frozen=True)
class Wanted:
    """What a sentence must have to answer the question of a pool."""

    pool: Pool
    form: Form
    relation: Relation
    subject: Subject
    most: Superlative | None = None

    @classmethod
    def of(cls, pool: Pool) -> "Wanted":
        """Read the question of the pool."""
        spoken = frozenset(terms.stem(e.note.verb) for e in pool.evidence if e.note.verb)
        question = pool.question
        relation = Relation.of(question, spoken)
        most, form = Superlative.of(question), form_of(question)
        apart: frozenset[str] = frozenset()
        if most is not None:
            # That it is the most of them is asked of the kind, and told in other words too.
            apart = most.wordings | words("answers", "some")
        elif form is Form.MEANING:
            apart = words("answers", "defines")
        stems = frozenset(map(terms.stem, apart))
        left = tuple(s for s in relation.subject if s not in stems)
        relation = replace(relation, subject=left or relation.subject)
        return cls(pool, form, relation, Subject(pool, form, relation), most)

    def answered_by(self, evidence: Evidence) -> bool:
        """Whether it names the subject, and gives the kind asked for by what was asked of it."""
        subject = self.subject
        of_it = (
            subject.titled(evidence)
            and subject.whole_in(evidence)
            and not subject.passed_by(evidence)
        )
        if not of_it or not self.tops(evidence):
            return False
        if evidence.parts and self.relation.verbs and not self.relates(evidence):
            return False  # The sentence that a passage is for must say it.
        if self._unread(evidence):
            return self.relates(evidence)
        return _GIVES[self.form](self, evidence)

    def tops(self, evidence: Evidence) -> bool:
        """Whether it says of something that it is the most of its kind, if that is asked for."""
        return self.most is None or self.most.told_in(evidence.text)

    def says(self, evidence: Evidence) -> bool:
        """Whether it answers, or has a date and the sense of the question in its words."""
        alike = self.form is Form.TIME and evidence.cosine >= _SAME_SENSE
        return (
            self.answered_by(evidence)
            or (alike and self.has_kind(evidence))
            or (self.form is Form.OTHER and self._tells(evidence))
        )

    def _tells(self, evidence: Evidence) -> bool:
        """Whether it has the verb, and most of a question without names in words for the same."""
        question, have = self.pool.question, evidence.meant_stems
        return (
            bool(self.relation.verbs)
            and not question.names
            and self.relates(evidence)
            and self.pool.coverage(have | told(question.stems, have)) >= _MOST
        )

    def bears(self, evidence: Evidence) -> bool:
        """Whether it is of the subject and says of it what was asked, whatever it gives."""
        return self.subject.titled(evidence) and self.relates(evidence)

    def has_kind(self, evidence: Evidence) -> bool:
        """Whether it is of the subject and has something of the kind asked for."""
        return self.subject.titled(evidence) and self.gives(evidence)

    def gives(self, evidence: Evidence) -> bool:
        """Whether it has something of the kind asked for, of whatever subject."""
        return self._unread(evidence) or _HAS[self.form](self, evidence)

    def _unread(self, evidence: Evidence) -> bool:
        """Whether only an annotation could tell, and the sentence has none."""
        return evidence.sentence.annotation is None and self.form in _READ

    def stated(self, evidence: Evidence) -> bool:
        """Whether it says what was asked without a denial in the clause that says it."""
        denials = {w for w in words("cues", "denial") if terms.stem(w) not in self.relation.stems}
        return self.answered_by(evidence) and any(
            self._verbs(piece) and "n't" not in piece and denials.isdisjoint(terms.small(piece))
            for piece in _pieces(evidence.text)
        )

    def relates(self, evidence: Evidence) -> bool:
        """Whether it has the verb of the question or a word for the same."""
        said = evidence.parts[-1] if evidence.parts else evidence
        others = words("related", "other_stems")
        spoken = said.words - (others if others.isdisjoint(self.relation.verbs) else frozenset())
        return any(terms.stem(w) in self.relation.stems for w in spoken) or self._lived(said)

    def _verbs(self, text: str) -> list[tuple[int, int]]:
        return [
            (w.start, w.end) for w in terms.split(text) if terms.stem(w.text) in self.relation.stems
        ]

    def _lived(self, evidence: Evidence) -> bool:
        """Whether a life's dates stand after a name: what is asked is a birth or a death."""
        for match in _LIFE.finditer(evidence.text):
            for stem, side in (("born", 1), ("die", 2)):
                if terms.stem(stem) in self.relation.stems and _YEAR.search(match.group(side)):
                    return True
        return False

    def _time(self, evidence: Evidence) -> bool:
        text = evidence.text
        if self._lived(evidence):
            return True
        if not dated(text):
            return False
        if not self.relation.verbs:
            return True
        pieces = _pieces(text)
        of_subject = self.subject.leads(evidence)
        if any(
            dated(p) and self._verbs(p) and (of_subject or self._speaks_of_subject(p))
            for p in pieces
        ):
            return True
        return len(_TIME.findall(text)) == 1 and dated(pieces[0]) and self.relates(evidence)

    def _speaks_of_subject(self, text: str) -> bool:
        """Whether it has a telling word of the subject, not only as where or when it was."""
        before = words("answers", "before_places")
        rarest = max(map(self.pool.idf, self.relation.subject), default=0.0)
        telling = (s for s in self.relation.subject if self.pool.idf(s) >= _TELLING * rarest)
        own = frozenset(r for s in telling for r in related(s))
        last = ""
        for word in terms.split(text):
            small = word.text.lower()
            if terms.stem(word.text) in own and last not in before:
                return True
            if small not in words("grammar", "articles") and terms.stem(word.text) not in own:
                last = small
        return False

    def _place(self, evidence: Evidence) -> bool:
        text = evidence.text
        spots = self._spots(evidence)
        lies = terms.stem("located") in self.relation.stems
        if not self.relation.verbs or lies:
            return bool(spots) and self.subject.leads(evidence)
        return any(
            (end <= at and _near(text[end:at]))
            or (at < start and at < 12 and _near(text[at:start], _WITHIN))
            for start, end in self._verbs(text)
            for at in spots
        )

    def _spots(self, evidence: Evidence) -> list[int]:
        """Return where a place is named that the question does not name."""
        asked = frozenset(self.pool.question.stems)
        found = [
            m.start
            for m in evidence.note.mentions
            if is_of(Nature.PLACE, m.label) and not frozenset(terms.stems(m.name)) <= asked
        ]
        before = "|".join(sorted(words("answers", "before_places")))
        for match in re.finditer(rf"\b(?:{before}) the (\w+)", evidence.text):
            noun = match.group(1).lower()
            if noun not in words("answers", "times") and not noun[0].isdigit():
                found.append(match.start())
        dates = words("answers", "dates")
        for match in re.finditer(rf"\b(?:{before}) ([A-Z][\w’'-]+)", evidence.text):
            name = match.group(1)
            if name.lower() not in dates and terms.stem(name) not in asked:
                found.append(match.start())
        return found

    def _actors(self, evidence: Evidence) -> bool:
        asked = frozenset(self.pool.question.stems)
        if any(t[0].isupper() and asked.isdisjoint(terms.stems(t)) for t in evidence.meant):
            return True
        return any(
            m.label in _ACTORS
            and not (m.label == "GPE" and m.role is Role.OTHER)
            and any(len(part) > 2 for part in m.name.split())
            and not frozenset(terms.stems(m.name)) & asked
            for m in evidence.note.mentions
        )

    def _agent(self, evidence: Evidence) -> bool:
        return self._actors(evidence) and (
            not self.relation.verbs or (self.relates(evidence) and self._done_to_subject(evidence))
        )

    def _done_to_subject(self, evidence: Evidence) -> bool:
        """Whether the verb stands before the subject, or somebody is named by whom it was done.

        A sentence that leaves the subject to its title speaks of nothing else.
        """
        text = evidence.text
        subject = self.relation.subject[-1:]
        own = frozenset(r for s in subject for r in related(s))
        at = [w.start for w in terms.split(text) if terms.stem(w.text) in own]
        if _BY.search(text):
            first = min((start for start, _ in self._verbs(text)), default=0)
            return not at or min(at) < first or self.relation.verbs == ()
        if not at:
            return not self._done_to_another(evidence)
        return any(
            start - end >= 0 and len(terms.split(text[end:start])) <= _REACH
            for _, end in self._verbs(text)
            for start in at
        )

    def _done_to_another(self, evidence: Evidence) -> bool:
        """Whether a name that the question has not stands right after its verb."""
        ends = self._own_verbs(evidence.text)
        return any(
            m.start - end >= 0 and len(terms.split(evidence.text[end : m.start])) <= _BETWEEN
            for m in evidence.note.mentions
            if m.role is Role.OBJECT and not self.pool.question.touches(m.name)
            for end in ends
        )

    def _cause(self, evidence: Evidence) -> bool:
        if self.pool.question.text.lower().startswith("what"):
            return _causes(evidence.text, frozenset(self.relation.subject))
        if self._announced(evidence):
            return True
        title = frozenset(terms.stems(evidence.document.source.title))
        relates = self.relates(evidence) or not self.relation.stems.isdisjoint(title)
        effect = self.relation.stems | frozenset(self.relation.subject)
        explains = (
            _causes(evidence.text, effect)
            or self._done_for(evidence.text)
            or bool(words("answers", "because") & (evidence.words - _since(evidence.text)))
        )
        return explains and (not self.relation.verbs or relates)

    def _done_for(self, text: str) -> bool:
        """Whether its verb goes on to what for: "convicted of taking bribes", "fined over oil"."""
        return any(_FOR.match(text, end) is not None for end in self._own_verbs(text))

    def _own_verbs(self, text: str) -> list[int]:
        """Return where the very verbs of the question end, without those for the same."""
        own = frozenset(terms.stem(v) for v in self.relation.verbs)
        return [w.end for w in terms.split(text) if terms.stem(w.text) in own]

    def _announced(self, evidence: Evidence) -> bool:
        """Whether the sentence before it says that reasons follow: "It spread for two reasons"."""
        reasons = frozenset(terms.stem(w) for w in words("answers", "reasons"))
        return any(
            not reasons.isdisjoint(e.stems) and self.relates(e)
            for e in self.pool.before(evidence, 1)
        )

    def _meaning(self, evidence: Evidence) -> bool:
        if any(f"({name})" in evidence.text for name in self.pool.question.names):
            return True  # "signals intelligence (SIGINT)"
        wanted = frozenset(self.relation.subject)
        if any(wanted <= frozenset(terms.stems(d.name)) for d in evidence.note.definitions):
            return True
        return self.subject.leads(evidence) and bool(
            frozenset(terms.small(evidence.text[evidence.note.subject_end :])[:6])
            & words("answers", "defines")
        )

    def _figure(self, evidence: Evidence) -> bool:
        counted = self.relation.counted
        return (
            bool(evidence.note.figures)
            and (not counted or counted in evidence.stems)
            and (not self.relation.stems or self.relates(evidence))
            and bool(counted or self.relation.stems)
        )

    def _other(self, evidence: Evidence) -> bool:
        return not self.relation.verbs or self.relates(evidence) or evidence.cosine >= _SAME_WORDS


_GIVES = {
    Form.TIME: Wanted._time,
    Form.PLACE: Wanted._place,
    Form.AGENT: Wanted._agent,
    Form.CAUSE: Wanted._cause,
    Form.MEANING: Wanted._meaning,
    Form.FIGURE: Wanted._figure,
    Form.OTHER: Wanted._other,
}
_HAS = {
    Form.TIME: lambda _, e: dated(e.text),
    Form.PLACE: lambda w, e: bool(w._spots(e)),
    Form.AGENT: Wanted._actors,
    Form.CAUSE: lambda _, e: stance.explains(e),
    Form.MEANING: Wanted._meaning,
    Form.FIGURE: lambda _, e: bool(e.note.figures),
    Form.OTHER: Wanted._other,
}


def _pieces(text: str) -> list[str]:
    return [p for p in _CLAUSES.split(text) if p.strip()] or [text]


def has_year(text: str) -> bool:
    """Whether a text names a year, a decade or a century."""
    return _TIME.search(text) is not None


def dated(text: str) -> bool:
    """Whether a text names a year or any part of a date."""
    dates = words("answers", "dates")
    return has_year(text) or any(
        w.text.lower() in dates and w.text[0].isupper() for w in terms.split(text)
    )


def _near(between: str, most: int = _BETWEEN) -> bool:
    """Whether hardly anything stands between a verb and a place, dates and names left out."""
    if _CLAUSES.search(between):
        return False
    plain = [w.text for w in terms.split(between) if w.text[0].islower()]
    apart = {"of", "for"} & set(plain)
    return not apart and len(terms.stems(" ".join(plain))) <= most


@cache
def _links(name: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases('answers', name)))})\b", re.I)


def _since(text: str) -> frozenset[str]:
    """Return the word "since" where it tells a time: "who has since been convicted"."""
    temporal = re.search(r"\b(?:has|have|had|ever) since\b|\bsince (?:\w+ )?\d", text, re.I)
    return frozenset({"since"}) if temporal else frozenset()


def _causes(text: str, effect: frozenset[str]) -> bool:
    """Whether one of the stems stands where the effect stands of a cause that the text tells."""
    after = (terms.stems(text[m.end() :])[:_REACH] for m in _links("then_effect").finditer(text))
    before = (terms.stems(text[: m.start()])[-_REACH:] for m in _links("then_cause").finditer(text))
    return any(not effect.isdisjoint(stems) for stems in (*after, *before))
