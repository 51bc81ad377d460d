"""Leaves a service alone for a while once it has stopped answering."""

import time
from collections import deque
from collections.abc import Callable

_FAILURES = 5
_WINDOW = 10.0
_REST = 5.0
"""Seconds, as is the window."""


class Breaker:
    """Tells whether asking a service is worth the wait.

    It opens after ``_FAILURES`` failures within ``_WINDOW`` with no answer between them: a service
    that answers others is not away, however often one kind of question fails. While it is open, one
    question is let through each ``_REST``, and the first whole answer closes it.

    Source:
        M. Nygard, "Release It!" (2nd edition, 2018), section 5.2.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=_FAILURES)
        self._rests_until: float | None = None

    def allows(self) -> bool:
        """Whether to ask now. Whoever is told so when a rest is over is the one to find out."""
        if self._rests_until is None:
            return True
        now = self._clock()
        if now < self._rests_until:
            return False
        self._rests_until = now + _REST
        return True

    def succeeded(self) -> None:
        """A whole answer came."""
        if self._failures:
            self._failures.clear()
            self._rests_until = None

    def failed(self) -> bool:
        """No whole answer came; whether that was one too many."""
        now = self._clock()
        self._failures.append(now)
        if self._rests_until is not None or len(self._failures) < _FAILURES:
            return False
        if now - self._failures[0] > _WINDOW:
            return False
        self._rests_until = now + _REST
        return True
