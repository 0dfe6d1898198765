"""Whether a name that was found is all of the name."""

import re
from collections.abc import Sequence

from index.annotate.tree import Sentence
from index.annotate.words import words
from index.annotations import Mention

_QUOTE_BEFORE = re.compile(r"[\"“«„](?:The |An? )?$")
_QUOTE_AFTER = re.compile(r"[.,]?[\"”»“]")
_GOES_ON = re.compile(
    r" and (?:the )?[A-Z][\w’'-]*: [A-Z]| (?:No\.? ?)?(?:\d|[IVX]+\b)|:? [\"“]|: [A-Z]| vs\.? "
    r"|[’']s? (?=[A-Z])| (?=[A-Z])"
)
_OF = re.compile(r" (?:of|at) (?:[a-z]+ )?[A-Z]")
_UNDER = re.compile(r"[A-Z][\w’'-]*: (?:The )?$")


def whole(sentence: Sentence, mention: Mention, named: Sequence[Mention]) -> bool:
    """Whether a name is not cut out of a longer one, as "World War" out of "World War I".

    It is cut where it stands in quotation marks that hold more, where a number, a colon, another
    capital or "of" and a capital carry it on, and where a capital and a colon lead to it.
    """
    before, after = sentence.text[: mention.start], sentence.text[mention.end :]
    inside = next(t for t in sentence.tokens if mention.start <= t.start < mention.end)
    if sentence.quoted[inside.i]:
        return bool(_QUOTE_BEFORE.search(before) and _QUOTE_AFTER.match(after))
    if _UNDER.search(before) or (mention.label != "PERSON" and _OF.match(after)):
        return False
    goes_on = _GOES_ON.match(after)
    if goes_on is None:
        return True
    following = after[goes_on.end() :].split(maxsplit=2)
    apart = (
        not goes_on.group().strip()
        and following
        and _bare(following[0]) in words("nameless")
        and not (len(following) > 1 and following[1][0].isupper())
    )
    stop = mention.end + goes_on.end()
    return bool(apart) or (goes_on.group() == " " and any(m.start == stop for m in named))


def _bare(word: str) -> str:
    return word.lower().strip(".,;:’'")
