"""Doing a piece of work once for all who want it at the same time."""

from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from threading import BoundedSemaphore, Lock
from typing import Generic, TypeVar

from media.ports import PicturesBusy

T = TypeVar("T")


class Flights(Generic[T]):
    """Work that is under way, by name; whoever asks for the same meanwhile shares its outcome."""

    def __init__(self, *, most_waiting: int) -> None:
        self._lock = Lock()
        self._under_way: dict[str, Future[T]] = {}
        self._seats = BoundedSemaphore(most_waiting)

    def join(self, name: str, work: Callable[[], T], *, within: float) -> T:
        """What ``work`` returns or raises, done here or by another thread right now.

        Raises:
            PicturesBusy: If too many wait for others already, or ``within`` seconds pass.
        """
        with self._lock:
            if (other := self._under_way.get(name)) is None:
                mine = self._under_way[name] = Future[T]()
        if other is not None:
            return self._wait(other, within)
        try:
            mine.set_result(work())
        except BaseException as error:  # whoever waits is told, whatever it is
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._under_way[name]
        return mine.result()

    def _wait(self, other: Future[T], within: float) -> T:
        if not self._seats.acquire(blocking=False):
            raise PicturesBusy("Many are waiting for this already; try again in a moment.")
        try:
            return other.result(within)
        except FutureTimeout as error:
            raise PicturesBusy("This takes longer than usual; try again in a moment.") from error
        finally:
            self._seats.release()
