import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.admission import Gate
from api.problems import Code, Problem


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 20))  # type: ignore[arg-type]


def gate(capacity: int = 1, queue: int = 2, patience: float = 10) -> Gate:
    return Gate(capacity, queue, patience, jitter=lambda: 0.5)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_as_many_are_let_in_at_once_as_there_is_room_for() -> None:
    async def story() -> None:
        door = gate(capacity=2)
        await door.enter("a")
        await door.enter("a")
        third = asyncio.ensure_future(door.enter("a"))
        await settle()
        assert (door.running, door.waiting, third.done()) == (2, 1, False)
        door.leave()
        await third
        assert (door.running, door.waiting) == (2, 0)

    run(story)


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back() -> None:
    async def story() -> None:
        door = gate(queue=0)
        await door.enter("a")
        with pytest.raises(Problem) as caught:
            await door.enter("a")
        assert caught.value.code is Code.OVERLOADED
        assert caught.value.retry_after == 4  # two seconds, and half of four

    run(story)


def test_who_waits_too_long_is_refused() -> None:
    async def story() -> None:
        door = gate(patience=0.01)
        await door.enter("a")
        with pytest.raises(Problem):
            await door.enter("a")
        assert door.waiting == 0

    run(story)


def test_sites_take_turns_whatever_the_length_of_their_queues() -> None:
    async def story() -> None:
        door = gate(queue=10)
        await door.enter("busy")
        order: list[str] = []

        async def visit(site: str) -> None:
            await door.enter(site)
            order.append(site)
            door.leave()

        visits = [asyncio.ensure_future(visit("busy")) for _ in range(4)]
        await settle()
        visits.append(asyncio.ensure_future(visit("small")))
        await settle()
        door.leave()
        await asyncio.gather(*visits)
        assert order == ["busy", "small", "busy", "busy", "busy"]
        assert door.running == 0

    run(story)


def test_the_longest_queue_gives_way_when_there_is_no_room() -> None:
    async def story() -> None:
        door = gate(queue=3)
        await door.enter("busy")
        waiting = [asyncio.ensure_future(door.enter("busy")) for _ in range(3)]
        await settle()
        small = asyncio.ensure_future(door.enter("small"))
        await settle()
        assert [task.done() for task in waiting] == [False, False, True]
        assert isinstance(waiting[2].exception(), Problem)
        with pytest.raises(Problem):
            await door.enter("busy")
        for task in (*waiting[:2], small):
            task.cancel()
        await asyncio.gather(*waiting, small, return_exceptions=True)
        assert door.waiting == 0

    run(story)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6)), max_size=25), st.data())
def test_whatever_happens_no_room_is_lost_or_given_twice(
    visits: list[tuple[str, int]], data: st.DataObject
) -> None:
    capacity = data.draw(st.integers(1, 3))
    cancelled = data.draw(st.lists(st.integers(0, 24), max_size=6))
    inside = 0

    async def story() -> None:
        nonlocal inside
        door = gate(capacity=capacity, queue=4)

        async def visit(site: str, stay: int) -> None:
            nonlocal inside
            await door.enter(site)
            inside += 1
            assert inside <= capacity
            try:
                for _ in range(stay):
                    await asyncio.sleep(0)
            finally:
                inside -= 1
                door.leave()

        tasks = []
        for place, (site, stay) in enumerate(visits):
            tasks.append(asyncio.ensure_future(visit(site, stay)))
            await asyncio.sleep(0)
            if place in cancelled:
                tasks[place // 2].cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert outcome is None or isinstance(outcome, Problem | asyncio.CancelledError)
        assert (door.running, door.waiting, inside) == (0, 0, 0)

    run(story)
