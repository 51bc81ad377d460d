"""What requests did, kept in Redis for a quarter of an hour: ``route:{trace id}``."""

import json
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind
from redis import Redis
from redis.exceptions import RedisError

from chassis.trace import Step

STOP = "paperroute.stop"
DID = "paperroute.did"
NOTE = "paperroute.note"
LIFETIME = 900
"""Seconds."""
_MOST = 400
"""Steps of one route that are kept: the first of them."""
_LONGEST = 120
"""Characters of any text in a step."""
_QUIET = 60.0
"""Seconds for which nothing more is said of a Redis that is away."""

log = logging.getLogger(__name__)


class RouteExporter(SpanExporter):
    """Writes spans to Redis; while it is away they are dropped."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._said = float("-inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Add each span to the route that it is of."""
        routes: dict[str, list[str]] = {}
        for span in spans:
            if span.context is not None:
                routes.setdefault(f"{span.context.trace_id:032x}", []).append(_written(span))
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for trace_id, steps in routes.items():
                key = _key(trace_id)
                pipeline.rpush(key, *steps)
                pipeline.ltrim(key, 0, _MOST - 1)
                pipeline.expire(key, LIFETIME)
            pipeline.execute()
        except (RedisError, OSError) as error:
            if time.monotonic() - self._said > _QUIET:
                self._said = time.monotonic()
                log.warning("routes are not kept: %s", error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def kept_steps(redis: Redis, trace_id: str) -> tuple[Step, ...]:
    """The steps of the route ``trace_id`` that are there, of all services, in no order.

    Raises:
        RedisError: If Redis does not answer.
    """
    found: Any = redis.lrange(_key(trace_id), 0, _MOST - 1)
    return tuple(map(_read, found))


def _key(trace_id: str) -> str:
    return f"route:{trace_id}"


def _written(span: ReadableSpan) -> str:
    said: Mapping[str, Any] = span.attributes or {}
    text = {name: str(said[name])[:_LONGEST] for name in (STOP, DID, NOTE) if name in said}
    context, parent = span.context, span.parent
    return json.dumps(
        {
            "stop": text.get(STOP, ""),
            "did": text.get(DID, ""),
            "note": text.get(NOTE),
            "id": f"{context.span_id:016x}" if context else "",
            "in": f"{parent.span_id:016x}" if parent else None,
            "at": [span.start_time, span.end_time],
            "answers": span.kind is SpanKind.SERVER,
        },
        separators=(",", ":"),
    )


def _read(text: bytes) -> Step:
    said = json.loads(text)
    begun, ended = said["at"]
    return Step(
        said["stop"],
        said["did"],
        said["id"],
        said["in"],
        begun,
        ended,
        said["note"],
        answers=said["answers"],
    )
