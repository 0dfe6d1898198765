"""`/v1/chat/completions` and `/v1/models`: the same answers for clients of OpenAI's API."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.answering import Order
from api.asking import begin
from api.caller import Permission
from api.chat import Completion, asked
from api.chat_schemas import MODEL, ChatCompletion, CreateChatCompletion, Model, ModelList
from api.describe import problems
from api.guard import GuardedRoute, needs
from api.problems import Code, Problem
from api.responses import json_response
from api.routes.answers import Deadline, completed, question_of
from api.runs import ERROR, Frame, last_frame
from api.services import Asker, Parts, RequestId
from api.sse import EventStream, with_pings

router = APIRouter(prefix="/v1", tags=["chat"], route_class=GuardedRoute)

_RELEASED = 1_795_478_400
_MODEL = {"id": MODEL, "object": "model", "created": _RELEASED, "owned_by": MODEL}


@router.post("/chat/completions", responses=problems(ChatCompletion, stream=True, openai=True))
@needs(Permission.ASK)
async def create(
    body: CreateChatCompletion,
    request: Request,
    parts: Parts,
    caller: Asker,
    request_id: RequestId,
    deadline: Deadline = None,
) -> Response:
    """Answer the last message, in whole verified sentences with `url_citation` annotations.

    `factcheck` is the same answer as of `/v1/answers`, and stored as such.
    """
    text, caveats = asked(body)
    question = question_of(text, body.as_of, f"/messages/{len(body.messages) - 1}/content")
    order = Order(question, caller.site, request_id, body.offset_encoding, caveats)
    begun = await begin(request, parts, caller, order, deadline=deadline)
    usage = bool(body.stream_options and body.stream_options.include_usage)
    server = str(request.base_url).rstrip("/")
    completion = Completion(server, body.offset_encoding, usage)
    if body.stream:
        content = with_pings(
            _events(begun.frames, completion), ping_seconds=parts.settings.ping_seconds
        )
        return EventStream(content, send_timeout=parts.settings.send_seconds, headers=begun.headers)
    last = completed(await last_frame(request, begun.frames))
    return json_response(completion.whole(last.data), headers=begun.headers)


@router.get("/models", responses=problems(ModelList, openai=True))
@needs(Permission.ASK)
async def models() -> Response:
    """List the one model there is."""
    return json_response({"object": "list", "data": [_MODEL]})


@router.get("/models/{model}", responses=problems(Model, openai=True))
@needs(Permission.ASK)
async def model(model: str) -> Response:
    """Describe a model."""
    if model != MODEL:
        raise Problem(Code.NOT_FOUND, f"There is no such model: use `{MODEL}`.")
    return json_response(_MODEL)


async def _events(frames: AsyncGenerator[Frame], completion: Completion) -> AsyncGenerator[bytes]:
    """Yield the frames as chunks, and `[DONE]` after the last; an error ends the stream."""
    async with aclosing(frames) as source:
        async for frame in source:
            if frame.name == ERROR:
                data = frame.data
                problem = Problem(Code(data["code"]), data["detail"])
                error = problem.openai_data(request_id=data["request_id"])
                yield _event(json.dumps(error))
                return
            for chunk in completion.chunks(frame.name, frame.data):
                yield _event(json.dumps(chunk, ensure_ascii=False))
    yield _event("[DONE]")


def _event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()
