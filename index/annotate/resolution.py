"""What a reference stands for, where one candidate fits and no other does.

Attaching a word to the wrong thing makes a false sentence of a true one, so whatever leaves a
doubt stays open.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from corpus.documents import Document, Span
from index.annotate.aliases import head_noun
from index.annotate.antecedents import Antecedent, Place, alike
from index.annotate.discourse import Discourse, plain
from index.annotate.nominals import Reading, happening, person_noun, takes_the
from index.annotate.references import Form, Referring
from index.annotate.tree import Token, subject
from index.annotate.words import words
from index.annotations import Reference, Role

_PLACES = {"", "GPE", "LOC", "FAC"}


class Resolved(NamedTuple):
    """The phrase, ready for mid-sentence, and where it stands; no span for metadata."""

    text: str
    span: Span | None


def resolve(
    reading: Reading, found: Sequence[Referring], discourse: Discourse, *, spoken: bool = False
) -> tuple[Reference, ...]:
    """Return the references of a sentence, each with its antecedent or none.

    Nothing is resolved in a sentence that is `spoken`: a quotation keeps its own words.
    """
    references = [_reference(reading, one, discourse, spoken=spoken) for one in found]
    for i, (one, reference) in enumerate(zip(found, references, strict=True)):
        later = zip(found[i + 1 :], references[i + 1 :], strict=True)
        # "It became the network's emblem": a pronoun is not what its own sentence calls by a noun.
        if one.leading and any(
            other.form is Form.NOUN
            and (
                plain(again.text) == plain(reference.text or "")
                if again.text
                else other.head.dep == "poss"
            )
            for other, again in later
        ):
            references[i] = Reference(reference.start, reference.end, None, None)
    return tuple(references)


def _reference(
    reading: Reading, one: Referring, discourse: Discourse, *, spoken: bool
) -> Reference:
    start, end = reading.sentence.span(one.first, one.last)
    blocked = spoken or one.quoted or _beside_somebody(reading, one)
    resolved = None if blocked else _resolved(reading, one, discourse)
    if resolved is None or resolved.text.count('"') % 2:
        return Reference(start, end, None, None)
    text = resolved.text
    if one.head.tag == "PRP$":
        owner = _possessive(text, discourse.document)
        if owner is None:
            return Reference(start, end, None, None)
        text = owner
    if not any(c.isalnum() for c in reading.sentence.text[:start]):
        text = text[0].upper() + text[1:]
    return Reference(start, end, text, resolved.span)


def _beside_somebody(reading: Reading, one: Referring) -> bool:
    """Whether "he" follows a name in its own sentence that may be a person's after all."""
    if one.form not in (Form.MALE, Form.FEMALE) or one.leading:
        return False
    return any(
        m.end <= one.head.start
        and m.label != "PERSON"
        and (m.label not in ("GPE", "LOC", "NORP") or m.role is Role.SUBJECT)
        for m in reading.named
    )


def _resolved(reading: Reading, one: Referring, discourse: Discourse) -> Resolved | None:
    match one.form:
        case Form.THING:
            found = _thing(reading, one, discourse)
        case Form.MANY:
            found = _many(reading, one, discourse)
        case Form.MALE | Form.FEMALE:
            found = _person(reading, one, discourse)
        case Form.WE:
            return _we(one, discourse.document)
        case Form.NOUN:
            found = _noun(reading, one, discourse)
        case _:
            return None
    return None if found is None or _named_apart(reading, one, found) else found


def _named_apart(reading: Reading, one: Referring, found: Resolved) -> bool:
    """Whether the sentence names by itself what the word would stand for: it means another."""
    name = _unarticled(found.text)
    return any(
        m.name == name and not one.head.start <= m.start < one.head.end for m in reading.named
    )


def _unarticled(text: str) -> str:
    return re.sub(r"^[Tt]he ", "", text)


def _possessive(text: str, document: Document) -> str | None:
    """Return "X's"; a long phrase with a preposition has none that reads well."""
    mark = "’" if "’" in document.text else "'"
    long = " of " in text and text.startswith("the ") and not text[4:5].isupper()
    if long or re.search(r"’s |'s |s’ |s' | (?:at|from|in|on|with) ", text):
        return None
    return f"{text}{mark}" if text.endswith("s") else f"{text}{mark}s"


def _of(antecedent: Antecedent) -> Resolved | None:
    return Resolved(antecedent.text, antecedent.span) if antecedent.text else None


