"""The baseline: the first passages of a search in a prompt, and whatever brackets come back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.dates import PartialDate
from evals.errors import SystemUnavailable
from evals.items import Answer, AnswerSource, Item
from index.index import Index
from rag.chat import ChatClient, ChatUnavailable

PROMPT = Path(__file__).with_name("naive.md")
# What the prompt tells the model to write where the passages do not answer.
NOT_FOUND = "NOT FOUND"
_PASSAGES = 5
_RANKED = 100
_MAX_TOKENS = 300


@dataclass(frozen=True)
class NaiveSystem:
    """Retrieve and prompt: no plan, no check; citations are read from the model's text.

    With a `temperature` above 0 the model draws its words, and `draw` is the seed of that.
    """

    index: Index
    client: ChatClient
    titles: Mapping[str, str | None]
    temperature: float = 0.0
    draw: int = 0

    @property
    def identity(self) -> Mapping[str, str]:
        """The model, how many passages it gets, and how it draws its words."""
        told = {"name": "naive", "model": self.client.model, "passages": str(_PASSAGES)}
        if self.temperature:
            told |= {"temperature": f"{self.temperature:g}", "draw": str(self.draw)}
        return told

    def answer(self, item: Item) -> Answer:
        """Return the model's text with the passages that it was given.

        Raises:
            SystemUnavailable: the server does not answer.
        """
        start = time.perf_counter()
        as_of = PartialDate.parse(item.as_of) if item.as_of else None
        with self.index.snapshot() as snapshot:
            hits = snapshot.search(item.question, _RANKED, as_of=as_of)
            documents = snapshot.documents(hit.document_id for hit in hits)
        ranked = [documents[hit.document_id].source.key for hit in hits]
        sources = []
        for n, hit in enumerate(hits[:_PASSAGES], 1):
            document = documents[hit.document_id]
            key = document.source.key
            text = hit.span.slice(document.text)
            published = str(document.source.published) if document.source.published else None
            sources.append(AnswerSource(n, text, key, self.titles.get(key), published))
        try:
            completion = self.client.complete(
                _messages(item, sources),
                max_tokens=_MAX_TOKENS,
                temperature=self.temperature,
                seed=self.draw,
            )
        except ChatUnavailable as error:
            raise SystemUnavailable(str(error)) from error
        return Answer(
            item=item.id,
            text=completion.text,
            sources=tuple(sources),
            refused=completion.text.strip().upper().startswith(NOT_FOUND),
            retrieved=tuple(dict.fromkeys(ranked)),
            seconds=time.perf_counter() - start,
            tokens=completion.tokens,
        )


def _messages(item: Item, sources: list[AnswerSource]) -> list[dict[str, str]]:
    passages = "\n\n".join(f"[{s.n}] {s.title + '. ' if s.title else ''}{s.text}" for s in sources)
    prompt = PROMPT.read_text("utf-8").replace("{NOT_FOUND}", NOT_FOUND)
    return [
        {"role": "system", "content": prompt},
        {"role": "user", "content": f"Passages:\n\n{passages}\n\nQuestion: {item.question}"},
    ]
