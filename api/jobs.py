"""Jobs as they are kept: what is to be done, how far it is, and what came of each file."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.database import Database
from api.idempotency import Claim, finish
from api.uploads import Upload


class JobStatus(StrEnum):
    """How far a job is; `partial` ended with some files left out."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (JobStatus.QUEUED, JobStatus.RUNNING)


class JobNotFound(LookupError):
    """The site has no such job."""


@dataclass(frozen=True, slots=True)
class FileFault:
    """Why a file was left out, and what to do about it."""

    reason: str
    advice: str


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of a job: what is wrong with it, or the documents that were made of it."""

    upload: Upload
    fault: FileFault | None = None
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """What a job is at since a time: `done` of `total` steps are done."""

    name: str
    done: int
    total: int
    since: float

    def rate(self, now: float) -> float | None:
        """Return the steps a second, None before the first."""
        return self.done / (now - self.since) if self.done and now > self.since else None

    def remaining(self, now: float) -> float | None:
        """Return the seconds until the stage is done if it goes on like this."""
        rate = self.rate(now)
        return (self.total - self.done) / rate if rate else None


@dataclass(frozen=True, slots=True)
class Job:
    """A job. Times are in seconds since 1970."""

    seq: int
    id: str
    site: str
    status: JobStatus
    created: int
    started: int | None
    finished: int | None
    cancel: bool
    stage: Stage | None
    files: tuple[JobFile, ...]
    result: Mapping[str, Any]


class Jobs:
    """The jobs of one server."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, job_id: str, site: str, files: Sequence[JobFile], now: float, claim: Claim | None
    ) -> None:
        """Queue a job durably; a claim on an idempotency key becomes true with it."""
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO jobs (id, site, status, created, files) VALUES (?, ?, ?, ?, ?)",
                (job_id, site, JobStatus.QUEUED, int(now), _files_to_json(files)),
            )
            if claim is not None:
                finish(db, claim, job_id)

    def get(self, job_id: str, site: str | None = None) -> Job:
        """Return a job, of a site if one is named.

        Raises:
            JobNotFound: there is none of this id.
        """
        with self._database.reading() as db:
            row = db.execute(
                "SELECT * FROM jobs WHERE id = ? AND site = coalesce(?, site)", (job_id, site)
            ).fetchone()
        if row is None:
            raise JobNotFound(job_id)
        return _job(row)

    def page(self, site: str, *, before: int | None, limit: int) -> list[Job]:
        """Return up to `limit` jobs of the site, newest first, older than number `before`."""
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT * FROM jobs WHERE site = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
                (site, before if before is not None else 2**62, limit),
            ).fetchall()
        return [_job(row) for row in rows]

    def cancel(self, job_id: str, site: str, now: float) -> Job:
        """End a job that waits, and let one that is worked on end unless it publishes already.

        Raises:
            JobNotFound: the site has no such job.
        """
        with self._database.writing() as db:
            db.execute(
                "UPDATE jobs SET cancel = 1 WHERE id = ? AND site = ? AND status IN (?, ?)",
                (job_id, site, JobStatus.QUEUED, JobStatus.RUNNING),
            )
            db.execute(
                "UPDATE jobs SET status = ?, finished = ? WHERE id = ? AND site = ? AND status = ?"
                # What was begun is undone by its worker.
                " AND started IS NULL",
                (JobStatus.CANCELLED, int(now), job_id, site, JobStatus.QUEUED),
            )
        return self.get(job_id, site)

    def take(self, now: float) -> Job | None:
        """Return the oldest job that waits, now running; None where there is none."""
        with self._database.writing() as db:
            row = db.execute(
                "UPDATE jobs SET status = ?, started = coalesce(started, ?), done = 0, total = 0,"
                " stage = NULL WHERE seq ="
                " (SELECT seq FROM jobs WHERE status = ? ORDER BY seq LIMIT 1) RETURNING *",
                (JobStatus.RUNNING, int(now), JobStatus.QUEUED),
            ).fetchone()
        return None if row is None else _job(row)

    def requeue(self, job_id: str | None = None) -> None:
        """Let running jobs (or one of them) be taken anew: nobody works on them any more."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE jobs SET status = ?, stage = NULL"
                " WHERE status = ? AND id = coalesce(?, id)",
                (JobStatus.QUEUED, JobStatus.RUNNING, job_id),
            )

    def progress(self, job_id: str, told: Stage) -> bool:
        """Note how far a job is, and say whether it is to be cancelled."""
        with self._database.writing() as db:
            row = db.execute(
                "UPDATE jobs SET stage = ?, done = ?, total = ?, stage_since = ?"
                " WHERE id = ? RETURNING cancel",
                (told.name, told.done, told.total, told.since, job_id),
            ).fetchone()
        return bool(row["cancel"])

    def end(
        self,
        job_id: str,
        status: JobStatus,
        files: Sequence[JobFile],
        result: Mapping[str, Any],
        now: float,
    ) -> None:
        """Note what came of a job."""
        with self._database.writing() as db:
            db.execute(
                "UPDATE jobs SET status = ?, finished = ?, files = ?, result = ? WHERE id = ?",
                (status, int(now), _files_to_json(files), json.dumps(dict(result)), job_id),
            )


def _files_to_json(files: Sequence[JobFile]) -> str:
    return json.dumps(
        [
            {
                "upload": [f.upload.name, f.upload.stored, f.upload.size],
                "fault": [f.fault.reason, f.fault.advice] if f.fault else None,
                "documents": f.documents,
            }
            for f in files
        ]
    )


def _job(row: sqlite3.Row) -> Job:
    files = tuple(
        JobFile(
            Upload(*f["upload"]),
            FileFault(*f["fault"]) if f["fault"] else None,
            tuple(f["documents"]),
        )
        for f in json.loads(row["files"])
    )
    return Job(
        seq=row["seq"],
        id=row["id"],
        site=row["site"],
        status=JobStatus(row["status"]),
        created=row["created"],
        started=row["started"],
        finished=row["finished"],
        cancel=bool(row["cancel"]),
        stage=Stage(row["stage"], row["done"], row["total"], row["stage_since"])
        if row["stage"] is not None
        else None,
        files=files,
        result=json.loads(row["result"] or "{}"),
    )
