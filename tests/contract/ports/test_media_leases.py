"""What every keeper of leases promises: in memory and in Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from media.adapters.deadline import Deadline
from media.adapters.memory_leases import MemoryLeases
from media.adapters.redis_leases import RedisLeases
from media.ports import Leases
from tests.support.servers import free_port, wait_until

MINUTE = timedelta(minutes=1)


@pytest.fixture
def memory() -> Leases:
    return MemoryLeases()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Leases]:
    with ThreadPoolExecutor(2) as threads:
        yield RedisLeases(Redis.from_url(redis_url), deadline=Deadline(2, threads))


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.integration)])
def leases(request: pytest.FixtureRequest) -> Leases:
    found: Leases = request.getfixturevalue(request.param)
    return found


def test_only_one_has_a_lease(leases: Leases) -> None:
    first, second = (leases.take("w640.webp", lifetime=MINUTE) for _ in range(2))

    assert first is not None
    assert second is None
    assert leases.take("w320.webp", lifetime=MINUTE) is not None


def test_a_lease_that_was_given_back_is_free(leases: Leases) -> None:
    token = leases.take("w640.webp", lifetime=MINUTE)
    assert token is not None

    leases.give_back("w640.webp", token)

    assert leases.take("w640.webp", lifetime=MINUTE) is not None


def test_a_lease_ends_by_itself_and_is_then_the_next_ones(leases: Leases) -> None:
    stalled = leases.take("w640.webp", lifetime=timedelta(milliseconds=20))
    assert stalled is not None
    wait_until(
        lambda: leases.take("w640.webp", lifetime=MINUTE) is not None,
        seconds=5,
        what="the lease to end",
    )

    leases.give_back("w640.webp", stalled)

    assert leases.take("w640.webp", lifetime=MINUTE) is None


def test_while_redis_is_away_everybody_may_work() -> None:
    away = Redis(port=free_port(), retry=Retry(NoBackoff(), 0))
    with ThreadPoolExecutor(2) as threads:
        leases = RedisLeases(away, deadline=Deadline(2, threads))

        tokens = [leases.take("w640.webp", lifetime=MINUTE) for _ in range(9)]
        for token in tokens:
            leases.give_back("w640.webp", token or "")

    assert None not in tokens
