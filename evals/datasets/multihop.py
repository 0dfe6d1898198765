"""HotpotQA (Yang et al., 2018) and MuSiQue (Trivedi et al., 2022): answers from two documents."""

from pathlib import Path

from pydantic import Field

from evals.datasets.reading import Reader, Row, Unique, digest_of
from evals.items import Dataset, Finding, Item, Passage


class _HotpotQuestion(Row):
    question: str
    answer: str
    supporting_facts: list[tuple[str, int]]
    context: list[tuple[str, list[str]]]
    type: str | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        texts = dict(self.context)
        return tuple(
            texts[title][i].strip()
            for title, i in self.supporting_facts
            if i < len(texts.get(title, []))
        )


class _HotpotPassage(Row):
    title: str
    sentences: list[str]


class _Paragraph(Row):
    title: str
    paragraph_text: str
    is_supporting: bool


class _MusiqueQuestion(Row):
    id: str
    question: str
    answer: str
    answer_aliases: list[str] = Field(default_factory=list)
    paragraphs: list[_Paragraph]


class _MusiquePassage(Row):
    title: str
    text: str


def load_hotpot(folder: Path) -> Dataset:
    """Read `hotpotqa_train*` and `hotpotqa_corpus*`; the title is a passage's id.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    reader, corpus = Reader(folder), Reader(folder)
    rows = reader.read(reader.find("hotpotqa_train*.jsonl*"), _HotpotQuestion)
    once = Unique(corpus.faults)
    passages = [
        Passage(row.title, "".join(row.sentences).strip(), row.title)
        for place, row in corpus.read(corpus.find("hotpotqa_corpus*.jsonl*"), _HotpotPassage)
        if once.take(row.title, place)
    ]
    items = [
        Item(
            id=f"h{n}",
            question=row.question,
            group=f"h{n}",
            topic=row.type or "",
            answerable=True,
            findings=()
            if row.answer in ("yes", "no")
            else (Finding(row.answer, ((row.answer,),)),),
            relevant={title: 1 for title, _ in row.supporting_facts},
            evidence=row.evidence,
        )
        for n, (_, row) in enumerate(rows, 1)
    ]
    return Dataset(
        "hotpotqa",
        reader.digest + corpus.digest[:8],
        items=tuple(items),
        passages=tuple(passages),
        faults=tuple(reader.faults),
        corpus_faults=tuple(corpus.faults),
    )


def load_musique(folder: Path) -> Dataset:
    """Read `musique_train*` and `musique_corpus*`; one title may have several passages.

    People marked paragraphs, not sentences: a quote is right where it stands in one of them.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    reader, corpus = Reader(folder), Reader(folder)
    rows = reader.read(reader.find("musique_train*.jsonl*"), _MusiqueQuestion)
    found = corpus.read(corpus.find("musique_corpus*.jsonl*"), _MusiquePassage)
    ids = {(p.title, p.text): digest_of(p.title, p.text)[:16] for _, p in found}
    unique = Unique(reader.faults)
    items = [
        Item(
            id=row.id,
            question=row.question,
            group=row.id,
            topic=row.id.split("_")[0],
            answerable=True,
            findings=(Finding(row.answer, ((row.answer, *row.answer_aliases),)),),
            relevant={
                ids[key]: 1
                for p in row.paragraphs
                if p.is_supporting and (key := (p.title, p.paragraph_text)) in ids
            },
            evidence=tuple(p.paragraph_text for p in row.paragraphs if p.is_supporting),
        )
        for place, row in rows
        if unique.take(row.id, place)
    ]
    return Dataset(
        "musique",
        reader.digest + corpus.digest[:8],
        items=tuple(items),
        passages=tuple(Passage(i, text, title) for (title, text), i in ids.items()),
        faults=tuple(reader.faults),
        corpus_faults=tuple(corpus.faults),
    )
