"""JSON Lines: one document a line, as `{"id", "title", "text", ...}` with any field of `Source`."""

import json
from dataclasses import replace

from corpus.documents import Document
from corpus.loaders.blocks import make_document
from corpus.loaders.fields import FieldError, declared_fields
from corpus.loaders.files import File, Loaded
from corpus.loaders.plain import decode
from corpus.problems import LoadError, Problem
from corpus.text import normalise

MAX_PROBLEMS = 100
_ADVICE = 'write one object a line: {"id": ..., "title": ..., "text": ...}'


def read(file: File) -> Loaded:
    """Return a document for each good line, and a problem for each bad one.

    After `MAX_PROBLEMS` bad lines the rest of them are only counted.

    Raises:
        LoadError: the content is binary, or there is no line in it.
    """
    lines = [
        (number, line) for number, line in enumerate(decode(file).split("\n"), 1) if line.strip()
    ]
    if not lines:
        raise file.error("there is no line in it", _ADVICE)
    documents: list[Document] = []
    problems: list[Problem] = []
    uncounted = 0
    for number, line in lines:
        try:
            documents.append(_document(file, number, line))
        except LoadError as error:
            if len(problems) < MAX_PROBLEMS:
                problems.append(replace(error.problem, line=number))
            else:
                uncounted += 1
    if uncounted:
        problems.append(Problem(file.path, f"{uncounted:,} more lines are as bad", _ADVICE))
    return Loaded(tuple(documents), tuple(problems))


def _document(file: File, number: int, line: str) -> Document:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise file.error(f"it is not JSON ({error})", _ADVICE) from error
    if not isinstance(value, dict):
        raise file.error("it is not a JSON object", _ADVICE)
    text = value.pop("text", None)
    if not isinstance(text, str):
        raise file.error('its "text" is missing or not a text', _ADVICE)
    try:
        fields = declared_fields(value)
    except FieldError as error:
        raise file.error(str(error), "correct these fields of the line") from error
    defaults = {"key": f"{file.path}#{number}", "title": f"{file.stem}, line {number}"}
    return make_document(file, normalise(text), {**defaults, **fields})
