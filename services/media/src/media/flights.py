"""Doing a piece of work once for all who want it at the same time."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Work that is under way, by name; whoever asks for the same meanwhile shares its outcome."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._under_way: dict[str, Future[T]] = {}

    def join(self, name: str, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises, done here or by another thread right now."""
        with self._lock:
            if (other := self._under_way.get(name)) is None:
                mine = self._under_way[name] = Future[T]()
        if other is not None:
            return other.result()
        try:
            mine.set_result(work())
        except BaseException as error:  # whoever waits is told, whatever it is
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._under_way[name]
        return mine.result()