# Pronouns


def _thing(reading: Reading, one: Referring, discourse: Discourse) -> Resolved | None:
    topic = discourse.topic
    if topic is None or topic.person or topic.plural is not False:
        return None
    settled = _settled(topic, discourse)
    if _owned(topic) or (_title(discourse) in topic.name.lower() and not settled):
        return None  # "the Oslo region" where the text is about Oslo
    if not _in_subject(reading, one) or _another(reading, discourse):
        return None
    if _a_place(one.head) and topic.label not in _PLACES:
        return None
    rivals = [a for a in discourse.previous if _rivals(a, topic) and a.plural is not True]
    if _decides(one.head):
        if not topic.body:
            return None
        rivals = [a for a in rivals if a.body]
    if not settled and (rivals or _changed(topic, discourse) or _fronted(reading, one, topic)):
        return None
    return _of(topic)


def _a_place(pronoun: Token) -> bool:
    """Whether the sentence says that it is a place: "It was the first country to vote"."""
    said = pronoun.head.child("attr") if pronoun.dep == "nsubj" else None
    return said is not None and said.lemma in words("places", "realms")


def _in_subject(reading: Reading, one: Referring) -> bool:
    """Whether a pronoun is the subject of the main clause, or an owner in or before it."""
    if one.leading:
        return True
    main = subject(reading.sentence.main)
    return one.head.tag == "PRP$" and main is not None and one.head.i < main.right


def _rivals(one: Antecedent, topic: Antecedent) -> bool:
    """Whether a thing or body of the sentence before may be meant as well as its subject.

    Another subject or object always may; who does it in the passive, and what is told at length,
    if it is a name; and what the verb has with a preposition, if it is a name of the same kind.
    The subject of "X is a Y" has none of the last as rivals.
    """
    if one.name == topic.name or one.person:
        return False
    if one.place is Place.FOCUS:
        return one.label is not None and (one.like(topic) or (one.body and topic.body))
    if one.place is Place.BESIDE:
        return topic.place is not Place.DEFINED and one.label is not None and one.like(topic)
    return one.strong


def _changed(topic: Antecedent, discourse: Discourse) -> bool:
    """Whether a common noun is only the last subject, after a name that had been the subject."""
    if topic.label is not None:
        return False
    before = next((a for a in discourse.earlier if a.main), None)
    return before is not None and before.label is not None and before.plural is False


def _fronted(reading: Reading, one: Referring, topic: Antecedent) -> bool:
    """Whether a name of the same kind stands before the pronoun in its own sentence."""
    return any(m.end <= one.head.start and alike(m.label, topic.label) for m in reading.named)


def _another(reading: Reading, discourse: Discourse) -> bool:
    """Whether "it was the largest merger" speaks of the merger of the sentence before."""
    what = reading.sentence.main.child("attr")
    if what is None or discourse.before is None:
        return False
    return any(
        t.noun and t.lemma == what.lemma and t.dep not in ("attr", "appos", "conj", "compound")
        for t in discourse.before.sentence.tokens
    )


def _owned(topic: Antecedent) -> bool:
    """Whether the topic names its owner, who may be meant as well: "France's coast"."""
    text = topic.text or ""
    return re.search(r"['’]s? ", text) is not None or (
        text != topic.name and re.search(r"^the [a-z]+ of [A-Z]", text) is not None
    )


def _decides(token: Token) -> bool:
    """Whether only somebody who decides can be the subject of the pronoun's verb."""
    return token.dep == "nsubj" and token.head.lemma in words("agentive", "say", "speak")


def _settled(topic: Antecedent, discourse: Discourse) -> bool:
    """Whether the text goes on about what it is all about: its title, kept as subject."""
    names = {topic.name.lower(), re.sub(r"^(?:the|an?) ", "", (topic.text or "").lower())}
    return _title(discourse).removeprefix("the ") in names


def _title(discourse: Discourse) -> str:
    return re.sub(r"\s*\([^)]*\)$", "", discourse.document.source.title).lower()


def _many(reading: Reading, one: Referring, discourse: Discourse) -> Resolved | None:
    topic = discourse.topic
    if topic is None or topic.plural is not True or not _in_subject(reading, one):
        return None
    rivals = [
        a
        for a in discourse.previous
        if a.name != topic.name
        and (a.strong or a.place is Place.FOCUS)
        and (a.plural is not False or a.name.lower() == _title(discourse))
    ]
    if rivals and not _settled(topic, discourse):
        return None
    return _of(topic)


