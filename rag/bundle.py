"""A report with the text of every source version that it cites: evidence that can be carried.

One JSON file, `citeproof/bundle@1`: `digest` is the sha256 of the report as compact JSON with
sorted names, `texts` holds id, sha256 and text of every version cited or shown as nearest. Whoever
changes a bundle can compute its digests anew: they find accidents, and what the sources say is
proven by checking the report against the texts (`rag.verify.check`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.render.json import ReportFormatError, from_data, parse, to_data
from rag.report import Report
from rag.texts import SourceText, TextLookup, digest

SCHEMA = "citeproof/bundle@1"
MAX_BYTES = 256 * 2**20


class TextMissing(Exception):
    """A bundle cannot be made, because the text of a cited version is not to be had."""

    def __init__(self, title: str, sha256: str) -> None:
        super().__init__(
            f"the text of {title!r} in the version {sha256} is not in the index any more:"
            " ask the question again and bundle the new report"
        )
        self.title = title
        self.sha256 = sha256


@dataclass(frozen=True, slots=True)
class Bundle:
    """A report and the texts of its sources, by source id and the sha256 that the file states.

    `findings` says in words what in the file does not agree with its own digests; a report alone
    is a bundle without texts.
    """

    report: Report
    texts: Mapping[tuple[str, str], str]
    findings: tuple[str, ...] = ()

    def text(self, source_id: str, sha256: str) -> SourceText | None:
        """Return the text that the bundle has for a source version; see `TextLookup`."""
        found = self.texts.get((source_id, sha256))
        return None if found is None else SourceText(found)


def write_bundle(report: Report, texts: TextLookup, path: Path) -> None:
    """Write report and texts as one JSON file; equal reports give equal bytes.

    Raises:
        TextMissing: a cited text is not to be had, or not with the hash that the report gives.
        OSError: the file cannot be written.
    """
    path.write_text(to_bundle(report, texts), "utf-8")


def to_bundle(report: Report, texts: TextLookup) -> str:
    """Return the bundle as JSON; raises like `write_bundle`."""
    stored = []
    for (source_id, sha256), title in _versions(report).items():
        found = texts(source_id, sha256)
        if found is None or digest(found.text) != sha256:
            raise TextMissing(title, sha256)
        stored.append({"id": source_id, "sha256": sha256, "text": found.text})
    report_data = to_data(report)
    data = {
        "schema": SCHEMA,
        "digest": _digest_of(report_data),
        "report": report_data,
        "texts": stored,
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def read_bundle(path: Path, *, max_bytes: int = MAX_BYTES) -> Bundle:
    """Read a bundle, or a report alone.

    Raises:
        ReportFormatError: the file is neither, or has more than `max_bytes`.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ReportFormatError(f"it has more than {max_bytes:,} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReportFormatError(f"it is not UTF-8 ({error.reason} at byte {error.start})") from None
    return from_bundle(text)


def from_bundle(text: str) -> Bundle:
    """Return the bundle that a JSON text holds; raises like `read_bundle`."""
    data = parse(text, limit=MAX_BYTES)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return Bundle(from_data(data), {})
    report = from_data(data.get("report"))
    texts = dict(_texts(data.get("texts")))
    return Bundle(report, texts, tuple(_findings(data, texts)))


def _versions(report: Report) -> dict[tuple[str, str], str]:
    """Return id and hash of every version cited or shown as nearest, with the source's title."""
    cited = {(card.id, card.sha256): card.title for card in report.sources}
    nearest = report.refusal.nearest if report.refusal else ()
    return cited | {(near.source_id, near.sha256): near.title for near in nearest}


def _texts(stored: object) -> Iterator[tuple[tuple[str, str], str]]:
    if not isinstance(stored, list):
        raise ReportFormatError("it is no list", "texts")
    for i, entry in enumerate(stored):
        for name in ("id", "sha256", "text"):
            if not isinstance(entry, dict) or not isinstance(entry.get(name), str):
                raise ReportFormatError("it is no string", f"texts.{i}.{name}")
        yield (entry["id"], entry["sha256"]), entry["text"]


def _findings(data: dict[str, Any], texts: Mapping[tuple[str, str], str]) -> Iterator[str]:
    # The report as it stands in the file, fields included that this release does not know.
    if data.get("digest") != _digest_of(data.get("report")):
        yield "the report is not the one that was bundled: its digest is another"
    for (source_id, sha256), text in texts.items():
        if digest(text) != sha256:
            yield f"the bundled text of {source_id} is not the version {sha256}"


def _digest_of(report: object) -> str:
    return digest(json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
