"""A feed in memory, to which records can be added."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Condition
from typing import Any

from search.domain.wallpaper import Change
from search.ports import Batch, FeedStartedOver


class MemoryFeed:
    """Remembers the last state of each record, in the order in which they changed."""

    def __init__(self, *records: Mapping[str, Any], limit: int = 200) -> None:
        self._changed = Condition()
        self._limit = limit
        self._life = 1
        self._head = 0
        self._latest: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self.publish(*records)

    def publish(self, *records: Mapping[str, Any]) -> None:
        """Let ``records`` be what became of their wallpapers."""
        with self._changed:
            for record in records:
                self._head += 1
                self._latest[record["id"]] = (self._head, record)
            self._changed.notify_all()

    def start_over(self, *records: Mapping[str, Any]) -> None:
        """Forget everything, and begin another life with ``records``."""
        with self._changed:
            self._life += 1
            self._head = 0
            self._latest.clear()
        self.publish(*records)

    def changes(self, after: str | None, *, wait: timedelta) -> Batch:
        """What has changed since ``after``."""
        found, position, caught_up = self.read(after, wait=wait)
        return Batch(tuple(Change.of(record) for _, record in found), position, caught_up)

    def read(
        self, after: str | None, *, wait: timedelta
    ) -> tuple[list[tuple[int, Mapping[str, Any]]], str, bool]:
        """What ``changes`` answers, as the numbered records themselves."""
        with self._changed:
            seen = self._seen(after)
            self._changed.wait_for(lambda: self._seen(after) < self._head, wait.total_seconds())
            later = sorted(
                ((seq, record) for seq, record in self._latest.values() if seq > seen),
                key=lambda change: change[0],
            )
            found = later[: self._limit]
            last = found[-1][0] if found else self._head
            return found, f"{self._life}-{last}", len(found) == len(later)

    def _seen(self, after: str | None) -> int:
        life, _, seq = (after or f"{self._life}-0").partition("-")
        if life != str(self._life):
            raise FeedStartedOver
        return int(seq)
