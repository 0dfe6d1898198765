"""The ledger's tables, how a ledger file is opened, and how values become columns.

Content is written once and never changed: `texts`, `versions`, `chunks`, `sentences` and their
vectors. What a reader may see is decided by `memberships` alone: a version belongs to every
generation g with added_in <= g < removed_in (no removed_in: to the present). A new generation is
one transaction that adds a row to `generations`, changes memberships and updates the lexical
index; work that is done before it stays invisible, and is not lost when the process dies.
"""

import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from corpus.dates import PartialDate
from corpus.documents import Heading, Source, Span
from index.errors import IndexNotFound, LedgerTooNew, StorageError
from index.lexical import TOKENIZER

LEDGER_FILE = "ledger.db"
VERSION = 1

# "Cite" in ASCII: tells a ledger from any other SQLite file.
_APPLICATION_ID = 0x43697465

_BUSY_SECONDS = 10.0

_TABLES = f"""
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    deleted_at TEXT,
    UNIQUE (collection, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX deleted_documents ON documents (id) WHERE deleted_at IS NOT NULL;

CREATE TABLE texts (
    sha256 TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- fingerprint: of everything that the chunks were made from; NULL once the chunks were dropped.
CREATE TABLE versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL REFERENCES documents,
    sha256 TEXT NOT NULL REFERENCES texts,
    fingerprint TEXT,
    embedder TEXT NOT NULL,
    source TEXT NOT NULL,
    published TEXT,
    headings TEXT NOT NULL,
    pages TEXT NOT NULL,
    UNIQUE (document_id, fingerprint)
) STRICT;

CREATE INDEX versions_of_text ON versions (sha256);

CREATE TABLE generations (
    number INTEGER PRIMARY KEY,
    created_at TEXT NOT NULL,
    embedder TEXT NOT NULL,
    documents INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    sentences INTEGER NOT NULL,
    latest_published TEXT
) STRICT;

CREATE TABLE memberships (
    version_id INTEGER NOT NULL REFERENCES versions,
    document_id TEXT NOT NULL REFERENCES documents,
    added_in INTEGER NOT NULL,
    removed_in INTEGER,
    PRIMARY KEY (version_id, added_in)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX live_documents ON memberships (document_id) WHERE removed_in IS NULL;

CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL REFERENCES versions,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    headings TEXT NOT NULL,
    page INTEGER
) STRICT;

CREATE INDEX chunks_of_version ON chunks (version_id);

CREATE TABLE sentences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk_id INTEGER NOT NULL REFERENCES chunks ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    paragraph INTEGER NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    annotation TEXT
) STRICT;

CREATE INDEX sentences_of_chunk ON sentences (chunk_id);

CREATE TABLE chunk_vectors (
    id INTEGER PRIMARY KEY REFERENCES chunks ON DELETE CASCADE,
    vector BLOB NOT NULL
) STRICT;

CREATE TABLE sentence_vectors (
    id INTEGER PRIMARY KEY REFERENCES sentences ON DELETE CASCADE,
    vector BLOB NOT NULL
) STRICT;

CREATE VIRTUAL TABLE lexicon USING fts5 (
    body, context, content='', tokenize='{TOKENIZER}'
);

CREATE VIRTUAL TABLE lexicon_terms USING fts5vocab ('lexicon', 'col');
"""


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open the ledger at `path`, made first where there is none; every commit is durable.

    Raises:
        LedgerTooNew: a later release wrote it.
        StorageError: it is another kind of file.
    """
    connection = _connect(f"{path.resolve().as_uri()}?mode=rwc")
    try:
        version = _schema_version(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        if version == 0:
            script = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {VERSION};"
            connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {script} COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open the ledger at `path`; nothing can be changed through this connection.

    Raises:
        IndexNotFound: there is none.
        LedgerTooNew: a later release wrote it.
        StorageError: it is another kind of file.
    """
    if not path.is_file():
        raise IndexNotFound(path.parent)
    uri = path.resolve().as_uri()
    connection = _connect(f"{uri}?mode=ro")
    try:
        try:
            version = _schema_version(connection, path)
        except sqlite3.OperationalError:
            if not _is_frozen(path):
                raise
            # SQLite cannot put its journal beside the file, and nobody else will.
            connection.close()
            connection = _connect(f"{uri}?immutable=1")
            version = _schema_version(connection, path)
        if version == 0:
            raise IndexNotFound(path.parent)
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _is_frozen(path: Path) -> bool:
    """Say whether the file is the whole ledger and nobody can be writing to it.

    It must have no journal, on a file system mounted read-only or in a folder that nobody may
    write to.
    """
    journal = path.with_name(f"{path.name}-wal")
    mounted_read_only = bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    nobody_writes = not path.parent.stat().st_mode & 0o222
    return (mounted_read_only or nobody_writes) and not (
        journal.exists() and journal.stat().st_size
    )


def _schema_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the ledger's schema version, 0 for an empty file."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != _APPLICATION_ID:
        raise StorageError(
            path.parent,
            f"{path.name!r} is another program's database",
            "name a folder of its own for the index",
        )
    if version > VERSION:
        raise LedgerTooNew(path, version, VERSION)
    return version


def source_to_json(source: Source) -> str:
    """Return the source as JSON; unknown fields are left out."""
    known = {
        name: str(value) if isinstance(value, PartialDate) else value
        for name in (field.name for field in fields(source))
        if (value := getattr(source, name)) is not None
    }
    return json.dumps(known, ensure_ascii=False, sort_keys=True)


def source_from_json(text: str) -> Source:
    """Return the source that `source_to_json` wrote."""
    data = json.loads(text)
    for name in ("published", "fetched"):
        if name in data:
            data[name] = PartialDate.parse(data[name])
    return Source(**data)


def headings_to_json(headings: Sequence[Heading]) -> str:
    """Return the headings as JSON: [[start, end, level], ...]."""
    return json.dumps([[h.span.start, h.span.end, h.level] for h in headings])


def headings_from_json(text: str) -> tuple[Heading, ...]:
    """Return the headings that `headings_to_json` wrote."""
    return tuple(Heading(Span(start, end), level) for start, end, level in json.loads(text))
