"""Server-sent events: frames out, pings between them, and no client that holds a stream frozen."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Message, Receive, Scope, Send

from api.runs import Frame

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(EventSourceResponse):
    """Sends encoded events; a client that takes none for `send_timeout` seconds is cut off."""

    def __init__(
        self,
        content: AsyncGenerator[bytes],
        *,
        send_timeout: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(content, headers={**HEADERS, **(headers or {})})
        self._events = content
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""

        async def timely(message: Message) -> None:
            async with asyncio.timeout(self._send_timeout):
                await send(message)

        try:
            # A stream given up here ends the connection, which tells the client that it was cut.
            await super().__call__(scope, receive, timely)
        finally:
            await self._events.aclose()


async def encoded(
    frames: AsyncGenerator[Frame], *, ping_seconds: float, after: int = 0
) -> AsyncGenerator[bytes]:
    """Yield the frames as events with ids from 1, those up to `after` left out, and pings.

    Closing the iterator closes `frames`.
    """
    async with aclosing(with_pings(_events(frames, after), ping_seconds=ping_seconds)) as events:
        async for event in events:
            yield event


async def _events(frames: AsyncGenerator[Frame], after: int) -> AsyncGenerator[bytes]:
    number = 0
    async with aclosing(frames) as source:
        async for frame in source:
            number += 1
            if number > after:
                yield format_sse_event(data_str=frame.text, event=frame.name, id=str(number))


async def with_pings(
    events: AsyncGenerator[bytes], *, ping_seconds: float
) -> AsyncGenerator[bytes]:
    """Yield the events, and a comment whenever nothing else went out for `ping_seconds`.

    Events that come at once go out together. Closing the iterator closes `events`.
    """
    ready: list[bytes] = []
    come = asyncio.Event()

    async def read() -> None:
        async with aclosing(events) as source:
            async for event in source:
                ready.append(event)
                come.set()

    reading = asyncio.ensure_future(read())
    reading.add_done_callback(lambda _: come.set())
    try:
        while ready or not reading.done():
            try:
                async with asyncio.timeout(ping_seconds):
                    await come.wait()
            except TimeoutError:
                yield KEEPALIVE_COMMENT
                continue
            come.clear()
            if ready:
                together = b"".join(ready)
                ready.clear()
                yield together
        reading.result()
    finally:
        reading.cancel()
        # The source may only be closed once it no longer runs.
        await asyncio.wait({reading})
