"""Deadlines, breakers, queues, and a Redis that misbehaves."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeout
from werkzeug.datastructures import Headers

from chassis import trace
from chassis.trace import Trace
from media.adapters import record_json
from media.adapters.breaker import Breaker
from media.adapters.deadline import Deadline
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.redis_catalogue import RedisCatalogue
from media.adapters.slots import Slots
from media.ports import PicturesBusy
from tests.support.media_builders import NOON, a_wallpaper


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_call_that_takes_too_long_is_left_behind(threads: ThreadPoolExecutor) -> None:
    let_go = Event()
    begun = time.monotonic()

    with pytest.raises(TimeoutError):
        Deadline(0.05, threads)(let_go.wait, 5)

    assert time.monotonic() - begun < 2
    let_go.set()


def test_a_call_within_its_time_is_as_if_made_here(threads: ThreadPoolExecutor) -> None:
    here = trace.current_or_new()
    trace.enter(here)

    within = Deadline(5, threads)

    assert within(trace.current) is here
    assert within(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        within(divmod, 7, 0)


def test_calls_that_hold_every_thread_do_not_hold_the_next_caller() -> None:
    let_go = Event()
    with ThreadPoolExecutor(1) as pool:
        within = Deadline(0.05, pool)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                within(let_go.wait, 5)
        let_go.set()


def test_a_breaker_rests_after_five_failures_and_then_lets_one_try() -> None:
    now = 100.0
    breaker = Breaker(clock=lambda: now)
    for _ in range(4):
        breaker.failed()
    assert breaker.allows()

    breaker.failed()
    assert not breaker.allows()
    now += 5
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()

    assert breaker.allows()
    assert breaker.allows()


def test_a_try_that_fails_lets_the_breaker_rest_on() -> None:
    now = 100.0
    breaker = Breaker(clock=lambda: now)
    for _ in range(5):
        breaker.failed()
    now += 5
    assert breaker.allows()

    breaker.failed()

    now += 4
    assert not breaker.allows()


def test_failures_now_and_then_do_not_open_a_breaker() -> None:
    now = 100.0
    breaker = Breaker(clock=lambda: now)

    for _ in range(20):
        breaker.failed()
        now += 3

    assert breaker.allows()


def test_so_many_work_so_many_wait_and_the_next_is_turned_away() -> None:
    slots = Slots(working=1, waiting=1, patience=5)
    inside, leave = Event(), Event()

    def work() -> None:
        with slots.turn():
            inside.set()
            leave.wait(5)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(work)
        inside.wait(5)
        second = threads.submit(work)
        while slots._room:
            time.sleep(0.01)
        with pytest.raises(PicturesBusy), slots.turn():
            pass
        leave.set()
        first.result()
        second.result()

    with slots.turn():
        pass


def test_nobody_waits_for_longer_than_their_caller_does() -> None:
    slots = Slots(working=1, waiting=1, patience=60)
    held, leave = Event(), Event()

    def hold() -> None:
        with slots.turn():
            held.set()
            leave.wait(30)

    with ThreadPoolExecutor(1) as threads:
        holding = threads.submit(hold)
        held.wait(5)
        trace.enter(Trace.begin(Headers(), trusted=True, budget=0.2))
        try:
            with pytest.raises(PicturesBusy), slots.turn():
                pass
            assert not holding.done()
        finally:
            trace.enter(None)
            leave.set()
    with slots.turn():
        pass


class _Misbehaving(Redis):
    """Answers every command with ``answer``, or raises it."""

    asked = 0

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def execute_command(self, *args: Any, **options: Any) -> Any:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _cached(behind: MemoryCatalogue, redis: Redis, threads: ThreadPoolExecutor) -> RedisCatalogue:
    return RedisCatalogue(behind, redis, ttl=timedelta(seconds=60), deadline=Deadline(1, threads))


@pytest.mark.parametrize(
    "answer",
    [
        RedisError("away"),
        RedisTimeout("slow"),
        InvalidResponse("garbage"),
        OSError("reset"),
        None,
        7,
        b"",
        b"garbage",
        b"{}",
        b"[]",
        b'{"form": 2}',
        b'{"form": 1, "id": "7kq2m9xz"}',
        b"\xff\xfe",
        b"[" * 100_000,
        record_json.write(a_wallpaper()).encode(),
        b"x" * 300_000,
    ],
    ids=lambda answer: repr(answer)[:24],
)
def test_whatever_redis_says_the_answer_is_right(
    answer: object, threads: ThreadPoolExecutor
) -> None:
    pine = a_wallpaper()
    catalogue = _cached(MemoryCatalogue(pine), _Misbehaving(answer), threads)

    assert catalogue.get(pine.id) == pine
    tombstone = pine.deleted(now=NOON)
    catalogue.update(tombstone)
    assert catalogue.get(pine.id) == tombstone


def test_a_redis_that_keeps_failing_is_left_alone(threads: ThreadPoolExecutor) -> None:
    pine, redis = a_wallpaper(), _Misbehaving(RedisTimeout("slow"))
    catalogue = _cached(MemoryCatalogue(pine), redis, threads)

    for _ in range(20):
        catalogue.get(pine.id)

    assert redis.asked == 5
