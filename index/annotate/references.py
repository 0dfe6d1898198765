"""Words that need another sentence to be understood: which they are.

What they stand for is chosen in `resolution`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from index.annotate.acts import nominal
from index.annotate.discourse import Discourse
from index.annotate.nominals import Reading, body, happening, identified, person, plural
from index.annotate.tree import COUNTS, TIMES, Sentence, Token, conjuncts, shared_subject, subject
from index.annotate.words import words

_PLACES_BEFORE = frozenset(
    {
        "nsubj",
        "nsubjpass",
        "dobj",
        "attr",
        "pobj",
        "conj",
        "appos",
        "poss",
        "dative",
        "oprd",
        "ROOT",
    }
)
_ACTORS = frozenset({"nsubj", "nsubjpass"})
_POINTERS = frozenset({"this", "that", "these", "those"})
_TIMELY = re.compile(
    r"\b(?:at (?:the|that) time(?! (?:of|when|that))|(?:by|since|until) then"
    r"|(?:the|that) (?:following|next|previous|preceding|same|very) "
    r"(?:day|night|morning|evening|afternoon|week|month|year|season|decade|century)"
    r"|(?:days?|weeks?|months?|years?|hours?|minutes?|decades?) "
    r"(?:later|earlier|afterwards|before)(?=[.,;]|$)"
    r"|that (?:day|night|morning|evening|week|month|year|season|decade|century))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(
    r"\b1\d{3}\b|\b20\d{2}\b|\bMonday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
)


class Form(StrEnum):
    """What kind of word refers."""

    THING = "thing"
    MANY = "many"
    MALE = "male"
    FEMALE = "female"
    WE = "we"
    NOUN = "noun"
    OTHER = "other"


@dataclass(frozen=True)
class Referring:
    """A word or phrase that reaches outside its sentence: tokens `first` to `last`.

    `head` is its noun or pronoun; `leading` whether it is, or owns, the subject of the main
    clause; `pointing` whether it has "this" or "that"; `quoted` whether it stands in a quotation.
    """

    first: int
    last: int
    head: Token
    form: Form
    leading: bool = False
    pointing: bool = False
    quoted: bool = False


@dataclass
class _Finder:
    reading: Reading
    discourse: Discourse
    sentence: Sentence = field(init=False)
    main: Token | None = field(init=False)

    def __post_init__(self) -> None:
        self.sentence = self.reading.sentence
        self.main = subject(self.sentence.main)


def referring(reading: Reading, discourse: Discourse) -> list[Referring]:
    """Return the words of a sentence that reach outside it, in order and without overlaps."""
    finder = _Finder(reading, discourse)
    found = [r for t in reading.sentence.tokens if (r := _reference(finder, t)) is not None]
    found += _timely(reading.sentence)
    kept: list[Referring] = []
    for one in sorted(found, key=lambda r: (r.first, -r.last)):
        if not kept or one.first > kept[-1].last:
            kept.append(one)
    return kept


def _reference(finder: _Finder, token: Token) -> Referring | None:
    if token.pos == "PRON" or token.tag in ("PRP", "PRP$"):
        for form in (Form.THING, Form.MANY, Form.MALE, Form.FEMALE, Form.WE):
            if token.lower in words(form.value):
                return _pronoun(finder, token, form)
        if token.lower in words("personal") and not _numeral(finder, token):
            spoken = finder.sentence.quoted[token.i]
            return None if spoken else _made(finder, token, Form.OTHER)
    if token.lower in ("there", "here") and token.tag == "RB" and token.dep == "advmod":
        return None if _place_before(finder, token) else _made(finder, token, Form.OTHER)
    if token.lower in _POINTERS and token.dep not in ("det", "mark") and token.tag == "DT":
        return _pointer(finder, token)
    if token.lower == "such":
        return _such(finder, token)
    if token.noun and token.lower not in words("elliptical"):
        return _phrase(finder, token)
    return _elliptical(finder, token)


def _numeral(finder: _Finder, token: Token) -> bool:
    """Whether this is the "I" of "Table I"."""
    before = finder.sentence.tokens[token.i - 1].lower if token.i else ""
    return token.text == "I" and before in words("numbered")


def _made(
    finder: _Finder,
    token: Token,
    form: Form,
    *,
    first: int | None = None,
    pointing: bool = False,
) -> Referring:
    main = finder.main
    owner = token.head if token.dep == "poss" else token
    return Referring(
        first=token.i if first is None else first,
        last=token.i,
        head=token,
        form=form,
        leading=main is not None and owner is main,
        pointing=pointing,
        quoted=finder.sentence.quoted[token.i],
    )


# Pronouns


def _pronoun(finder: _Finder, token: Token, form: Form) -> Referring | None:
    if token.lower.endswith(("self", "selves")):
        return None
    if form is Form.WE:
        return None if finder.sentence.quoted[token.i] else _made(finder, token, form)
    if form is Form.THING and (token.dep == "expl" or _empty(token)):
        return None
    if _bound(finder, token, form):
        return None
    return _made(finder, token, form)


def _empty(token: Token) -> bool:
    """Whether this is the "it" of "it is unlikely that", "it takes years to" or "it rained"."""
    verb = token.head
    if token.lower != "it":
        return False
    if token.dep == "dobj" or (token.dep == "nsubj" and verb.dep == "ccomp" and not verb.children):
        return verb.lemma in ("make", "find", "consider", "think") and any(
            c.dep in ("ccomp", "xcomp", "advcl") for c in verb.children
        )
    if token.dep not in ("nsubj", "nsubjpass"):
        return False
    if verb.lemma in ("rain", "snow"):
        return True
    clause = any(
        c.i > verb.i
        and (
            c.dep in ("csubj", "csubjpass")
            or (c.dep in ("ccomp", "xcomp", "advcl", "acl") and (c.has("to") or c.has("that")))
            or (c.dep == "ccomp" and c.has("whether"))
        )
        for c in verb.children
    )
    complement = verb.child("acomp", "attr", "oprd")
    # "It was the first country to vote" speaks of a country, "the first time that" of none.
    ranked = (
        complement is not None
        and complement.noun
        and complement.lemma not in words("time")
        and any(c.lower in ("first", "last", "only", "second") for c in complement.children)
    )
    if ranked:
        return False
    if complement is not None and any(
        c.dep in ("relcl", "ccomp", "xcomp", "acl")
        and (c.has("that") or c.has("to") or c.has("who"))
        for c in complement.children
    ):
        clause = True
    empty = verb.lemma in ("be", "seem", "appear", "take", "remain", "become", "happen", "turn")
    impersonal = token.dep == "nsubjpass" and verb.lemma in words("impersonal", "say", "assessed")
    return clause and (empty or impersonal)


def _fits(finder: _Finder, token: Token, form: Form) -> bool:
    """Whether an earlier word of the sentence may be what the pronoun stands for."""
    if token.pos == "PRON" or token.tag in ("PRP", "PRP$"):
        if token.lower in words(form.value):
            return True
        indefinite = {"everyone", "everybody", "someone", "somebody", "anyone", "nobody", "who"}
        return form is not Form.THING and token.lower in indefinite
    if not token.noun or token.entity in TIMES | COUNTS:
        return False
    mention = finder.reading.mention(token)
    many = plural(token, mention)
    if mention is not None and mention.label == "PERSON" and form is not Form.MANY:
        many = False  # "Lanz and his wife"
    who = person(token, mention) or (
        mention is not None and mention.name in finder.discourse.certain
    )
    if form is Form.THING:
        return not many and not who
    if form is Form.MANY:
        return many is not False or body(token, mention) or token.lemma in ("person", "child")
    if many or not who:
        return False
    gender = finder.discourse.gender(mention.name) if mention is not None else _gender(token)
    return gender in ("", form.value)


def _gender(token: Token) -> str:
    if token.lemma in words("men"):
        return "male"
    return "female" if token.lemma in words("women") else ""


def _bound(finder: _Finder, token: Token, form: Form) -> bool:
    """Whether the sentence itself, in all clarity, has what the pronoun stands for."""
    tokens, main = finder.sentence.tokens, finder.main
    quoted = finder.sentence.quoted
    others = _called(token)
    before = [
        t
        for t in tokens[: token.i]
        if t.dep in _PLACES_BEFORE
        and t not in others
        and quoted[t.i] == quoted[token.i]
        and _fits(finder, t, form)
    ]
    if token is main:
        # "While he sang, he wrote": one "he" does not tell who the other is.
        before = [t for t in before if t.pos != "PRON"]
    if main is None:
        return bool(before)
    if main.left <= token.i <= main.right and (token is main or token.dep == "poss"):
        inside = [t for t in before if main.left <= t.i]
        clauses = [
            t
            for t in before
            if t.dep in ("nsubj", "nsubjpass") and t.head.dep in ("advcl", "ccomp", "conj")
        ]
        return bool(inside or clauses)
    owner = token.lower == "its" and _perhaps_body(finder, main)
    if token.i > main.i and owner and quoted[main.i] == quoted[token.i]:
        return True
    if token.i < main.i and _fits(finder, main, form) and quoted[main.i] == quoted[token.i]:
        return token.dep in ("poss", "pobj") or (
            token.dep in ("nsubj", "nsubjpass") and token.head.dep == "advcl"
        )
    possessive = token.dep == "poss"
    own = _doer(token)
    for candidate in before:
        if not possessive and token.dep in ("dobj", "pobj", "dative") and candidate is own:
            continue
        hidden = main.left <= candidate.i <= main.right and candidate is not main
        if hidden and not (possessive or candidate.dep in ("conj", "appos", "nsubj")):
            continue
        fronted = candidate.i < main.left and candidate.dep in ("pobj", "poss")
        if fronted and not possessive and token.dep in ("nsubj", "nsubjpass"):
            continue
        return True
    return False


def _called(token: Token) -> tuple[Token, ...]:
    """Return who "was his deputy" is said of: somebody else than "he", unless it is his own."""
    what = token.head
    owned = token.dep == "poss" and what.dep == "attr" and not what.has("own")
    who = subject(what.head) if owned and what.head.lemma == "be" else None
    if who is None:
        return ()
    return (who, what.head.head) if who.tag in ("WP", "WDT") else (who,)


def _perhaps_body(finder: _Finder, token: Token) -> bool:
    """Whether a name that reads like a person's may be a firm's: nobody calls it he or she."""
    mention = finder.reading.mention(token)
    return (
        mention is not None
        and mention.label == "PERSON"
        and mention.name not in finder.discourse.certain
        and not finder.discourse.gender(mention.name)
    )


def _doer(token: Token) -> Token | None:
    """Return who does what the verb above the token says: "told him to return them"."""
    verb = next((t for t in token.ancestors if t.pos in ("VERB", "AUX")), None)
    if verb is None:
        return None
    told = verb.head.child("dobj") if verb.dep == "xcomp" else None
    return told or shared_subject(verb)


def _pointer(finder: _Finder, token: Token) -> Referring | None:
    """ "This" and "those" on their own: a reference unless a clause or "of" says which."""
    if any(c.dep in ("relcl", "acl", "prep") and c.i > token.i for c in token.children):
        return None
    if token.dep not in (
        "nsubj",
        "nsubjpass",
        "dobj",
        "pobj",
        "attr",
        "poss",
        "conj",
        "dative",
        "ROOT",
    ):
        return None
    following = finder.sentence.tokens[token.i + 1 : token.i + 2]
    if token.lower == "that" and following and following[0].noun:
        return None  # a conjunction, misread
    return _made(finder, token, Form.OTHER, pointing=True)


def _such(finder: _Finder, token: Token) -> Referring | None:
    following = finder.sentence.tokens[token.i + 1 : token.i + 2]
    if any(t.lower == "as" for t in following) or token.head.has("as") or token.has("as"):
        return None
    before = finder.sentence.tokens[token.i - 1].lower if token.i else ""
    if before in ("no", "as") or any(t.lower in ("as", "that") for t in token.head.children):
        return None
    return _made(finder, token, Form.OTHER)


def _place_before(finder: _Finder, token: Token) -> bool:
    places = ("GPE", "LOC", "FAC", "ORG", "")
    return any(m.end <= token.start and m.label in places for m in finder.reading.named) or any(
        t.dep == "pobj"
        and t.head.lower in ("in", "at", "to", "on", "into", "from")
        and t.noun
        and t.entity not in TIMES | COUNTS
        for t in finder.sentence.tokens[: token.i]
    )


def _elliptical(finder: _Finder, token: Token) -> Referring | None:
    """ "Others", "the second" and "three" without their noun."""
    lower = token.lower
    if token.dep not in ("nsubj", "nsubjpass", "dobj", "pobj"):
        return None
    if any(c.dep in ("prep", "relcl", "acl", "nummod") and c.i > token.i for c in token.children):
        return None
    following = finder.sentence.tokens[token.i + 1 : token.i + 2]
    if following and following[0].noun and following[0].dep != "nsubj":
        return None
    leads = token is finder.main
    the = token.child("det")
    if lower in words("elliptical"):
        earlier = any(t.plural and t.noun for t in finder.sentence.tokens[: token.i])
        return None if earlier or lower in ("none", "such") else _made(finder, token, Form.OTHER)
    if lower in words("partial") and leads:
        speaks = token.head.lemma in words("say", "hedging")
        return None if speaks else _made(finder, token, Form.OTHER)
    if the is not None and the.lower == "the" and token.pos in ("ADJ", "NUM", "ADV"):
        if lower in words("people"):
            return None
        earlier = any(t.noun for t in finder.sentence.tokens[: token.i])
        return None if earlier and not leads else _made(finder, token, Form.OTHER, first=the.i)
    if token.pos == "NUM" and leads and token.entity not in ("PERCENT", "MONEY", "DATE"):
        return _made(finder, token, Form.OTHER)
    return None


def _timely(sentence: Sentence) -> Iterator[Referring]:
    """ "The following year", "three days later": a time counted from another time."""
    for match in _TIMELY.finditer(sentence.text):
        if _YEAR.search(sentence.text[: match.start()]):
            continue
        inside = [t for t in sentence.tokens if match.start() <= t.start and t.end <= match.end()]
        if inside:
            yield Referring(inside[0].i, inside[-1].i, inside[-1], Form.OTHER)


# Noun phrases


def _phrase(finder: _Finder, token: Token) -> Referring | None:
    """ "The ruling", "this group": a noun that does not say which one is meant."""
    determiner = token.child("det")
    if determiner is None or determiner.i > token.i:
        return None
    pointing = determiner.lower in _POINTERS
    before = finder.sentence.tokens[max(0, determiner.i - 1)]
    # "Groups that trade wood" and "denied that rust caused it", misread.
    if determiner.lower == "that" and (before.noun or before.lemma in words("say")):
        return None
    if determiner.lower != "the" and not pointing:
        return None
    lemma = token.lemma.lower()
    native = token.entity == "NORP" and token.tag in ("NNP", "NN") and token.dep in _ACTORS
    if (
        token.pos == "PROPN"
        and not native
        and (
            finder.reading.mention(token) is not None
            or lemma not in words("persons", "bodies", "documents")
        )
    ):
        return None
    if token.dep in ("attr", "appos", "npadvmod", "compound", "advmod") and not pointing:
        return None
    if lemma in words("time") or (lemma in words("unique") and not pointing):
        return None
    if token.child("appos") is not None or (identified(token) and not pointing):
        return None
    if _anchored(finder, token, lemma):
        return None
    if not pointing and not _needs_another(finder, token, lemma):
        return None
    if pointing and any(c.dep in ("relcl", "prep") and c.i > token.i for c in token.children):
        return None
    return _made(finder, token, Form.NOUN, first=determiner.i, pointing=pointing)


def _anchored(finder: _Finder, token: Token, lemma: str) -> bool:
    """Whether the sentence has said before which one is meant."""
    tokens = finder.sentence.tokens
    start = tokens[token.left].start
    earlier = [t for t in tokens[: token.left] if t.i != token.i]
    if any(t.noun and t.lemma.lower() == lemma for t in earlier):
        return True
    if any(t.pos == "VERB" and nominal(t.lemma) == lemma for t in earlier):
        return True
    kinds = finder.discourse.kinds.get(lemma, {})
    for mention in finder.reading.named:
        if mention.end > start:
            continue
        if mention.name in kinds:
            return True
        if lemma in words("bodies", "trading"):
            firm = lemma in words("trading")
            if mention.label == "ORG" and firm and mention.role == "subject":
                return True
            if mention.label in ("GPE", "NORP") and not firm:
                return True
    return False


def _needs_another(finder: _Finder, token: Token, lemma: str) -> bool:
    """Whether a bare "the" noun points back rather than to what everybody knows."""
    title = finder.discourse.document.source.title.strip().lower()
    if title in (lemma, token.lower):
        return False
    leads = finder.main is not None and any(t is token for t in conjuncts(finder.main))
    if leads or token.dep in ("nsubj", "nsubjpass", "poss"):
        return True
    listed = words("persons", "bodies", "places", "events", "objects", "documents")
    return (
        lemma in listed
        or lemma in finder.discourse.heads
        or lemma in finder.discourse.kinds
        or happening(lemma)
        or person(token, None)
    )
