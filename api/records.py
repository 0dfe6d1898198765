"""The schema of the server's own records: answers, feedback, keys, jobs, idempotency."""

from pathlib import Path

from api.database import Database

_VERSION = 1
_SCHEMA = """
CREATE TABLE answers (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL,
  version INTEGER NOT NULL,
  created INTEGER NOT NULL,
  status TEXT NOT NULL,
  question TEXT NOT NULL,
  report TEXT NOT NULL,
  anchors TEXT NOT NULL,
  usage TEXT NOT NULL,
  timings TEXT NOT NULL,
  warnings TEXT NOT NULL,
  events TEXT
);
CREATE INDEX answers_of_site ON answers (site, seq);
CREATE INDEX answers_with_events ON answers (created) WHERE events IS NOT NULL;
CREATE TABLE answer_sources (
  source_id TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES answers (seq) ON DELETE CASCADE,
  PRIMARY KEY (source_id, seq)
) WITHOUT ROWID;
CREATE TABLE feedback (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL REFERENCES answers (seq) ON DELETE CASCADE,
  created INTEGER NOT NULL,
  vote TEXT NOT NULL,
  reason TEXT,
  comment TEXT,
  statement TEXT,
  citation INTEGER
);
CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created INTEGER NOT NULL,
  result TEXT,
  PRIMARY KEY (owner, key)
) WITHOUT ROWID;
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  digest BLOB NOT NULL,
  scopes TEXT NOT NULL,
  origins TEXT NOT NULL,
  per_minute INTEGER NOT NULL,
  answers_per_day INTEGER,
  created INTEGER NOT NULL,
  expires INTEGER,
  revoked INTEGER,
  replaced_by TEXT
);
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  site TEXT NOT NULL,
  status TEXT NOT NULL,
  created INTEGER NOT NULL,
  started INTEGER,
  finished INTEGER,
  cancel INTEGER NOT NULL DEFAULT 0,
  stage TEXT,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  stage_since REAL,
  files TEXT NOT NULL,
  result TEXT
);
CREATE INDEX jobs_by_status ON jobs (status, seq)
"""


def open_records(state: Path) -> Database:
    """Open the records in the state folder, made where there are none."""
    return Database(state / "records.sqlite", _SCHEMA, version=_VERSION, durable=True)
