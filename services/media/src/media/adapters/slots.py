"""Turns at something of which there is only so much."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from chassis import trace
from media.ports import PicturesBusy


class Slots:
    """So many at work, so many waiting, and no more."""

    def __init__(self, *, working: int, waiting: int, patience: float) -> None:
        self._turns = Semaphore(working)
        self._room = working + waiting
        self._patience = patience
        self._lock = Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and have it.

        Raises:
            PicturesBusy: At once if too many wait, or when waiting has taken too long.
            DeadlineExceeded: If whoever asked has no time left to wait.
        """
        self._enter()
        try:
            patience = trace.current_or_new().remaining(self._patience)
            if not self._turns.acquire(timeout=patience):
                raise _busy()
            try:
                yield
            finally:
                self._turns.release()
        finally:
            with self._lock:
                self._room += 1

    def _enter(self) -> None:
        with self._lock:
            if self._room == 0:
                raise _busy()
            self._room -= 1


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _busy() -> PicturesBusy:
    return PicturesBusy("All hands are busy with other pictures; try again in a few seconds.")
