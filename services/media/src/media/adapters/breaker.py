"""Not asking again, for a while, what keeps failing."""

import time
from collections import deque
from collections.abc import Callable
from threading import Lock


class Breaker:
    """Counts failures; says when it is not worth trying.

    Open for five seconds after five failures within ten; then one try is let through, and its
    outcome decides.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        within: float = 10.0,
        rest: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failed: deque[float] = deque(maxlen=failures)
        self._within = within
        self._rest = rest
        self._clock = clock
        self._closed_at: float | None = None
        self._lock = Lock()

    def allows(self) -> bool:
        """Whether a call may be tried now. Whoever is allowed to must tell how it went."""
        with self._lock:
            if self._closed_at is None:
                return True
            if self._clock() < self._closed_at:
                return False
            self._closed_at = self._clock() + self._rest  # this one tries; others rest on
            return True

    def succeeded(self) -> None:
        """A call went well."""
        with self._lock:
            if self._closed_at is not None:
                self._closed_at = None
                self._failed.clear()

    def failed(self) -> None:
        """A call failed."""
        with self._lock:
            now = self._clock()
            self._failed.append(now)
            full = len(self._failed) == self._failed.maxlen
            if full and now - self._failed[0] <= self._within:
                self._closed_at = now + self._rest
