"""Answers as they were given: stored once, never changed, read by the site that asked."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic_core import to_json

from api import anchors as anchoring
from api.database import Database
from api.envelope import Answer, Caveat
from api.idempotency import Claim, finish

REASONS = ("wrong_source", "unsupported", "outdated", "incomplete", "harmful", "other")
Reason = Literal["wrong_source", "unsupported", "outdated", "incomplete", "harmful", "other"]
Vote = Literal["up", "down"]

# How long a finished answer's events can be sent again to a client that lost the connection.
REPLAY_SECONDS = 600


class AnswerNotFound(LookupError):
    """The site has no such answer."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An answer in a list; `seq` grows with each answer stored."""

    seq: int
    id: str
    slug: str
    created: int
    status: str
    question: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a reader thought of an answer, or of one statement or citation of it."""

    id: str
    created: int
    vote: Vote
    reason: Reason | None = None
    comment: str | None = None
    statement: str | None = None
    citation: int | None = None


class AnswerStore:
    """Keeps answers and what readers said about them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        answer: Answer,
        events: Sequence[tuple[str, Mapping[str, Any]]],
        claim: Claim | None = None,
    ) -> None:
        """Store an answer durably, and the events before its last for a short while.

        A claim on an idempotency key becomes true with it.
        """
        report = answer.report
        row = (
            answer.id,
            answer.slug,
            answer.site,
            answer.version,
            answer.created,
            report["status"],
            report["question"],
            _json(report),
            _json(anchoring.to_data(answer.anchors)),
            _json(answer.usage),
            _json(answer.timings_ms),
            _json([[w.code, w.detail] for w in answer.warnings]),
            _json(events),
        )
        with self._database.writing() as db:
            seq = db.execute(
                "INSERT INTO answers (id, slug, site, version, created, status, question, report,"
                " anchors, usage, timings, warnings, events)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            ).lastrowid
            db.executemany(
                "INSERT INTO answer_sources (source_id, seq) VALUES (?, ?)",
                [(source_id, seq) for source_id in set(answer.source_ids)],
            )
            db.execute(
                "UPDATE answers SET events = NULL WHERE events IS NOT NULL AND created < ?",
                (answer.created - REPLAY_SECONDS,),
            )
            if claim is not None:
                finish(db, claim, answer.id)

    def get(self, answer_id: str, site: str) -> Answer:
        """Return the site's answer.

        Raises:
            AnswerNotFound: it has none of this id.
        """
        return _answer(self._row(answer_id, site))

    def by_slug(self, slug: str) -> Answer:
        """Return the answer of any site that has this slug, which only its readers know.

        Raises:
            AnswerNotFound: there is none.
        """
        with self._database.reading() as db:
            row = db.execute("SELECT * FROM answers WHERE slug = ?", (slug,)).fetchone()
        if row is None:
            raise AnswerNotFound(slug)
        return _answer(row)

    def events(self, answer_id: str, site: str) -> list[tuple[str, dict[str, Any]]]:
        """Return the events before the last; none where the answer is older than ten minutes.

        Raises:
            AnswerNotFound: the site has no such answer.
        """
        stored = self._row(answer_id, site)["events"]
        return [(name, data) for name, data in json.loads(stored or "[]")]

    def page(self, site: str, *, before: int | None, limit: int) -> list[Listed]:
        """Return up to `limit` answers of the site, newest first, older than number `before`."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT seq, id, slug, created, status, question FROM answers"
                " WHERE site = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (site, before if before is not None else 2**62, limit),
            ).fetchall()
        return [Listed(*row) for row in rows]

    def add_feedback(
        self, answer_id: str, site: str, feedback: Feedback, claim: Claim | None = None
    ) -> None:
        """Store what a reader said about the site's answer; a claim becomes true with it.

        Raises:
            AnswerNotFound: the site has no such answer.
        """
        with self._database.writing() as db:
            found = db.execute(
                "SELECT seq FROM answers WHERE id = ? AND site = ?", (answer_id, site)
            ).fetchone()
            if found is None:
                raise AnswerNotFound(answer_id)
            db.execute(
                "INSERT INTO feedback (id, seq, created, vote, reason, comment, statement,"
                " citation) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    feedback.id,
                    found["seq"],
                    feedback.created,
                    feedback.vote,
                    feedback.reason,
                    feedback.comment,
                    feedback.statement,
                    feedback.citation,
                ),
            )
            if claim is not None:
                finish(db, claim, feedback.id)

    def feedback(self, answer_id: str, site: str) -> list[Feedback]:
        """Return what was said about the site's answer, oldest first.

        Raises:
            AnswerNotFound: the site has no such answer.
        """
        seq = self._row(answer_id, site)["seq"]
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT id, created, vote, reason, comment, statement, citation FROM feedback"
                " WHERE seq = ? ORDER BY id",
                (seq,),
            ).fetchall()
        return [Feedback(*row) for row in rows]

    def forget_source(self, source_id: str) -> int:
        """Delete every answer that quotes a purged document, and return how many there were."""
        with self._database.writing() as db:
            return db.execute(
                "DELETE FROM answers WHERE seq IN"
                " (SELECT seq FROM answer_sources WHERE source_id = ?)",
                (source_id,),
            ).rowcount

    def _row(self, answer_id: str, site: str) -> sqlite3.Row:
        with self._database.reading() as db:
            row: sqlite3.Row | None = db.execute(
                "SELECT * FROM answers WHERE id = ? AND site = ?", (answer_id, site)
            ).fetchone()
        if row is None:
            raise AnswerNotFound(answer_id)
        return row


def _answer(row: sqlite3.Row) -> Answer:
    return Answer(
        id=row["id"],
        slug=row["slug"],
        site=row["site"],
        created=row["created"],
        report=json.loads(row["report"]),
        anchors=anchoring.from_data(json.loads(row["anchors"])),
        usage=json.loads(row["usage"]),
        timings_ms=json.loads(row["timings"]),
        warnings=tuple(Caveat(*w) for w in json.loads(row["warnings"])),
        version=row["version"],
    )


def _json(value: Collection[Any]) -> str:
    return to_json(value).decode()
