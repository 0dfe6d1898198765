"""Answers made elsewhere, in the shapes in which today's services give citations.

One JSON object a line: `{"id": ITEM, "answer": ...}`, where the answer is a text with `sources`
beside it, a Citeproof report, or a message of one of the services named below. Offsets of sources
in the answer become citations of the sentence in which they end.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.sentences import split_sentences
from evals.items import Answer, AnswerSource, Fault, Ref, Sentence
from evals.metrics.disclaimer import lacking_in_data
from evals.parsing import of_statement


def read(path: Path) -> tuple[list[Answer], list[Fault]]:
    """Return the answers of a JSON Lines file, and a fault for each line that is none.

    Raises:
        OSError: the file cannot be read.
    """
    answers, faults, seen = [], [], set()
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path.name}:{number}"
        try:
            answer = from_data(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            faults.append(Fault(place, f"no answer that can be read: {error}"))
            continue
        if answer.item in seen:
            faults.append(Fault(place, f"a second answer to {answer.item!r}"))
            continue
        seen.add(answer.item)
        answers.append(answer)
    return answers, faults


def from_data(data: Mapping[str, Any]) -> Answer:
    """Return the answer that one object describes.

    Raises:
        ValueError, KeyError, TypeError: it has none of the known shapes.
    """
    item = str(data["id"])
    body = data.get("answer", data)
    if isinstance(body, str):
        return _plain(item, body, data)
    if body.get("schema", "").startswith("citeproof/report@"):
        return _report(item, body)
    if "candidates" in body:
        return _google(item, body["candidates"][0])
    if isinstance(body.get("content"), list):
        return _blocks(item, body["content"])
    if "choices" in body:
        return _openai_chat(item, body)
    if "output" in body:
        parts = [p for o in body["output"] for p in o.get("content", ())]
        return _annotated(item, "".join(p["text"] for p in parts), _shifted(parts))
    if "message" in body:
        return _cohere(item, body["message"])
    raise ValueError(f"unknown shape with the fields {', '.join(sorted(body))}")


def _plain(item: str, text: str, data: Mapping[str, Any]) -> Answer:
    sources = []
    for position, source in enumerate(data.get("sources", ()), 1):
        if isinstance(source, str):
            sources.append(AnswerSource(position, source))
        else:
            sources.append(
                AnswerSource(
                    int(source.get("n", position)),
                    source["text"],
                    source.get("id"),
                    source.get("title"),
                    source.get("published"),
                )
            )
    return Answer(
        item, text, tuple(sources), refused=bool(data.get("refused")), seconds=data.get("seconds")
    )


def _report(item: str, report: Mapping[str, Any]) -> Answer:
    """A report has no source texts, only quotes: each source's text is its quotes."""
    statements = [
        *report["summary"],
        *(s for section in report["sections"] for s in section["statements"]),
    ]
    quotes: dict[int, list[str]] = {}
    for statement in statements:
        for citation in statement["citations"]:
            quotes.setdefault(citation["n"], []).append(citation["quote"])
    sources = tuple(
        AnswerSource(
            card["n"],
            "\n".join(dict.fromkeys(quotes.get(card["n"], ()))),
            card["id"],
            card["title"],
            card["published"],
        )
        for card in report["sources"]
    )
    sentences = [
        sentence
        for statement in statements
        for sentence in of_statement(
            statement["text"],
            [Ref(c["n"], c["quote"]) for c in statement["citations"]],
            statement["kind"],
        )
    ]
    return Answer(
        item,
        "\n".join(s["text"] for s in statements),
        sources,
        tuple(sentences),
        refused=report["status"] == "refused",
        lacking=tuple(f"json: {name}" for name in lacking_in_data(report)),
    )


def _openai_chat(item: str, body: Mapping[str, Any]) -> Answer:
    message = body["choices"][0]["message"]
    text = message["content"] or ""
    annotations = message.get("annotations") or ()
    if annotations:
        return _annotated(item, text, [a["url_citation"] for a in annotations])
    results = body.get("search_results") or [{"url": u} for u in body.get("citations", ())]
    sources = tuple(
        AnswerSource(n, r.get("snippet", ""), r.get("url"), r.get("title"), r.get("date"))
        for n, r in enumerate(results, 1)
    )
    return Answer(item, text, sources)


