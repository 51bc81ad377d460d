"""Which request this is, what was done for it, and how long it may still take.

A request carries W3C trace context, an id for the log and a deadline from service to service.
They are kept in a context variable, so that a log line and a call onward can name them, and whoever
makes a call can note how long it took.
"""

import re
import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Self

from werkzeug.datastructures import Headers

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_MILLISECONDS = re.compile(r"[0-9]{1,6}")
_TIMING = re.compile(r"([a-z0-9]{1,16});dur=([0-9]{1,7}\.[0-9])")
_MOST_STEPS = 100
"""Of one request in one service; what is done beyond is not noted."""


class DeadlineExceeded(Exception):
    """There was no time left to finish this."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done for a request, and how long it took.

    Nothing here names what was asked for: no key, no value, no address beyond its pattern.

    Attributes:
        stop: Where: the name of a service or a store.
        did: What, in the words of that place, such as ``GetItem`` or ``GET /w/<id>``.
        span_id: 16 hex digits.
        parent_id: Of the step that this is a part of, if it is of one.
        begun: When, in nanoseconds since 1970.
        ended: Likewise.
        note: How it ended, in a word; ``None`` if there is nothing to say.
        answers: Whether it is all that a service did for one request to it.
    """

    stop: str
    did: str
    span_id: str
    parent_id: str | None
    begun: int
    ended: int
    note: str | None = None
    answers: bool = False

    @property
    def ms(self) -> float:
        """How long it took, in milliseconds."""
        return (self.ended - self.begun) / 1e6


@dataclass(frozen=True, slots=True)
class Trace:
    """One request as it passes through one service.

    Attributes:
        trace_id: 32 hex digits, the same in every service a request passes through.
        span_id: 16 hex digits, this service's part of it.
        parent_id: The caller's part, if there is a caller that traces.
        sampled: Whether the steps of this request are kept.
        request_id: 8 to 64 letters, digits, ``-`` or ``_``: for a person to quote.
        deadline: On the clock of ``time.monotonic``, in seconds; ``None`` for no deadline.
        begun: When it came, in nanoseconds since 1970.
        steps: What was done for it here and is over.
        heard: Milliseconds at places that other services went to for it, by name.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    sampled: bool
    request_id: str
    deadline: float | None = None
    begun: int = 0
    steps: list[Step] = field(default_factory=list, compare=False, repr=False)
    heard: list[tuple[str, float]] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def begin(
        cls,
        headers: Headers,
        *,
        trusted: bool,
        budget: float | None = None,
        keeps: bool = False,
    ) -> Self:
        """The trace of a request that arrived with ``headers``.

        Args:
            headers: Of the request.
            trusted: Whether the caller is one of ours, whose trace goes on, and whose request id
                and deadline we keep. Everybody else gets a trace of their own: whoever knows an id
                could otherwise add to what is kept under it.
            budget: Seconds that the request may take at most, whatever the caller allows.
            keeps: Whether the steps are kept, if that is for us to say.

        Source:
            W3C Trace Context, level 1, section 3.2: what does not parse is as none; section 3.3.1:
            a trace may be restarted where trust ends.
        """
        found = _TRACEPARENT.fullmatch(headers.get("traceparent", "")) if trusted else None
        fresh = secrets.token_hex(16), None, "01" if keeps else "00"
        trace_id, parent_id, flags = found.groups() if found else fresh
        if not int(trace_id, 16) or (parent_id and not int(parent_id, 16)):
            trace_id, parent_id, flags = fresh
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
            begun=time.time_ns(),
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

    def timings(self) -> dict[str, float]:
        """Milliseconds spent at each place so far; at several places at once, they overlap."""
        sums: dict[str, float] = {}
        for stop, ms in [*((step.stop, step.ms) for step in self.steps), *self.heard]:
            sums[stop] = sums.get(stop, 0.0) + ms
        return sums


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


class Going:
    """A step that is being taken."""

    __slots__ = ("_around", "_begun", "_did", "_span_id", "_stop", "note")

    def __init__(self, stop: str, did: str) -> None:
        self._stop = stop
        self._did = did
        self.note: str | None = None
        """How it ended, in a word."""

    def __enter__(self) -> Self:
        self._around = around = _current.get()
        if around is not None:
            self._span_id = around.span_id
            if around.sampled:
                # What is done meanwhile is a part of this step.
                self._span_id = secrets.token_hex(8)
                _current.set(replace(around, span_id=self._span_id))
            self._begun = time.time_ns()
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        around = self._around
        if around is None:
            return
        _current.set(around)
        if len(around.steps) < _MOST_STEPS:
            note = self.note or ("failed" if error is not None else None)
            ended, parent = time.time_ns(), around.span_id
            around.steps.append(
                Step(self._stop, self._did, self._span_id, parent, self._begun, ended, note)
            )


def step(stop: str, did: str) -> Going:
    """A block whose time is noted as a step of the current request, if there is one.

    Args:
        stop: Where, as in ``Step``: letters and digits.
        did: What, as in ``Step``.
    """
    return Going(stop, did)


def hear(server_timing: str) -> None:
    """Note where a service that was asked went for the current request.

    Args:
        server_timing: The header of its answer, of which the first entry is its own.
    """
    current = _current.get()
    if current is not None and len(current.heard) < _MOST_STEPS:
        current.heard.extend((stop, float(ms)) for stop, ms in _TIMING.findall(server_timing)[1:])
