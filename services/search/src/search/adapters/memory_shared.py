"""An index that threads of one process share."""

import time

from search.adapters.memory_index import MemoryIndex
from search.ports import Index, Published, Reconciled


class MemoryShared:
    """Gives out the very index that is kept up: it may change while it is searched."""

    def __init__(self) -> None:
        self._published: Published | None = None
        self._reconciled: Reconciled | None = None

    def open(self) -> Index:
        return self._published.index if self._published else MemoryIndex()

    def empty(self) -> Index:
        return MemoryIndex()

    def publish(self, index: Index, *, current: bool) -> None:
        before = self._published.current_at if self._published else None
        self._published = Published(index, time.time() if current else before)

    def newest(self) -> Published | None:
        return self._published

    def report(self, done: Reconciled) -> None:
        self._reconciled = done

    def reconciled(self) -> Reconciled | None:
        return self._reconciled
