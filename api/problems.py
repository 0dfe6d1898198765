"""What can go wrong at the border, as a closed list of codes, each with its advice (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"


class Code(StrEnum):
    """Every code that a problem can have; none is ever renamed."""

    MALFORMED_BODY = "malformed_body"
    INVALID_CURSOR = "invalid_cursor"
    UNAUTHENTICATED = "unauthenticated"
    ORIGIN_NOT_ALLOWED = "origin_not_allowed"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TIMEOUT = "body_timeout"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    JOB_FINISHED = "job_finished"
    PRECONDITION_FAILED = "precondition_failed"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_REQUEST = "invalid_request"
    INVALID_QUESTION = "invalid_question"
    INVALID_REPORT = "invalid_report"
    UNSUPPORTED_PARAMETER = "unsupported_parameter"
    IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
    PRECONDITION_REQUIRED = "precondition_required"
    RATE_LIMITED = "rate_limited"
    BUDGET_EXHAUSTED = "budget_exhausted"
    HEADERS_TOO_LARGE = "headers_too_large"
    CANCELLED = "cancelled"
    INTERNAL = "internal"
    INGEST_DISABLED = "ingest_disabled"
    OVERLOADED = "overloaded"
    SHUTTING_DOWN = "shutting_down"
    INDEX_BUSY = "index_busy"
    INDEX_UNAVAILABLE = "index_unavailable"
    DEADLINE_EXCEEDED = "deadline_exceeded"


class Meaning(NamedTuple):
    """HTTP status and title of a code, whether the same request may succeed later, and advice."""

    status: int
    title: str
    retryable: bool
    advice: str


MEANINGS: Mapping[Code, Meaning] = {
    Code.MALFORMED_BODY: Meaning(
        400, "The body cannot be read", False, "Send JSON (or multipart, for uploads) in UTF-8."
    ),
    Code.INVALID_CURSOR: Meaning(
        400,
        "The cursor is not one of ours",
        False,
        "Pass `next_after` of the page before, unchanged; cursors of other lists do not fit.",
    ),
    Code.UNAUTHENTICATED: Meaning(
        401,
        "No valid key was given",
        False,
        "Send `Authorization: Bearer sk_...` with a live key; `citeproof keys create` makes one.",
    ),
    Code.ORIGIN_NOT_ALLOWED: Meaning(
        403,
        "The page's origin is not allowed",
        False,
        "Add the origin to the key's list, or use the address that the server was started with.",
    ),
    Code.INSUFFICIENT_SCOPE: Meaning(
        403, "The key may not do this", False, "Use a key with the scope named in `detail`."
    ),
    Code.NOT_FOUND: Meaning(
        404,
        "There is no such thing",
        False,
        "Check the address and the id; things of other sites look as if they did not exist.",
    ),
    Code.METHOD_NOT_ALLOWED: Meaning(
        405, "The method is not known here", False, "Use a method of the header `Allow`."
    ),
    Code.BODY_TIMEOUT: Meaning(
        408, "The body did not come in time", True, "Send the whole body without long pauses."
    ),
    Code.IDEMPOTENCY_IN_PROGRESS: Meaning(
        409,
        "The same request is still being worked on",
        True,
        "Wait as long as `Retry-After` says, then send the same request again.",
    ),
    Code.JOB_FINISHED: Meaning(
        409, "The job is over", False, "A job that has ended cannot be cancelled."
    ),
    Code.PRECONDITION_FAILED: Meaning(
        412,
        "It has changed meanwhile",
        False,
        "Read it again and send its new ETag in `If-Match`.",
    ),
    Code.BODY_TOO_LARGE: Meaning(
        413, "The body is too large", False, "Send less at once; `detail` names the limit."
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(
        415,
        "The media type is not read here",
        False,
        "Send `Content-Type: application/json`, or `multipart/form-data` for uploads.",
    ),
    Code.INVALID_REQUEST: Meaning(
        422, "The request has wrong values", False, "Correct the fields listed in `errors`."
    ),
    Code.INVALID_QUESTION: Meaning(
        422,
        "The question cannot be asked as it stands",
        False,
        "Write a question in words, of at most 4,000 characters.",
    ),
    Code.INVALID_REPORT: Meaning(
        422,
        "This is no report that can be read",
        False,
        "Send a bundle or a report as the server gave it; `errors` names the field.",
    ),
    Code.UNSUPPORTED_PARAMETER: Meaning(
        422,
        "A parameter has no effect here and is refused",
        False,
        "Leave the parameter out: sentences are quoted and checked, not sampled.",
    ),
    Code.IDEMPOTENCY_MISMATCH: Meaning(
        422,
        "The idempotency key belongs to another request",
        False,
        "Make a new key for each new request.",
    ),
    Code.PRECONDITION_REQUIRED: Meaning(
        428,
        "The version to change must be named",
        False,
        "Send the ETag that you read in `If-Match`.",
    ),
    Code.RATE_LIMITED: Meaning(
        429, "Too many requests", True, "Wait as long as `Retry-After` says."
    ),
    Code.BUDGET_EXHAUSTED: Meaning(
        429,
        "The daily budget is used up",
        True,
        "Wait until midnight UTC, or raise the key's budget.",
    ),
    Code.HEADERS_TOO_LARGE: Meaning(
        431, "The headers are too large", False, "Send fewer or shorter headers."
    ),
    Code.CANCELLED: Meaning(
        499,
        "The answer was stopped",
        True,
        "The client went away or stopped it; ask again for a whole answer.",
    ),
    Code.INTERNAL: Meaning(
        500,
        "Something went wrong here",
        False,
        "Report the request id; the server's log has the cause under it.",
    ),
    Code.INGEST_DISABLED: Meaning(
        503,
        "This server takes no documents",
        False,
        "Start it with uploads enabled, or use `citeproof sync` on its machine.",
    ),
    Code.OVERLOADED: Meaning(
        503, "The server is busy", True, "Wait as long as `Retry-After` says."
    ),
    Code.SHUTTING_DOWN: Meaning(
        503, "The server is shutting down", True, "Send the request again, to another server."
    ),
    Code.INDEX_BUSY: Meaning(
        503,
        "The index is being written",
        True,
        "Wait until the running job or `citeproof sync` is done.",
    ),
    Code.INDEX_UNAVAILABLE: Meaning(
        503,
        "The index cannot be used",
        True,
        "See `citeproof doctor` on the server's machine.",
    ),
    Code.DEADLINE_EXCEEDED: Meaning(
        504, "The answer took too long", True, "Ask again, or ask less at once."
    ),
}


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A field that is wrong: JSON pointer into the body (or `?name`, `@header`), and why."""

    pointer: str
    detail: str


