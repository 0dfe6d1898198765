"""A report with the text of every source version that it cites: evidence that can be carried."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rag.render.json import ReportFormatError, from_data, to_data
from rag.report import Report

SCHEMA = "citeproof/bundle@1"
_MAX_BYTES = 256 * 2**20

TextLookup = Callable[[str, str], str | None]
"""Returns the text of a source version by source id and sha256, None where it is not to be had."""


@dataclass(frozen=True)
class Bundle:
    """A report and the texts of its sources by sha256; a bare report has no texts."""

    report: Report
    texts: Mapping[str, str]

    def text(self, source_id: str, sha256: str) -> str | None:
        """Return the text that has this digest, if the bundle holds one; see `TextLookup`."""
        del source_id
        return self.texts.get(sha256)


def write_bundle(report: Report, lookup: TextLookup, path: Path) -> None:
    """Write report and texts as one JSON file.

    Raises:
        LookupError: a cited text is not to be had.
    """
    texts = []
    for card in report.sources:
        text = lookup(card.id, card.sha256)
        if text is None:
            raise LookupError(f"the text of [{card.n}] {card.title!r} is not in the index any more")
        texts.append({"id": card.id, "sha256": card.sha256, "text": text})
    data = {"schema": SCHEMA, "report": to_data(report), "texts": texts}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_bundle(path: Path) -> Bundle:
    """Read a bundle, or a bare report as a bundle without texts.

    The digests that a bundle gives for its texts are not believed: each text is found by the
    digest of what it says.

    Raises:
        ReportFormatError: the file is neither.
        OSError: it cannot be read.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise ReportFormatError(f"{path} is larger than 256 MiB")
    try:
        data = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ReportFormatError(f"{path} is no JSON: {error}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return Bundle(from_data(data), {})
    given = data.get("texts")
    if not isinstance(given, list) or not all(
        isinstance(t, dict) and isinstance(t.get("text"), str) for t in given
    ):
        raise ReportFormatError(f"{path}: the field `texts` is no list of texts")
    texts = {digest(t["text"]): t["text"] for t in given}
    return Bundle(from_data(data.get("report")), texts)


def digest(text: str) -> str:
    """Return the sha256 of a text's UTF-8 bytes, as the ledger has it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
