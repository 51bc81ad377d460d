"""Every request is traced, timed and logged the same way in every service."""

import logging
import time

from flask import Flask, Response, g, request

from chassis import trace
from chassis.trace import Trace

log = logging.getLogger("request")
_QUIET = ("/livez", "/readyz")


def observe(app: Flask, *, service: str, trusts_callers: bool, budget: float | None = None) -> None:
    """Trace, time and log the requests of ``app``.

    Args:
        app: Whose requests.
        service: Its name in ``Server-Timing``.
        trusts_callers: Whether callers are services of ours, whose request id and
            deadline are kept.
        budget: Seconds that a request may take; passed on to the calls it makes.
    """

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()
        g.around = trace.current()
        trace.enter(Trace.begin(request.headers, trusted=trusts_callers, budget=budget))

    @app.after_request
    def finish(response: Response) -> Response:
        current = trace.current_or_new()
        took = (time.perf_counter() - g.pop("begun", time.perf_counter())) * 1000
        response.headers["X-Request-Id"] = current.request_id
        response.headers["traceresponse"] = current.traceparent
        response.headers.add("Server-Timing", f"{service};dur={took:.1f}")
        if request.path not in _QUIET:
            facts = {
                "method": request.method,
                "route": request.url_rule.rule if request.url_rule else None,
                "status": response.status_code,
                "ms": round(took, 1),
            }
            log.info("answered", extra={"facts": facts})
        return response

    @app.teardown_request
    def leave(error: BaseException | None) -> None:  # noqa: ARG001 - what Flask calls it with
        # What this thread does next is not done for this request.
        trace.enter(g.pop("around", None))
