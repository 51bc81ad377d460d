"""Which request this is, and how long it may still take.

A request carries W3C trace context, an id for the log and a deadline from service to service.
They are kept in a context variable, so that a log line and a call onward can name them.
"""

import re
import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Self

from werkzeug.datastructures import Headers

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MILLISECONDS = re.compile(r"[0-9]{1,6}")


class DeadlineExceeded(Exception):
    """There was no time left to finish this."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One request as it passes through one service.

    Attributes:
        trace_id: 32 hex digits, the same in every service a request passes through.
        span_id: 16 hex digits, this service's part of it.
        parent_id: The caller's part, if there is a caller that traces.
        sampled: Whether the caller, or we, keep this trace.
        request_id: 8 to 64 letters, digits, ``-`` or ``_``: for a person to quote.
        deadline: On the clock of ``time.monotonic``, in seconds; ``None`` for no deadline.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    sampled: bool
    request_id: str
    deadline: float | None = None

    @classmethod
    def begin(cls, headers: Headers, *, trusted: bool, budget: float | None = None) -> Self:
        """The trace of a request that arrived with ``headers``.

        Args:
            headers: Of the request.
            trusted: Whether the caller is one of ours, whose request id and deadline we keep.
            budget: Seconds that the request may take at most, whatever the caller allows.

        Source:
            W3C Trace Context, level 1, section 3.2: what does not parse is as none.
        """
        found = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
        trace_id, parent_id, flags = (
            found.groups() if found else (secrets.token_hex(16), None, "01")
        )
        if not int(trace_id, 16) or (parent_id and not int(parent_id, 16)):
            trace_id, parent_id, flags = secrets.token_hex(16), None, "01"
        said = headers.get("X-Request-Id", "") if trusted else ""
        allowed = headers.get("X-Deadline-Ms", "") if trusted else ""
        budgets = [budget] if budget is not None else []
        if _MILLISECONDS.fullmatch(allowed):
            budgets.append(int(allowed) / 1000)
        return cls(
            trace_id=trace_id,
            span_id=secrets.token_hex(8),
            parent_id=parent_id,
            sampled=bool(int(flags, 16) & 1),
            request_id=said if _REQUEST_ID.fullmatch(said) else secrets.token_urlsafe(9),
            deadline=time.monotonic() + min(budgets) if budgets else None,
        )

    @property
    def traceparent(self) -> str:
        """What a call onward sends as ``traceparent``."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"

    def remaining(self, at_most: float) -> float:
        """Seconds left before the deadline, ``at_most`` if it is further away or there is none.

        Raises:
            DeadlineExceeded: If nothing is left.
        """
        if self.deadline is None:
            return at_most
        left = min(at_most, self.deadline - time.monotonic())
        if left <= 0:
            raise DeadlineExceeded("The time for this request has run out.")
        return left

    def onward(self, *, within: float) -> dict[str, str]:
        """The headers of a call onward that may take ``within`` seconds."""
        return {
            "traceparent": self.traceparent,
            "X-Request-Id": self.request_id,
            "X-Deadline-Ms": str(max(1, int(within * 1000))),
        }


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def current() -> Trace | None:
    """The request being answered here, if one is."""
    return _current.get()


def current_or_new() -> Trace:
    """The request being answered here, or a fresh trace for work that no request asked for."""
    return _current.get() or Trace.begin(Headers(), trusted=False)


def enter(trace: Trace | None) -> None:
    """Make ``trace``, or none, the current one of this thread or greenlet."""
    _current.set(trace)
