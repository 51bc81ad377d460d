"""Visits counted in Redis, by all tasks together; those that it misses wait until it is back."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, TypeVar

from redis import Redis
from redis.exceptions import RedisError

from media.adapters.breaker import Breaker
from media.adapters.deadline import Deadline
from media.adapters.seen_visits import SeenVisits
from media.domain.feed import SHARDS, shard_of
from media.domain.visits import Batch, Kind, Visit
from media.domain.wallpaper import Day
from media.ports import CatalogueUnavailable, Spool

T = TypeVar("T")
log = logging.getLogger(__name__)
_SOURCE = "redis"
_SEEN_FOR = timedelta(days=3)  # longer than a visit of that day can wait
_LEASE = timedelta(seconds=30)
_MOST = 100_000  # visits that this process remembers, and as many that it holds
_BUNDLES = 10  # from the spool at a time: what else is counted must not wait for them

# Once for each visitor and day, and both or neither: KEYS seen, pending; ARGV visitor, ttl, field.
_ADD: Final = """
if redis.call('SADD', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
return 1
"""

# What is pending becomes a batch with a number higher than any before, even if Redis was emptied
# and the count begins anew; a batch that nobody has settled comes again as it was.
# KEYS lease, batch, pending, last number; ARGV milliseconds.
_TAKE: Final = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return {} end
if redis.call('EXISTS', KEYS[2]) == 0 then
  if redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('DEL', KEYS[1])
    return {}
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local last = tonumber(redis.call('GET', KEYS[4]) or '0')
  local number = string.format('%.0f', math.max(now, last + 1))
  redis.call('SET', KEYS[4], number)
  redis.call('RENAME', KEYS[3], KEYS[2])
  redis.call('HSET', KEYS[2], 'number', number)
end
return redis.call('HGETALL', KEYS[2])
"""

# Only the batch that was meant: a late word on an earlier one must not take the next.
# KEYS batch, lease; ARGV number.
_SETTLED: Final = """
if redis.call('HGET', KEYS[1], 'number') == ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('DEL', KEYS[2])
"""


class RedisTally:
    """Visits in Redis, the wallpapers of each shard in a hash slot of their own.

    =====================================  ==================================================
    key, after ``media:1:{visits-07}:``    holds
    =====================================  ==================================================
    ``seen:<day>:<kind>:<id>``             whose visits were counted; three days
    ``pending``                            ``<id> <day> <kind>`` -> how many
    ``batch``                              the same, being added to the records; its number
    ``lease``                              that somebody is at it
    ``last``                               the last number given
    =====================================  ==================================================

    Each visitor is counted once a day, whichever tasks they come to, as Redis alone decides it: a
    visit that it may or may not have counted is sent again until it has answered. Those that come
    while it is away are held here for some seconds, and then in the spool, from which any task
    takes them once it is back. What this process has sent or holds, it does not send again.

    Args:
        redis: Whose sets decide.
        deadline: Of a call to it.
        spool: Where visits outlive this process.
        most: Visits that are held at most, if the spool is away, too: more are not counted.
    """

    def __init__(
        self, redis: Redis, deadline: Deadline, spool: Spool, *, most: int = _MOST
    ) -> None:
        self._redis = redis
        self._deadline = deadline
        self._spool = spool
        self._most = most
        self._breaker = Breaker()
        self._seen = SeenVisits(_MOST)
        self._lock = threading.Lock()
        self._held: dict[Visit, None] = {}

    def add(self, visit: Visit) -> None:
        if visit in self._seen:
            return
        if self._tell((visit,)) or self._hold(visit):
            self._seen.remember(visit)

    def batches(self) -> Iterator[Batch]:
        self._catch_up()
        for shard in range(SHARDS):
            if (found := self._take(shard)) is not None:
                yield found

    def settled(self, batch: Batch) -> None:
        shard = shard_of(next(iter(batch.counts)))
        if self._breaker.allows():
            self._eval(_SETTLED, [_key(shard, "batch"), _key(shard, "lease")], [batch.number])

    def _hold(self, visit: Visit) -> bool:
        with self._lock:
            if len(self._held) >= self._most:
                return False
            self._held[visit] = None
            return True

    def _catch_up(self) -> None:
        """Tell Redis what it has missed; if it is away still, put that where it is safe."""
        with self._lock:
            held, now = tuple(self._held), datetime.now(UTC)
        try:
            if not self._tell(held):
                self._spool.keep(held, now=now)
            self._let_go(held)
            for bundle in self._spool.kept(limit=_BUNDLES, now=now):
                if not self._tell(bundle.visits):
                    break
                self._spool.drop(bundle)
        except CatalogueUnavailable as error:
            log.warning("visits wait for Redis, %d of them here: %s", len(held), error)

    def _let_go(self, held: Iterable[Visit]) -> None:
        with self._lock:
            for visit in held:
                self._held.pop(visit, None)

    def _tell(self, visits: Iterable[Visit]) -> bool:
        """Whether Redis has certainly heard of all ``visits``; it counts each of them once."""
        return all(self._breaker.allows() and self._send(visit) is not None for visit in visits)

    def _send(self, visit: Visit) -> Any:
        """What Redis says to ``visit``; ``None`` if it cannot be known whether it was counted."""
        shard = shard_of(visit.wallpaper_id)
        day = visit.day.isoformat()
        seen = _key(shard, f"seen:{day}:{visit.kind}:{visit.wallpaper_id}")
        field = f"{visit.wallpaper_id} {day} {visit.kind}"
        ttl = int(_SEEN_FOR.total_seconds())
        return self._eval(_ADD, [seen, _key(shard, "pending")], [visit.visitor, ttl, field])

    def _take(self, shard: int) -> Batch | None:
        if not self._breaker.allows():
            return None
        keys = [_key(shard, name) for name in ("lease", "batch", "pending", "last")]
        found = self._eval(_TAKE, keys, [int(_LEASE.total_seconds() * 1000)])
        try:
            return _batch([_text(each) for each in found]) if found else None
        except ValueError as error:  # not what we write: it must not be in the way for ever
            log.error("visits in Redis are unreadable and dropped: %r", error)  # noqa: TRY400
            self._ask(lambda: self._redis.delete(keys[1]))
            return None

    def _eval(self, script: str, keys: list[str], arguments: list[str | int]) -> Any:
        """What a script returns, or ``None`` if Redis is away. Whoever calls was allowed to."""

        def call() -> Any:
            return self._redis.eval(script, len(keys), *keys, *map(str, arguments))

        return self._ask(call)

    def _ask(self, call: Callable[[], T]) -> T | None:
        try:
            answer = self._deadline(call)
        except (RedisError, OSError, ValueError) as error:
            self._breaker.failed()
            log.warning("visits not counted in Redis: %s", error)
            return None
        self._breaker.succeeded()
        return answer


def _batch(found: list[str]) -> Batch:
    counts: dict[str, dict[date, Day]] = {}
    number = 0
    for field, value in zip(found[::2], found[1::2], strict=True):
        if field == "number":
            number = int(value)
            continue
        wallpaper_id, at, kind = field.split(" ")
        day = date.fromisoformat(at)
        more = Day(day, int(value)) if Kind(kind) is Kind.VIEW else Day(day, 0, int(value))
        days = counts.setdefault(wallpaper_id, {})
        days[day] = days.get(day, Day(day)) + more
    if not (number and counts):
        raise ValueError("a batch without a number or without visits")
    return Batch(_SOURCE, number, counts)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _key(shard: int, name: str) -> str:
    return f"media:1:{{visits-{shard:02d}}}:{name}"
