"""HAGRID (Kamalloo et al., 2023): questions, passages, and answers judged sentence by sentence."""

from pathlib import Path

from pydantic import Field

from evals.datasets.reading import Reader, Row, Unique
from evals.items import Answer, AnswerSource, Claim, Dataset, Item, Passage
from rag.citations import marks, plain


class _Quote(Row):
    idx: int
    docid: str
    text: str


class _Sentence(Row):
    text: str
    attributable: int | None = None


class _Answer(Row):
    answer: str
    attributable: int | None = None
    informative: int | None = None
    sentences: list[_Sentence] = Field(default_factory=list)


class _Question(Row):
    query_id: str
    query: str
    quotes: list[_Quote]
    answers: list[_Answer]


class _Passage(Row):
    docid: str
    title: str | None
    text: str


class _Output(Row):
    query_id: str
    system: str
    output: str
    context: list[str]


def load(folder: Path) -> Dataset:
    """Read the folder: `dev*`, `corpus` and, if there, `system_outputs*`, JSON Lines.

    The claims are the sentences of gold answers that people judged, with the passages they cite;
    a sentence that cites a passage that is not there stays, with the passages that are.

    Raises:
        DatasetError: a file is missing or unreadable.
    """
    questions = Reader(folder)
    rows = questions.read(questions.find("dev*.jsonl.gz", "dev*.jsonl"), _Question)
    corpus = Reader(folder)
    passages = {}
    once = Unique(corpus.faults)
    for place, row in corpus.read(corpus.find("corpus.jsonl.gz", "corpus.jsonl"), _Passage):
        if once.take(row.docid, place):
            passages[row.docid] = Passage(row.docid, row.text, row.title)
    unique = Unique(questions.faults)
    items, claims = [], []
    for place, question in rows:
        if unique.take(question.query_id, place):
            items.append(_item(question))
            claims += _claims(question)
    outputs = Reader(folder)
    recorded: dict[str, list[Answer]] = {}
    if found := [*folder.glob("system_outputs*.jsonl*")]:
        for _, output in outputs.read(found[0], _Output):
            recorded.setdefault(output.system, []).append(_recorded(output, passages))
    return Dataset(
        "hagrid",
        digest=questions.digest + corpus.digest[:8],
        items=tuple(items),
        claims=tuple(claims),
        passages=tuple(passages.values()),
        recorded={system: tuple(answers) for system, answers in recorded.items()},
        faults=tuple(questions.faults),
        corpus_faults=(*corpus.faults, *outputs.faults),
    )


def _item(question: _Question) -> Item:
    good = [a.answer for a in question.answers if a.informative and a.attributable]
    answers = good or [a.answer for a in question.answers]
    return Item(
        id=question.query_id,
        question=question.query,
        group=question.query_id,
        answerable=True,
        gold_answers=tuple(plain(a) for a in answers),
        relevant={quote.docid: 1 for quote in question.quotes},
    )


def _claims(question: _Question) -> list[Claim]:
    quotes = {quote.idx: quote.text for quote in question.quotes}
    found = []
    for a, answer in enumerate(question.answers):
        for s, sentence in enumerate(answer.sentences):
            cited = dict.fromkeys(n for mark in marks(sentence.text) for n in mark.numbers)
            if sentence.attributable is None or not cited:
                continue
            found.append(
                Claim(
                    id=f"{question.query_id}/{a}/{s}",
                    text=plain(sentence.text),
                    premises=tuple(quotes[n] for n in cited if n in quotes),
                    supported=bool(sentence.attributable),
                    group=question.query_id,
                    topic="hagrid",
                )
            )
    return found


def _recorded(output: _Output, passages: dict[str, Passage]) -> Answer:
    sources = [
        AnswerSource(n, passages[docid].text, docid, passages[docid].title)
        for n, docid in enumerate(output.context, 1)
        if docid in passages
    ]
    return Answer(output.query_id, output.output, tuple(sources), retrieved=tuple(output.context))
