"""What every tally promises: in memory and in Redis, and what is kept of Redis that goes away."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from media.adapters.breaker import Breaker
from media.adapters.deadline import Deadline
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.memory_originals import MemoryOriginals
from media.adapters.memory_spool import MemorySpool
from media.adapters.memory_tally import MemoryTally
from media.adapters.redis_tally import RedisTally
from media.count import settle
from media.domain.visits import Batch, Kind, Visit
from media.domain.wallpaper import Counters, Day, Wallpaper
from media.ports import CatalogueUnavailable, Spool, Tally
from tests.support.media_builders import a_wallpaper
from tests.support.servers import free_port, redis_at

TODAY = date(2026, 11, 23)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def _in_redis(url: str, threads: ThreadPoolExecutor, spool: Spool | None = None) -> RedisTally:
    return RedisTally(Redis.from_url(url, retry=None), Deadline(1, threads), spool or MemorySpool())


@pytest.fixture
def memory() -> Tally:
    return MemoryTally("t")


@pytest.fixture
def redis(redis_url: str, threads: ThreadPoolExecutor) -> Tally:
    return _in_redis(redis_url, threads)


@pytest.fixture(
    params=[
        "memory",
        pytest.param("redis", marks=pytest.mark.integration),
    ]
)
def tally(request: pytest.FixtureRequest) -> Tally:
    found: Tally = request.getfixturevalue(request.param)
    return found


def _view(wallpaper_id: str, visitor: str, day: date = TODAY) -> Visit:
    return Visit(wallpaper_id, Kind.VIEW, day, visitor)


def _counted(batches: Iterator[Batch] | list[Batch]) -> dict[str, dict[date, Day]]:
    found: dict[str, dict[date, Day]] = {}
    for batch in batches:
        assert not found.keys() & batch.counts.keys()
        found.update({id_: dict(days) for id_, days in batch.counts.items()})
    return found


def test_a_visitor_counts_once_a_day_for_each_wallpaper_and_kind(tally: Tally) -> None:
    tomorrow = TODAY + timedelta(days=1)
    for _ in range(3):
        tally.add(_view("pine", "ada"))
        tally.add(_view("pine", "bob"))
        tally.add(_view("mist", "ada"))
        tally.add(Visit("pine", Kind.DOWNLOAD, TODAY, "ada"))
        tally.add(_view("pine", "ada", tomorrow))

    assert _counted(tally.batches()) == {
        "pine": {TODAY: Day(TODAY, 2, 1), tomorrow: Day(tomorrow, 1)},
        "mist": {TODAY: Day(TODAY, 1)},
    }


def test_a_batch_that_was_settled_is_gone_for_good(tally: Tally) -> None:
    tally.add(_view("pine", "ada"))
    for batch in tally.batches():
        tally.settled(batch)

    tally.add(_view("pine", "ada"))

    assert list(tally.batches()) == []


def test_what_comes_after_a_batch_is_in_the_next_one(tally: Tally) -> None:
    tally.add(_view("pine", "ada"))
    (first,) = tally.batches()
    tally.add(_view("pine", "bob"))
    tally.settled(first)

    (second,) = tally.batches()
    tally.settled(first)  # a late word on the first does not take the second

    assert second.counts == {"pine": {TODAY: Day(TODAY, 1)}}
    assert second.number > first.number


def test_many_at_once_are_counted_once_each(tally: Tally) -> None:
    with ThreadPoolExecutor(8) as people:
        list(people.map(tally.add, [_view("pine", f"v{each % 50}") for each in range(400)]))

    assert _counted(tally.batches()) == {"pine": {TODAY: Day(TODAY, 50)}}


def test_a_batch_that_nobody_settled_comes_again_as_it_was() -> None:
    tally = MemoryTally("t")
    tally.add(_view("pine", "ada"))
    first = list(tally.batches())
    tally.add(_view("pine", "bob"))

    assert list(tally.batches()) == first


def test_there_is_room_for_so_many_visits_and_no_more() -> None:
    tally = MemoryTally("t", most=3)
    for each in range(9):
        tally.add(_view("pine", f"v{each}"))
    tomorrow = TODAY + timedelta(days=2)
    tally.add(_view("pine", "later", tomorrow))

    (batch,) = tally.batches()
    assert batch.counts == {"pine": {TODAY: Day(TODAY, 3), tomorrow: Day(tomorrow, 1)}}


@pytest.mark.integration
def test_a_batch_comes_again_once_its_lease_is_over(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    died, other = (_in_redis(redis_url, threads) for _ in range(2))
    died.add(_view("pine", "ada"))
    (first,) = died.batches()
    other.add(_view("pine", "bob"))

    assert list(other.batches()) == []  # somebody is at it
    redis = Redis.from_url(redis_url)
    for key in redis.scan_iter("*:lease"):
        redis.delete(key)

    assert list(other.batches()) == [first]


@pytest.mark.integration
def test_two_tasks_count_a_visitor_once_between_them(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    one, other = (_in_redis(redis_url, threads) for _ in range(2))
    for tally in (one, other, one):
        tally.add(_view("pine", "ada"))

    assert _counted([*one.batches(), *other.batches()]) == {"pine": {TODAY: Day(TODAY, 1)}}


@pytest.mark.integration
def test_numbers_go_on_rising_when_redis_has_lost_everything(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    tally = _in_redis(redis_url, threads)
    tally.add(_view("pine", "ada"))
    (first,) = tally.batches()
    Redis.from_url(redis_url).flushall()
    tally.add(_view("pine", "bob"))

    (second,) = tally.batches()

    assert second.number > first.number


@pytest.mark.integration
def test_rubbish_in_redis_is_dropped_and_in_nobodys_way(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    redis, tally = Redis.from_url(redis_url), _in_redis(redis_url, threads)
    for shard in range(16):
        redis.hset(f"media:1:{{visits-{shard:02d}}}:batch", "number", "many")
    assert list(tally.batches()) == []
    for key in redis.scan_iter("*:lease"):
        redis.delete(key)

    tally.add(_view("pine", "ada"))

    assert _counted(tally.batches()) == {"pine": {TODAY: Day(TODAY, 1)}}


@pytest.mark.integration
def test_every_key_of_one_call_is_in_one_slot_of_a_cluster(
    redis_url: str, threads: ThreadPoolExecutor
) -> None:
    redis, tally = Redis.from_url(redis_url), _in_redis(redis_url, threads)
    for each in range(40):
        tally.add(_view(f"pine{each}", "ada"))
    for batch in tally.batches():
        tally.settled(batch)

    tags = {key.decode().partition("{")[2].partition("}")[0] for key in redis.scan_iter("*")}
    assert len(tags) == 16
    assert all(key.decode().startswith("media:1:{visits-") for key in redis.scan_iter("*"))


class _ComingAndGoing:
    """A Redis that keeps what it holds when it stops, and two tasks that count in it."""

    def __init__(self, folder: Path, threads: ThreadPoolExecutor, spool: Spool) -> None:
        self._folder = folder
        self._port = free_port()
        self._threads = threads
        self._spool = spool
        self.one, self.other = self.a_task(), self.a_task()

    def a_task(self) -> RedisTally:
        return _in_redis(f"redis://127.0.0.1:{self._port}", self._threads, self._spool)

    @contextmanager
    def there(self) -> Iterator[None]:
        with redis_at(self._port, self._folder, lasting=True):
            for tally in (self.one, self.other):
                tally._breaker = Breaker()  # its rest is over
            yield


@pytest.fixture
def coming_and_going(tmp_path: Path, threads: ThreadPoolExecutor) -> _ComingAndGoing:
    return _ComingAndGoing(tmp_path, threads, MemorySpool())


def _all_of(*tallies: Tally) -> Day:
    """All that is counted of the pine, and settled."""
    found = Day(TODAY)
    for tally in tallies:
        for batch in tally.batches():
            found += batch.counts["pine"][TODAY]
            tally.settled(batch)
    return found


@pytest.mark.integration
def test_two_tasks_count_a_visitor_once_while_redis_is_away(
    coming_and_going: _ComingAndGoing,
) -> None:
    one, other = coming_and_going.one, coming_and_going.other
    visitors = [_view("pine", f"v{each}") for each in range(30)]
    with coming_and_going.there():
        for visit in visitors[:10]:
            one.add(visit)
        before = _all_of(one)

    for visit in visitors[:20]:  # some of whom are counted, and others only the first is told of
        other.add(visit)
    for visit in visitors[5:]:
        one.add(visit)
    away = _all_of(one, other)
    for visit in visitors:
        other.add(visit)

    with coming_and_going.there():
        after = _all_of(one, other, one)
    assert (before, away, after) == (Day(TODAY, 10), Day(TODAY), Day(TODAY, 20))


@pytest.mark.integration
def test_what_a_task_heard_while_redis_was_away_outlives_it(
    coming_and_going: _ComingAndGoing,
) -> None:
    died = coming_and_going.one
    for each in range(8):
        died.add(_view("pine", f"v{each}"))
    assert list(died.batches()) == []

    with coming_and_going.there():
        assert _all_of(coming_and_going.a_task()) == Day(TODAY, 8)
        assert _all_of(coming_and_going.other) == Day(TODAY)


class _NoSpool(MemorySpool):
    """A spool that is away."""

    def keep(self, visits: Sequence[Visit], *, now: datetime) -> None:
        raise CatalogueUnavailable("it is away")


@pytest.mark.integration
def test_with_all_else_away_so_many_visits_are_held_and_no_more(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    port = free_port()
    redis = Redis.from_url(f"redis://127.0.0.1:{port}", retry=None)
    tally = RedisTally(redis, Deadline(1, threads), _NoSpool(), most=3)
    for each in range(9):
        tally.add(_view("pine", f"v{each}"))
    assert list(tally.batches()) == []

    tally._breaker = Breaker()
    with redis_at(port, tmp_path):
        assert _all_of(tally) == Day(TODAY, 3)


@pytest.mark.integration
def test_whom_redis_forgets_a_task_that_counted_them_does_not_count_again(
    tmp_path: Path, threads: ThreadPoolExecutor
) -> None:
    port = free_port()
    tally = _in_redis(f"redis://127.0.0.1:{port}", threads)
    for _ in range(2):
        with redis_at(port, tmp_path):  # it begins with nothing
            tally.add(_view("pine", "ada"))
            found = _all_of(tally)

    assert found == Day(TODAY)


class _Moody(MemoryCatalogue):
    """Adds visits, and says every other time that it could not."""

    calls = 0

    def count(self, batch: Batch) -> tuple[Wallpaper, ...]:
        self.calls += 1
        counted = super().count(batch)
        if self.calls % 2:
            raise CatalogueUnavailable("the answer was lost")
        return counted


def test_visits_get_to_the_record_once_even_if_that_has_to_be_tried_again(tally: Tally) -> None:
    pine = a_wallpaper()
    catalogue, originals = _Moody(pine), MemoryOriginals()
    tally.add(_view(pine.id, "ada"))
    tally.add(Visit(pine.id, Kind.DOWNLOAD, TODAY, "ada"))

    settle(tally, catalogue, originals)
    if isinstance(tally, RedisTally):
        redis = tally._redis
        tally._ask(lambda: [redis.delete(key) for key in redis.scan_iter("*:lease")])
    settle(tally, catalogue, originals)
    settle(tally, catalogue, originals)

    assert catalogue.get(pine.id).counters == Counters(views=1, downloads=1)
    assert catalogue.get(pine.id).version == pine.version
    assert catalogue.calls == 2


def test_the_sidecar_learns_of_visits_once_a_day() -> None:
    pine = a_wallpaper()
    catalogue, originals, tally = MemoryCatalogue(pine), MemoryOriginals(), MemoryTally("t")
    originals.describe(pine)

    for each, day in enumerate((TODAY, TODAY, TODAY + timedelta(days=1))):
        tally.add(_view(pine.id, f"v{each}", day))
        settle(tally, catalogue, originals)
        (described,) = originals.descriptions()
        if each == 1:
            assert described.counters.views == 1

    assert described == catalogue.get(pine.id)
    assert described.counters.views == 3
