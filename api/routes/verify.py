"""`/v1/verify`: a report checked anew, believing nothing that it says of itself."""

import json
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.caller import Permission
from api.describe import problems, ref
from api.guard import GuardedRoute, needs
from api.problems import Code, FieldFault, Problem
from api.responses import json_response
from api.schemas import CheckResult
from api.services import Asker, Parts, Services
from rag.bundle import Bundle, from_bundle
from rag.render.json import ReportFormatError
from rag.texts import from_ledger
from rag.verify.check import check_bundle

router = APIRouter(prefix="/v1/verify", tags=["verify"], route_class=GuardedRoute)

_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ref("ReportOrBundle")}},
    }
}


@router.post("", responses=problems(CheckResult), openapi_extra=_BODY)
@needs(Permission.ASK, secret=True, body="bundle")
async def verify(request: Request, parts: Parts, caller: Asker) -> Response:
    """Check a bundle, a report or an answer: every quote, digest, figure, verdict and count.

    Texts are looked for in this server's index and in the bundle. `passed` is only true where
    everything could be judged.
    """
    body = await request.body()
    data = await parts.runs.work(caller.site, lambda: _checked(body, parts))
    return json_response(data)


def _checked(body: bytes, parts: Services) -> dict[str, Any]:
    bundle = _bundle(body)
    with parts.assistant.index.snapshot() as snapshot:
        lookup = from_ledger(snapshot)
        result = check_bundle(bundle, parts.assistant.verifier, others=[lookup])
    return {
        "object": "check",
        "passed": result.passed,
        "disclaimer": parts.assistant.disclaimer,
        "report_id": bundle.report.id,
        "checked": [asdict(checked) for checked in result.checked],
    }


def _bundle(body: bytes) -> Bundle:
    """Return what was sent as a bundle; an answer's report is taken out of its envelope.

    Raises:
        Problem: it is none that can be read.
    """
    try:
        text = body.decode("utf-8")
        data = json.loads(text)
        if isinstance(data, dict) and data.get("object") == "answer":
            if data.get("offset_encoding") != "codepoint":
                raise ReportFormatError(
                    "only offsets in code points can be checked: read the answer in `codepoint`",
                    "offset_encoding",
                )
            text = json.dumps(data.get("report"))
        return from_bundle(text)
    except ReportFormatError as error:
        pointer = "/" + error.field.replace(".", "/") if error.field else ""
        fault = FieldFault(pointer, error.reason)
        raise Problem(Code.INVALID_REPORT, str(error), errors=[fault]) from error
    except (ValueError, RecursionError):
        raise Problem(Code.MALFORMED_BODY) from None
