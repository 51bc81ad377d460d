"""Calls to a Redis that may be away. Losing it costs speed, never an answer."""

import logging
from collections.abc import Callable
from typing import TypeVar

from redis.exceptions import RedisError

from media.adapters.breaker import Breaker
from media.adapters.deadline import Deadline

T = TypeVar("T")
log = logging.getLogger(__name__)


class RedisCalls:
    """Makes calls within a deadline; when they keep failing, Redis is left alone for a while."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._breaker = Breaker()

    def ask(self, what: str, call: Callable[[], T]) -> T | None:
        """What Redis says, or ``None`` if it is away; ``what`` then is not done, says the log."""
        if not self._breaker.allows():
            return None
        try:
            answer = self._deadline(call)
        except (RedisError, OSError, ValueError) as error:  # a garbled answer can be a ValueError
            self._breaker.failed()
            log.warning("redis: not %s: %s", what, error)
            return None
        self._breaker.succeeded()
        return answer
