"""What the routes work with, put together once."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.caller import Caller, caller_of, request_id_of
from api.cursors import Cursors
from api.entry import Admission
from api.guard import Body
from api.idempotency import Idempotency
from api.jobs import Jobs
from api.limits import Limits
from api.metrics import Metrics
from api.ports import Answering, Clock, Ingest
from api.runs import Runs
from api.settings import ApiSettings
from api.store import AnswerStore
from api.worker import Worker


@dataclass(frozen=True)
class Services:
    """The parts of one server."""

    assistant: Answering
    settings: ApiSettings
    clock: Clock
    cursors: Cursors
    answers: AnswerStore
    idempotency: Idempotency
    limits: Limits
    admission: Admission
    jobs: Jobs
    worker: Worker | None
    ingest: Ingest | None
    runs: Runs
    metrics: Metrics

    @property
    def keyless(self) -> bool:
        """Whether this machine's own user is answered without a key."""
        return self.admission.answers_without_key

    @property
    def page_key(self) -> str:
        """The publishable key by which the server's own pages ask, "" for none."""
        return self.admission.published_key

    def body_limit(self, body: Body) -> int:
        """Return the most bytes that a body of this kind may have."""
        match body:
            case "json":
                return self.settings.max_json_bytes
            case "bundle":
                return self.settings.max_bundle_bytes
            case "batch":
                return self.settings.max_batch_bytes
            case "upload":
                return self.settings.max_upload_bytes


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


async def _caller(request: Request) -> Caller:
    caller = caller_of(request.scope)
    assert caller is not None, "a guarded route has a caller"
    return caller


async def _request_id(request: Request) -> str:
    return request_id_of(request.scope)


Parts = Annotated[Services, Depends(_services)]
Asker = Annotated[Caller, Depends(_caller)]
RequestId = Annotated[str, Depends(_request_id)]
