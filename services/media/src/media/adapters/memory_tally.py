"""Visits counted in this process: the same promises, for tests."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date

from media.adapters.seen_visits import SeenVisits
from media.domain.visits import Batch, Visit
from media.domain.wallpaper import Day

_MOST = 100_000  # visits that are remembered; more are not counted, rather than counted twice


class MemoryTally:
    """Visits of as many visitors as there is room for.

    Args:
        source: A name that no other tally has.
        most: Visits of two days that are remembered.
        clock: Of batches, in seconds.
    """

    def __init__(
        self, source: str, *, most: int = _MOST, clock: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._seen = SeenVisits(most)
        self._clock = clock
        self._lock = threading.Lock()
        self._pending: dict[str, dict[date, Day]] = {}
        self._batch: Batch | None = None
        self._number = 0

    def add(self, visit: Visit) -> None:
        if self._seen.remember(visit):
            with self._lock:
                days = self._pending.setdefault(visit.wallpaper_id, {})
                days[visit.day] = days.get(visit.day, Day(visit.day)) + visit.counts_for

    def batches(self) -> Iterator[Batch]:
        with self._lock:
            if self._batch is None and self._pending:
                self._number = max(self._number + 1, int(self._clock() * 1000))
                self._batch = Batch(self._source, self._number, self._pending)
                self._pending = {}
            batch = self._batch
        if batch is not None:
            yield batch

    def settled(self, batch: Batch) -> None:
        with self._lock:
            if self._batch == batch:
                self._batch = None