def _person(reading: Reading, one: Referring, discourse: Discourse) -> Resolved | None:
    sex = one.form.value
    following = reading.sentence.tokens[one.head.i + 1 : one.head.i + 2]
    if one.head.dep not in ("nsubj", "nsubjpass", "poss") and not one.leading:
        return None
    if one.head.tag == "PRP$" and following and following[0].tag == "VBG":
        return None  # "saw her leaving"
    for window in (discourse.previous, discourse.earlier):
        people = {
            a.name: a
            for a in reversed(window)
            if (a.person or (a.somebody and a.name not in discourse.things_named))
            and a.plural is not True
        }
        if not people:
            continue
        fitting = {n: a for n, a in people.items() if _sex(a, discourse) in ("", sex)}
        topic = next((a for a in fitting.values() if a.main), None)
        if topic is not None and _settled(topic, discourse) and one.leading:
            return _sure(topic, sex, discourse)
        only = next(iter(fitting.values()), None)
        if only is None or len(fitting) > 1:
            return None
        return _sure(only, sex, discourse) if only.main or _sole(only, discourse) else None
    if len(discourse.people) == 1:
        only = next(iter(discourse.people.values()))
        return _sure(only, sex, discourse) if _settled(only, discourse) else None
    return None


def _sole(only: Antecedent, discourse: Discourse) -> bool:
    """Whether nobody else, and no ship, can be meant by "he" or "she"."""
    topic = discourse.topic
    if topic is not None and topic.label is not None and not topic.person:
        return False
    others = [a for a in (*discourse.previous, *discourse.earlier) if a.name != only.name]
    rivals = [a for a in others if a.somebody and a.name not in discourse.things_named]
    sex = _sex(only, discourse)
    return all(sex and _sex(a, discourse) not in ("", sex) for a in rivals)


def _sex(antecedent: Antecedent, discourse: Discourse) -> str:
    known = discourse.gender(antecedent.name)
    if known:
        return known
    noun = antecedent.name.split()[-1]
    return "male" if noun in words("men") else "female" if noun in words("women") else ""


def _sure(antecedent: Antecedent, sex: str, discourse: Discourse) -> Resolved | None:
    if any(c.isdigit() for c in antecedent.text or ""):
        return None
    if antecedent.name not in discourse.certain or _sex(antecedent, discourse) not in ("", sex):
        return None
    discourse.genders.setdefault(antecedent.name, sex)
    return _of(antecedent)


def _we(one: Referring, document: Document) -> Resolved | None:
    """In a body's own report or statement "we" is the body, where its verb fits either."""
    source = document.source
    kind = (source.doc_type or "").lower()
    if not source.publisher or kind.split()[-1:] == [] or kind.split()[-1] in words("reporting"):
        return None
    if kind.split()[-1] not in words("documents") or head_noun(source.publisher) not in words(
        "bodies"
    ):
        return None
    verb = one.head.head
    if one.head.tag == "PRP$":
        return Resolved(_publisher(document), None)
    agrees = verb.tag == "VBD" or any(
        c.tag == "MD" or (c.tag == "VBD" and c.dep.startswith("aux") and c.lower != "were")
        for c in verb.children
    )
    return Resolved(_publisher(document), None) if one.leading and agrees else None


# Noun phrases


def _noun(reading: Reading, one: Referring, discourse: Discourse) -> Resolved | None:
    noun = one.head.lemma.lower()
    many = one.head.tag in ("NNS", "NNPS")
    owns = one.head.child("case") is not None  # "X's report's" reads badly
    if not many and not owns:
        text = _document(discourse, noun)
        if text is not None:
            return Resolved(text, None)
    several = many or any(c.lower in ("these", "those") for c in one.head.children)
    if several or any(c.lower in words("deictic") for c in one.head.children):
        return None  # "the first novel" may be another one
    if one.head.entity == "NORP":
        topic = discourse.topic
        alone = topic is not None and [*discourse.people] == [topic.name]
        return _of(topic) if topic is not None and alone else None
    if noun in discourse.left_open or _carried_on(reading, one):
        return None
    return (
        _kind(noun, discourse)
        or _only_firm(noun, discourse)
        or (None if happening(noun) or person_noun(noun) else _same(noun, discourse))
    )


