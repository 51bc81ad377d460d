"""Every request is traced, timed and logged the same way in every service."""

import logging
import time
from collections.abc import Callable, Collection

from flask import Flask, Response, g, request

from chassis import trace
from chassis.spans import Spans
from chassis.trace import Trace

log = logging.getLogger("request")
_QUIET = ("/livez", "/readyz")
_MEASURED = {"ms": "Milliseconds", "failed": "Count"}


def _never(_path: str) -> bool:
    return False


def observe(
    app: Flask,
    *,
    service: str,
    trusts_callers: bool,
    budget: float | None = None,
    waits: Collection[str] = (),
    spans: Spans | None = None,
    keeps: Callable[[str], bool] = _never,
) -> None:
    """Trace, time and log the requests of ``app``.

    Args:
        app: Whose requests.
        service: Its name in ``Server-Timing``.
        trusts_callers: Whether callers are services of ours, whose request id and
            deadline are kept.
        budget: Seconds that a request may take; passed on to the calls it makes.
        waits: Addresses where callers wait for news: how long is no measure of ``app``.
        spans: Where the steps of requests are kept, if they are.
        keeps: Whether those of a request for a path are, where no caller of ours has said so.
    """

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        g.around = trace.current()
        kept = spans is not None and keeps(request.path)
        trace.enter(Trace.begin(request.headers, trusted=trusts_callers, budget=budget, keeps=kept))

    @app.after_request
    def finish(response: Response) -> Response:
        begun = g.pop("begun", time.perf_counter())
        rule = request.url_rule.rule if request.url_rule else None
        for name, value in tell(
            service,
            request.method,
            rule,
            status=response.status_code,
            begun=begun,
            quiet=request.path in _QUIET,
            waited=rule in waits,
            spans=spans,
        ):
            response.headers.add(name, value)
        return response

    @app.teardown_request
    def leave(error: BaseException | None) -> None:  # noqa: ARG001 - what Flask calls it with
        # What this thread does next is not done for this request.
        trace.enter(g.pop("around", None))


def tell(  # noqa: PLR0913 - what there is to say
    service: str,
    method: str,
    rule: str | None,
    *,
    status: int,
    begun: float,
    quiet: bool = False,
    waited: bool = False,
    spans: Spans | None = None,
) -> tuple[tuple[str, str], ...]:
    """Log that the current request is answered, unless ``quiet``, and keep its steps.

    Args:
        service: Its name in ``Server-Timing``.
        method: Of the request.
        rule: Which of the service's addresses was asked for, if it is one.
        status: Of the answer.
        begun: When, on the clock of ``time.perf_counter``.
        quiet: Whether the log is spared.
        waited: Whether most of the time was spent waiting for news.
        spans: Where its steps are kept, if they are.

    Returns:
        The headers that tell the caller which request it was, and how long it took where.
    """
    current = trace.current_or_new()
    took = (time.perf_counter() - begun) * 1000
    if not quiet:
        facts = {"method": method, "route": rule, "status": status, "ms": round(took, 1)}
        # Its mean is the share that failed, its count how many there were.
        facts["failed"] = int(status >= 500)
        measured = {"failed": "Count"} if waited else _MEASURED
        log.info("answered", extra={"facts": facts, "measured": measured})
    timing = f"{service};dur={took:.1f}"
    for stop, ms in current.timings().items():
        timing += f", {stop};dur={ms:.1f}"
    if spans is not None and current.sampled:
        spans.keep(current, service, did=f"{method} {rule or '(nothing)'}", status=status)
        # The one header of a page that its own script can read.
        timing += f', route;desc="{current.trace_id}"'
    return (
        ("X-Request-Id", current.request_id),
        ("traceresponse", current.traceparent),
        ("Server-Timing", timing),
    )
