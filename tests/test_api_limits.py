import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from serving import NOW, QuotingAssistant, make_index, settings

from api.app import create_app
from api.caller import LOCAL, PUBLISHABLE, Caller
from api.keys import Terms
from api.limits import Counters, Limits, Quota
from api.problems import Problem
from index.index import Index

QUESTION = {"question": "How many boats are there?"}
START = NOW // 60 * 60
READER = Caller("news", PUBLISHABLE, "key_a", per_minute=2, answers_per_day=3)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with make_index(tmp_path_factory.mktemp("limits")) as index:
        yield index


@pytest.fixture
def limits(tmp_path: Path) -> Iterator[Limits]:
    with closing(Counters(tmp_path)) as counters:
        yield Limits(counters, per_site=5, per_address=2)


def admitted(limits: Limits, caller: Caller, now: float, address: str = "192.0.2.1") -> bool:
    try:
        limits.admit(caller, address, now)
    except Problem:
        return False
    return True


def test_a_key_has_its_requests_a_minute_and_is_told_when_the_next_come(limits: Limits) -> None:
    policy = '"key";q=2;w=60, "site";q=5;w=60'
    assert limits.admit(READER, "", START + 10) == {
        "RateLimit-Policy": policy,
        "RateLimit": '"key";r=1;t=50, "site";r=4;t=50',
    }
    limits.admit(READER, "", START + 20)
    with pytest.raises(Problem) as refused:
        limits.admit(READER, "", START + 59.5)
    assert refused.value.all_headers() == {
        "RateLimit-Policy": policy,
        "RateLimit": '"key";r=0;t=1, "site";r=3;t=1',
        "Retry-After": "1",
    }
    assert admitted(limits, READER, START + 60)


def test_what_one_quota_refuses_counts_on_none(limits: Limits) -> None:
    for _ in range(10):
        admitted(limits, READER, START)
    others = [replace(READER, key_id=f"key_{name}") for name in "bcd"]
    assert [admitted(limits, other, START) for other in others] == [True, True, True]
    assert not admitted(limits, replace(READER, key_id="key_e"), START)  # five a site


def test_publishable_keys_are_also_counted_by_address(limits: Limits) -> None:
    page = replace(READER, secret=False, per_minute=100)
    found = [admitted(limits, page, START, "192.0.2.1") for _ in range(3)]
    assert found == [True, True, False]
    assert admitted(limits, page, START, "192.0.2.2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("testclient", "testclient", True),
        ("", "", True),
    ],
)
def test_a_network_of_version_6_is_one_address(
    limits: Limits, one: str, other: str, same: bool
) -> None:
    page = replace(READER, secret=False, per_minute=100)
    assert [admitted(limits, page, START, one) for _ in range(3)] == [True, True, False]
    assert admitted(limits, page, START, other) is not same


def test_this_machines_own_user_is_not_counted(limits: Limits) -> None:
    assert [limits.admit(LOCAL, "127.0.0.1", START) for _ in range(200)] == [{}] * 200


def test_a_daily_budget_is_hard_and_ends_at_midnight_utc(limits: Limits) -> None:
    midnight = NOW // 86_400 * 86_400 + 86_400
    for _ in range(3):
        limits.spend(READER, midnight - 100)
    with pytest.raises(Problem) as refused:
        limits.spend(READER, midnight - 40)
    assert (refused.value.code, refused.value.retry_after) == ("budget_exhausted", 40)
    limits.refund(READER, midnight - 40)
    limits.spend(READER, midnight - 1)
    limits.spend(READER, midnight)


def test_without_a_budget_nothing_is_spent(limits: Limits) -> None:
    for _ in range(10):
        limits.spend(LOCAL, NOW)
        limits.refund(LOCAL, NOW)


@bounded(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    most=st.integers(1, 5),
    steps=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=25),
)
def test_no_window_ever_lets_more_through_than_its_quota(
    tmp_path_factory: pytest.TempPathFactory, most: int, steps: list[float]
) -> None:
    quota = Quota("key", "key/a", most, 60)
    through: dict[int, int] = {}
    now = START
    with closing(Counters(tmp_path_factory.mktemp("windows"))) as counters:
        for step in steps:
            now += step
            taken, (left,) = counters.take([quota], now)
            window = int(now) // 60
            asked = through.get(window, 0)
            assert taken is (asked < most)
            through[window] = asked + taken
            assert left.remaining == most - through[window]
            assert 1 <= left.resets <= 60


def test_threads_and_processes_share_one_count(tmp_path: Path) -> None:
    quota = Quota("key", "key/a", 50, 60)
    with (
        closing(Counters(tmp_path)) as one,
        closing(Counters(tmp_path)) as other,
        ThreadPoolExecutor(8) as threads,
    ):
        taken = threads.map(lambda n: (one, other)[n % 2].take([quota], START)[0], range(200))
        assert sum(taken) == 50


def test_old_windows_are_forgotten(tmp_path: Path) -> None:
    with closing(Counters(tmp_path)) as counters:
        for minute in range(100):
            counters.take([Quota("key", f"key/{minute}", 5, 60)], START + 60 * minute)
        with counters._database.reading() as db:
            assert db.execute("SELECT count(*) FROM windows").fetchone()[0] <= 3


def test_the_server_says_what_is_left_and_when_nothing_is(tmp_path: Path, index: Index) -> None:
    app = create_app(QuotingAssistant(index), settings(tmp_path), clock=lambda: START + 15)
    with TestClient(app, base_url="http://localhost") as client:
        keys = app.state.services.admission.keys
        minted = keys.create(Terms("sk", "news", per_minute=3, answers_per_day=1), NOW)
        headers = {"Authorization": f"Bearer {minted.token}"}
        answers = [
            client.post("/v1/answers", json=body, headers=headers)
            for body in (QUESTION, {"question": 7}, QUESTION, QUESTION)
        ]
        last_use = client.app.state.services.limits.counters.last_uses()  # type: ignore[attr-defined]
    codes = [answer.json().get("code") for answer in answers]
    assert codes == [None, "invalid_request", "budget_exhausted", "rate_limited"]
    for answer, left in zip(answers, (2, 1, 0, 0), strict=True):
        assert re.match(rf'"key";r={left};t=45', answer.headers["ratelimit"])
        assert answer.headers["ratelimit-policy"].startswith('"key";q=3;w=60')
    assert answers[3].headers["retry-after"] == "45"
    assert last_use == {minted.key.id: START + 15}


def test_a_server_that_is_busy_gives_the_budget_back(tmp_path: Path, index: Index) -> None:
    app = create_app(QuotingAssistant(index), settings(tmp_path), clock=lambda: NOW)
    with TestClient(app, base_url="http://localhost") as client:
        minted = app.state.services.admission.keys.create(
            Terms("sk", "news", answers_per_day=1), NOW
        )
        headers = {"Authorization": f"Bearer {minted.token}"}
        app.state.services.runs.draining = True
        refused = client.post("/v1/answers", json=QUESTION, headers=headers)
        assert refused.json()["code"] == "shutting_down"
        app.state.services.runs.draining = False
        assert client.post("/v1/answers", json=QUESTION, headers=headers).status_code == 201