def _carried_on(reading: Reading, one: Referring) -> bool:
    """Whether a quotation mark or a name after the noun says which one it is."""
    after = reading.sentence.text[one.head.end :]
    return re.match(r" [\"“‘]| (?=[A-Z])", after) is not None


def _kind(noun: str, discourse: Discourse) -> Resolved | None:
    """ "The gang" is what has been called a gang, if only one thing has or the last subject has.

    It is fresh in mind, or what the text is about, and no other name has the noun in it.
    """
    narrow = words("narrowing")
    fitting = [k for k in discourse.kinds.get(noun, {}).values() if not k.adjectives & narrow]
    others = discourse.things.get(noun, {})
    bearers = discourse.bearers(noun)
    title = _title(discourse)
    of_title = re.search(
        rf"[A-Z]\w* {re.escape(noun.capitalize())}\b", discourse.document.source.title
    )
    if of_title and not any(k.name.lower() in title for k in fitting):
        return None
    if len(fitting) == 1 and not others and bearers <= {fitting[0].name}:
        only = fitting[0]
        known = discourse.known.get((only.text or "").lower())
        if only.text is None or (known is not None and known.plural):
            return None
        standing = only.own and noun in words("bodies", "places") - words("wide")
        enough = Place.FOCUS if only.own else Place.MAIN
        known_well = only.name.lower() in title or (
            discourse.prominent.get(only.name, Place.WEAK) <= enough
        )
        clear = standing or known_well or discourse.fresh(only.name)
        return Resolved(only.text, only.span) if clear else None
    topic = discourse.topic
    names = {k.name for k in fitting}
    if topic is None or topic.name not in names or topic.plural is True:
        return None
    rivals = (names | bearers) - {topic.name}
    if any(a.name in rivals for a in discourse.previous):
        return None
    if any(discourse.fresh(thing) and not a.plural for thing, a in others.items()):
        return None
    return _of(topic)


def _only_firm(noun: str, discourse: Discourse) -> Resolved | None:
    """ "The company" is the one organisation named so far, if it is what the text is about."""
    if noun not in words("trading") or discourse.kinds.get(noun) or discourse.things.get(noun):
        return None
    if len(discourse.organisations) != 1:
        return None
    only = next(iter(discourse.organisations.values()))
    if only.name.lower() not in discourse.document.source.title.lower():
        return None
    known = discourse.known.get((only.text or "").lower())
    if only.text is None or known is None or known.plural is not False:
        return None
    return Resolved(only.text, only.span)


def _same(noun: str, discourse: Discourse) -> Resolved | None:
    """ "The dam" is the one dam that the document has named: by a name, or just now."""
    known = discourse.things.get(noun, {})
    if len(known) != 1 or discourse.kinds.get(noun) or discourse.bearers(noun):
        return None
    only = next(iter(known.values()))
    said = only.text or ""
    definite = said.lower().startswith("the ") or "'s " in said or "’s " in said
    the_noun = rf"[Tt]he (?:(?:[A-Z][\w’'-]* )+{re.escape(noun)}|{re.escape(noun)} of [A-Z].*)"
    by_name = re.fullmatch(the_noun, said)
    if only.plural or not definite or not (by_name or discourse.fresh(_unarticled(only.name))):
        return None
    return _of(only)


# The document and its publisher


def _publisher(document: Document) -> str:
    name = (document.source.publisher or "").removeprefix("The ")
    if (document.source.publisher or "").startswith("The "):
        return f"the {name}"
    said = f"the {name}" in document.text or f"The {name}" in document.text
    return f"the {name}" if said or takes_the(name) else name


def _document(discourse: Discourse, noun: str) -> str | None:
    """Return what "the report" is called from outside the report, if the document is one."""
    source = discourse.document.source
    if not source.publisher or discourse.things.get(noun) or discourse.kinds.get(noun):
        return None
    kind = (source.doc_type or "").lower()
    last = kind.rsplit(maxsplit=1)[-1] if kind else ""
    foreign = last in words("reporting")
    titled = noun in words("documents") and noun in f"{kind} {source.title}".lower().split()
    if foreign or not (noun == last or titled):
        return None
    name = kind if noun == last else noun
    date = re.sub(r"^\d+ ", "", source.published.in_words()) if source.published else ""
    owner = _publisher(discourse.document)
    owner = f"{owner}'" if owner.endswith("s") else f"{owner}'s"
    if "’" in discourse.document.text:
        owner = owner.replace("'", "’")
    return f"{owner} {name}" + (f" of {date}" if date else "")
