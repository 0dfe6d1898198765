"""`/v1/jobs`: how far the indexing of uploaded documents is, and what came of each file."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from api.caller import Permission
from api.describe import problems
from api.guard import GuardedRoute, needs
from api.jobs import Job, JobFile, JobNotFound
from api.problems import Code, Problem
from api.responses import json_response
from api.routes.answers import After, Limit
from api.schemas import Job as JobModel
from api.schemas import JobPage
from api.services import Asker, Parts

router = APIRouter(prefix="/v1/jobs", tags=["documents"], route_class=GuardedRoute)


@router.get("", responses=problems(JobPage))
@needs(Permission.INGEST, secret=True)
def index(parts: Parts, caller: Asker, limit: Limit = 20, after: After = None) -> Response:
    """List the site's jobs, newest first."""
    listing = f"jobs/{caller.site}"
    before = parts.cursors.read(listing, after)
    found = parts.jobs.page(caller.site, before=before, limit=limit + 1)
    now = parts.clock()
    page = parts.cursors.page(
        listing, found, limit, place=lambda job: job.seq, show=lambda job: shown(job, now)
    )
    return json_response(page)


@router.get("/{job_id}", responses=problems(JobModel))
@needs(Permission.INGEST, secret=True)
def read(job_id: str, parts: Parts, caller: Asker) -> Response:
    """Return how far a job is."""
    try:
        return json_response(shown(parts.jobs.get(job_id, caller.site), parts.clock()))
    except JobNotFound:
        raise _absent() from None


@router.post("/{job_id}/cancel", status_code=202, responses=problems(JobModel, status=202))
@needs(Permission.INGEST, secret=True)
def cancel(job_id: str, parts: Parts, caller: Asker) -> Response:
    """End a job and leave its files out; only what is being published by then stays."""
    try:
        before = parts.jobs.get(job_id, caller.site)
        if before.status.over:
            raise Problem(Code.JOB_FINISHED)
        job = parts.jobs.cancel(job_id, caller.site, parts.clock())
    except JobNotFound:
        raise _absent() from None
    return json_response(shown(job, parts.clock()), status=202)


def shown(job: Job, now: float) -> dict[str, Any]:
    """Return a job as clients see it."""
    stage = job.stage if not job.status.over else None
    rate = stage.rate(now) if stage else None
    remaining = stage.remaining(now) if stage else None
    return {
        "id": job.id,
        "object": "job",
        "status": job.status,
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "stage": stage.name if stage else None,
        "done": stage.done if stage else 0,
        "total": stage.total if stage else 0,
        "per_second": round(rate, 2) if rate else None,
        "seconds_left": round(remaining) if remaining is not None else None,
        "isolation": job.result.get("isolation"),
        "generation": job.result.get("generation"),
        "error": job.result.get("error"),
        "files": [_file(file, job) for file in job.files],
    }


def _file(file: JobFile, job: Job) -> dict[str, Any]:
    fault = file.fault
    if fault is not None:
        status = "failed"
    elif file.documents:
        status = "indexed"
    else:
        status = "left_out" if job.status.over else "waiting"
    return {
        "name": file.upload.name,
        "size": file.upload.size,
        "status": status,
        "error": {"reason": fault.reason, "advice": fault.advice} if fault else None,
        "documents": list(file.documents),
    }


def _absent() -> Problem:
    return Problem(Code.NOT_FOUND, "There is no job of this id.")
