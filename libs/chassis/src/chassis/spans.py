"""What was done for a request becomes OpenTelemetry's spans, and is sent away in the background.

Spans are made once a request is answered, of the steps that its trace has noted: the SDK's own,
begun and ended one by one, would cost a request that nobody looks at as much as one that is kept.
"""

import os
import time
from collections.abc import Iterable, Sequence
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from chassis.routes import DID, NOTE, STOP, RouteExporter
from chassis.trace import Step, Trace

_TIMEOUT = 0.1
_AFTER_MS = 200
"""How long a span waits for others, at most: somebody may want to look at once."""
_WAITING = 2048
"""Spans that may wait; beyond, the oldest are dropped."""
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class Spans:
    """Takes what requests did, and gives it to exporters from a thread of its own.

    It is made after a process has forked. Nothing that an exporter does, or fails to do, is felt by
    a request.
    """

    def __init__(self, service: str, exporters: Iterable[SpanExporter]) -> None:
        self._resource = Resource.create({"service.name": f"paperroute-{service}"})
        self._processors = [
            BatchSpanProcessor(exporter, max_queue_size=_WAITING, schedule_delay_millis=_AFTER_MS)
            for exporter in exporters
        ]

    def keep(self, trace: Trace, service: str, *, did: str, status: int) -> None:
        """Keep all that was done for the request of ``trace``, which is answered now.

        Args:
            trace: Of the request.
            service: Whose request it was.
            did: What it was, in words that name nobody.
            status: Of the answer.
        """
        whole = Step(
            service,
            did,
            trace.span_id,
            trace.parent_id,
            trace.begun,
            time.time_ns(),
            str(status),
            answers=True,
        )
        for step in (*trace.steps, whole):
            span = self._span(trace.trace_id, step, failed=step.note == "failed" or status >= 500)
            for processor in self._processors:
                processor.on_end(span)

    def flush(self) -> None:
        """Send away what waits, now."""
        for processor in self._processors:
            processor.force_flush()

    def close(self) -> None:
        """Send away what waits, and end."""
        for processor in self._processors:
            processor.shutdown()  # type: ignore[no-untyped-call]

    def _span(self, trace_id: str, step: Step, *, failed: bool) -> ReadableSpan:
        attributes = {STOP: step.stop, DID: step.did}
        if step.note is not None:
            attributes[NOTE] = step.note
        return ReadableSpan(
            name=step.did if step.answers else f"{step.stop} {step.did}",
            context=_context(trace_id, step.span_id),
            parent=None if step.parent_id is None else _context(trace_id, step.parent_id),
            resource=self._resource,
            attributes=attributes,
            kind=SpanKind.SERVER if step.answers else SpanKind.CLIENT,
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=step.begun,
            end_time=step.ended,
        )


def _context(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=_SAMPLED)


def begin_spans(service: str, redis_url: str | None) -> Spans | None:
    """Where ``service`` keeps its spans; ``None`` if it keeps none.

    They go to Redis if ``redis_url`` says to which, and by OTLP if OpenTelemetry's own variables
    name an endpoint; ``OTEL_SDK_DISABLED`` ends both.
    """
    exporters: list[SpanExporter] = []
    if redis_url is not None:
        exporters.append(RouteExporter(route_redis(redis_url)))
    exporters += _otlp()
    if not exporters or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return Spans(service, exporters)


def route_redis(url: str) -> Redis:
    """The Redis that keeps routes, which nobody waits for."""
    return Redis.from_url(
        url,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )


def _otlp() -> Sequence[SpanExporter]:
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return ()
    # Protobuf and requests, 20 MB, only where they are used.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )

    return (OTLPSpanExporter(),)
