"""A sentence as it is written: pieces of text, each followed by the quotes it rests on."""

from dataclasses import dataclass, field

from rag.citations import Quote
from rag.evidence import Evidence
from rag.report import StatementKind
from rag.write.clause import upper_first


@dataclass(frozen=True)
class Piece:
    """Words, and the quotes whose marks follow them."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True)
class Counted:
    """What was counted for a computed sentence; see `rag.report.Computation`."""

    over: str
    terms: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A sentence before its citations are numbered and verified.

    `parts` are the sentences that it joins; they are told one by one where the whole does not hold.
    """

    pieces: tuple[Piece, ...]
    kind: StatementKind
    evidence: tuple[Evidence, ...] = field(repr=False, default=())
    counted: Counted | None = None
    parts: "tuple[Draft, ...]" = ()

    @property
    def text(self) -> str:
        """The sentence without marks, with its capital and full stop."""
        return upper_first("".join(p.text for p in self.pieces)) + "."

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every quote cited, in order of first appearance."""
        return tuple(dict.fromkeys(q for p in self.pieces for q in p.quotes))

    def marked(self, number_of: dict[str, int]) -> str:
        """Return the sentence with its marks; `number_of` maps document ids to numbers."""
        out = []
        for piece in self.pieces:
            numbers = dict.fromkeys(number_of[q.document.id] for q in piece.quotes)
            marks = "".join(f" [{n}]" for n in numbers)
            out.append(piece.text + marks)
        return upper_first("".join(out)) + "."