def _shifted(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found, offset = [], 0
    for part in parts:
        for a in part.get("annotations", ()):
            if a.get("type") == "url_citation":
                found.append({**a, "end_index": a["end_index"] + offset})
        offset += len(part["text"])
    return found


def _annotated(item: str, text: str, annotations: Iterable[Mapping[str, Any]]) -> Answer:
    """URL annotations name no text: such sources can be counted but not judged."""
    numbers: dict[str, AnswerSource] = {}
    anchors = []
    for a in annotations:
        source = numbers.setdefault(
            a["url"], AnswerSource(len(numbers) + 1, "", a["url"], a.get("title"))
        )
        anchors.append((int(a["end_index"]), Ref(source.n)))
    return _anchored(item, text, numbers.values(), anchors)


def _blocks(item: str, blocks: Sequence[Mapping[str, Any]]) -> Answer:
    """Text blocks with citations that carry the cited text (Anthropic)."""
    numbers: dict[str, int] = {}
    quotes: dict[str, list[str]] = {}
    titles: dict[str, str | None] = {}
    anchors, text = [], ""
    for block in blocks:
        text += block.get("text", "")
        for c in block.get("citations") or ():
            key = str(c.get("url") or c.get("source") or c.get("document_index"))
            numbers.setdefault(key, len(numbers) + 1)
            quotes.setdefault(key, []).append(c["cited_text"])
            titles[key] = c.get("document_title") or c.get("title")
            anchors.append((len(text.rstrip()), Ref(numbers[key], c["cited_text"])))
    sources = [
        AnswerSource(n, "\n".join(dict.fromkeys(quotes[key])), key, titles[key])
        for key, n in numbers.items()
    ]
    return _anchored(item, text, sources, anchors)


def _cohere(item: str, message: Mapping[str, Any]) -> Answer:
    text = "".join(c.get("text", "") for c in message["content"])
    numbers: dict[str, AnswerSource] = {}
    anchors = []
    for citation in message.get("citations") or ():
        for source in citation["sources"]:
            document = source.get("document", {})
            known = numbers.setdefault(
                source["id"],
                AnswerSource(
                    len(numbers) + 1,
                    document.get("text") or document.get("snippet") or "",
                    source["id"],
                    document.get("title"),
                ),
            )
            anchors.append((int(citation["end"]), Ref(known.n)))
    return _anchored(item, text, numbers.values(), anchors)


def _google(item: str, candidate: Mapping[str, Any]) -> Answer:
    """Offsets are bytes of UTF-8, ends exclusive."""
    text = "".join(p.get("text", "") for p in candidate["content"]["parts"])
    grounding = candidate.get("groundingMetadata", {})
    sources = []
    for n, chunk in enumerate(grounding.get("groundingChunks", ()), 1):
        context = chunk.get("retrievedContext") or chunk.get("web") or {}
        sources.append(
            AnswerSource(n, context.get("text", ""), context.get("uri"), context.get("title"))
        )
    raw = text.encode()
    anchors = [
        (len(raw[: s["segment"]["endIndex"]].decode("utf-8", "ignore")), Ref(i + 1))
        for s in grounding.get("groundingSupports", ())
        for i in s["groundingChunkIndices"]
    ]
    return _anchored(item, text, sources, anchors)


def _anchored(
    item: str, text: str, sources: Iterable[AnswerSource], anchors: Sequence[tuple[int, Ref]]
) -> Answer:
    """Return the answer whose citations end at the offsets given."""
    sentences = []
    spans = split_sentences(text)
    for i, span in enumerate(spans):
        begin = spans[i - 1].end if i else 0
        last = i == len(spans) - 1
        refs = [ref for at, ref in anchors if begin < at <= span.end or (last and at > span.end)]
        sentences.append(Sentence(span.slice(text), tuple(dict.fromkeys(refs))))
    return Answer(item, text, tuple(sources), tuple(sentences))