class Problem(HTTPException):
    """A refusal that the client is told in full; `detail` never holds what must stay inside."""

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: Sequence[FieldFault] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        meaning = MEANINGS[code]
        super().__init__(meaning.status, detail or meaning.advice, dict(headers or {}))
        self.code = code
        self.errors = tuple(errors)
        self.retry_after = retry_after

    def data(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """Return the problem document; `retryable` and `retry_after` are our own members."""
        meaning = MEANINGS[self.code]
        data: dict[str, Any] = {
            "type": f"/errors#{self.code}",
            "title": meaning.title,
            "status": meaning.status,
            "detail": self.detail,
            "instance": instance,
            "code": str(self.code),
            "request_id": request_id,
            "retryable": meaning.retryable,
            "errors": [{"pointer": e.pointer, "detail": e.detail} for e in self.errors],
        }
        if self.retry_after is not None:
            data["retry_after"] = self.retry_after
        return data

    def openai_data(self, *, request_id: str) -> dict[str, Any]:
        """Return the same in the shape that OpenAI's clients read."""
        param = self.errors[0].pointer.lstrip("/?@").replace("/", ".") if self.errors else None
        reasons = "; ".join(f"{e.pointer}: {e.detail}" for e in self.errors)
        return {
            "error": {
                "message": f"{self.detail} ({reasons})" if reasons else self.detail,
                "type": _openai_type(self.status_code),
                "param": param,
                "code": str(self.code),
                "request_id": request_id,
            }
        }

    def all_headers(self) -> dict[str, str]:
        """Return the headers that go with it."""
        headers = dict(self.headers or {})
        if self.code is Code.UNAUTHENTICATED:
            headers["WWW-Authenticate"] = 'Bearer realm="citeproof"'
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return headers


_EXAMPLE_ID = "req_01m867cm8jjda8g93k44rgp1m1"
_EXAMPLE = Problem(Code.INVALID_REQUEST, errors=[FieldFault("/question", "Field required")])


def errors_page() -> str:
    """Return the closed list of codes as Markdown, the page that every `type` points to."""
    lines = [
        "# Errors",
        "",
        "Every refusal is `application/problem+json` (RFC 9457) with a `code` of this closed list,",
        "a `request_id` to report, and `errors` that point to the wrong fields. On the",
        "OpenAI-compatible routes the same code stands in `error.code`. `retryable` says whether",
        "the same request can succeed later; `Retry-After` says when. No code is ever renamed.",
        "",
        "```json",
        json.dumps(_EXAMPLE.data(instance="/v1/answers", request_id=_EXAMPLE_ID), indent=2),
        "```",
    ]
    for code, meaning in MEANINGS.items():
        again = "may succeed later" if meaning.retryable else "will fail again unchanged"
        lines += [
            "",
            f"## {code}",
            "",
            f"Status {meaning.status}. {meaning.title}; the same request {again}. {meaning.advice}",
        ]
    return "\n".join(lines) + "\n"


def _openai_type(status: int) -> str:
    known = {
        401: "authentication_error",
        403: "permission_error",
        404: "not_found_error",
        429: "rate_limit_error",
    }
    return known.get(status, "invalid_request_error" if status < 500 else "server_error")
