"""So many a second, and some more at once after a quiet while."""

import time
from collections.abc import Callable


class Allowance:
    """A bucket of tokens that fills by itself.

    Example:
        >>> two = Allowance(a_second=1, at_once=2, clock=lambda: 0.0)
        >>> [two.take() for _ in range(3)]
        [True, True, False]

    Source:
        The token bucket of J. S. Turner, "New Directions in Communications" (1986).
    """

    __slots__ = ("_at_once", "_clock", "_left", "_rate", "_seen")

    def __init__(
        self, *, a_second: float, at_once: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A full one.

        Args:
            a_second: How many come back.
            at_once: How many it holds.
            clock: In seconds.
        """
        self._rate = a_second
        self._at_once = float(at_once)
        self._clock = clock
        self._left = self._at_once
        self._seen = clock()

    def take(self) -> bool:
        """Take one, if there is one."""
        now = self._clock()
        self._left = min(self._at_once, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
