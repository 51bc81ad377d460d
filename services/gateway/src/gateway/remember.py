"""Remembers good answers, for when the one who gave them rests."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import timedelta
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Remembers the last good answer to each question for a while, in this process only."""

    def __init__(
        self,
        lifetime: timedelta = timedelta(minutes=10),
        most: int = 256,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lifetime = lifetime.total_seconds()
        self._most = most
        self._clock = clock
        self._answers: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()
        self._lock = Lock()

    def keep(self, question: Hashable, answer: T) -> None:
        """Remember ``answer``, and forget the oldest when there are too many."""
        with self._lock:
            self._answers[question] = (self._clock(), answer)
            self._answers.move_to_end(question)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def recall(self, question: Hashable) -> T | None:
        """The last good answer, unless it is too old."""
        with self._lock:
            when, answer = self._answers.get(question, (None, None))
        if when is None or self._clock() - when > self._lifetime:
            return None
        return answer
