"""What requests did, from where every service keeps it in Redis."""

from redis import Redis
from redis.exceptions import RedisError

from chassis.routes import kept_steps
from chassis.trace import Step
from gateway.ports import JourneysUnavailable


class RedisJourneys:
    """The lists that ``chassis.routes`` writes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def find(self, trace_id: str) -> tuple[Step, ...]:
        try:
            return kept_steps(self._redis, trace_id)
        except (RedisError, OSError) as error:
            raise JourneysUnavailable from error
