"""Who may be answered now, who waits, and who is told to come back."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from api.problems import Code, Problem

_RETRY_SECONDS = 2
_RETRY_JITTER = 4


@dataclass
class Gate:
    """Lets `capacity` answers be made at once and `queue` more wait, for at most `patience` s.

    Those who wait are let in by turns of their sites, not of their requests. Where the queue is
    full, the site that has most in it gives way to one that has less: the last of its own is
    refused. Used on one event loop.
    """

    capacity: int
    queue: int
    patience: float
    jitter: Callable[[], float] = random.random
    running: int = 0
    _waiting: dict[str, deque[asyncio.Future[None]]] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """The number of requests that wait."""
        return sum(map(len, self._waiting.values()))

    async def enter(self, site: str) -> None:
        """Return when an answer for the site may be made; `leave` must follow.

        Raises:
            Problem: the queue is full, or the wait was too long.
        """
        if self.running < self.capacity and not self._waiting:
            self.running += 1
            return
        if self.waiting >= self.queue and not self._make_room(site):
            raise self.refusal()
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(site, deque()).append(turn)
        try:
            async with asyncio.timeout(self.patience):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()  # let in and gone at the same moment
            else:
                self._remove(site, turn)
            if isinstance(error, TimeoutError):
                raise self.refusal() from None
            raise

    def leave(self) -> None:
        """Make room for the next, the sites taking turns."""
        while self._waiting:
            site = next(iter(self._waiting))
            turns = self._waiting.pop(site)
            turn = turns.popleft()
            if turns:
                self._waiting[site] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self.running -= 1

    def refusal(self) -> Problem:
        """Return what a request is told that cannot be taken; the time to wait is spread."""
        seconds = _RETRY_SECONDS + round(self.jitter() * _RETRY_JITTER)
        return Problem(Code.OVERLOADED, retry_after=seconds)

    def _make_room(self, site: str) -> bool:
        """Refuse the last request of the site that waits most, if that is another with more."""
        heaviest = max(self._waiting, key=lambda s: len(self._waiting[s]), default=None)
        if heaviest is None or len(self._waiting[heaviest]) <= len(self._waiting.get(site, ())) + 1:
            return False
        last = self._waiting[heaviest].pop()
        if not last.done():
            last.set_exception(self.refusal())
        return True

    def _remove(self, site: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(site)
        if turns and turn in turns:
            turns.remove(turn)
        if turns is not None and not turns:
            self._waiting.pop(site, None)
