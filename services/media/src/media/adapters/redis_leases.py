"""Leases in Redis, for all tasks; while it is away each task goes its own way."""

import secrets
from datetime import timedelta

from redis import Redis

from media.adapters.deadline import Deadline
from media.adapters.redis_calls import RedisCalls

_KEY = "media:1:lease:{}"
_RELEASE = """
if redis.call("get", KEYS[1]) == ARGV[1] then return redis.call("del", KEYS[1]) end
return 0
"""


class RedisLeases:
    """Who is at some work, told by a key that only its holder takes away before its time."""

    def __init__(self, redis: Redis, *, deadline: Deadline) -> None:
        self._redis = redis
        self._calls = RedisCalls(deadline)

    def take(self, name: str, *, lifetime: timedelta) -> str | None:
        token = secrets.token_hex(8)

        def claim() -> bool:
            return bool(self._redis.set(_KEY.format(name), token, px=lifetime, nx=True))

        taken = self._calls.ask("leased", claim)
        return None if taken is False else token

    def give_back(self, name: str, token: str) -> None:
        key = _KEY.format(name)
        self._calls.ask("released", lambda: self._redis.eval(_RELEASE, 1, key, token))
