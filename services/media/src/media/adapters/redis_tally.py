"""Visits counted in Redis, by all tasks together; while it is away, by each for itself."""

import logging
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from redis import Redis
from redis.exceptions import RedisError

from media.adapters.breaker import Breaker
from media.adapters.deadline import Deadline
from media.adapters.memory_tally import MemoryTally
from media.domain.feed import SHARDS, shard_of
from media.domain.visits import Batch, Kind, Visit
from media.domain.wallpaper import Day

T = TypeVar("T")
log = logging.getLogger(__name__)
_SOURCE = "redis"
_SEEN_FOR = timedelta(days=2)
_LEASE = timedelta(seconds=30)
_MOST_UNSURE = 10_000

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
    ``seen:<day>:<kind>:<id>``             whose visits were counted; two days
    ``pending``                            ``<id> <day> <kind>`` -> how many
    ``batch``                              the same, being added to the records; its number
    ``lease``                              that somebody is at it
    ``last``                               the last number given
    =====================================  ==================================================

    Each visitor is counted once a day, whichever tasks they come to. A visit that Redis may or may
    not have counted is sent again until it has answered: it counts it once. Those that come while
    Redis is left alone are counted by ``beside``, which knows only the visitors of this process.
    """

    def __init__(self, redis: Redis, deadline: Deadline, beside: MemoryTally) -> None:
        self._redis = redis
        self._deadline = deadline
        self._beside = beside
        self._breaker = Breaker()
        self._unsure: deque[Visit] = deque(maxlen=_MOST_UNSURE)

    def add(self, visit: Visit) -> None:
        if self._beside.knows(visit):
            return
        if not self._breaker.allows():
            self._beside.add(visit)
            return
        if self._send(visit) is None:
            self._unsure.append(visit)
        self._beside.remember(visit)  # if it is unsure, too: else it would count here once more

    def batches(self) -> Iterator[Batch]:
        for _ in range(len(self._unsure)):
            visit = self._unsure.popleft()
            if not self._breaker.allows() or self._send(visit) is None:
                self._unsure.append(visit)
                break
        for shard in range(SHARDS):
            if (found := self._take(shard)) is not None:
                yield found
        yield from self._beside.batches()

    def settled(self, batch: Batch) -> None:
        if batch.source != _SOURCE:
            self._beside.settled(batch)
            return
        shard = shard_of(next(iter(batch.counts)))
        if self._breaker.allows():
            self._eval(_SETTLED, [_key(shard, "batch"), _key(shard, "lease")], [batch.number])

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
