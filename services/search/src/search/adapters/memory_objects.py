"""Bytes under keys, in memory."""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from threading import Lock

from search.ports import ObjectAbsent, ObjectChanged


class MemoryObjects:
    """Forgets everything with its process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tags = count(1)
        self._held: dict[str, tuple[bytes, str, datetime]] = {}

    def get(self, key: str) -> tuple[bytes, str]:
        with self._lock:
            if key not in self._held:
                raise ObjectAbsent(key)
            body, tag, _ = self._held[key]
            return body, tag

    def put(self, key: str, body: bytes) -> None:
        with self._lock:
            self._held[key] = body, str(next(self._tags)), datetime.now(UTC)

    def swap(self, key: str, body: bytes, *, before: str | None) -> None:
        with self._lock:
            now = self._held[key][1] if key in self._held else None
            if now != before:
                raise ObjectChanged(key)
            self._held[key] = body, str(next(self._tags)), datetime.now(UTC)

    def keys(self, prefix: str) -> Mapping[str, datetime]:
        with self._lock:
            return {key: put for key, (_, _, put) in self._held.items() if key.startswith(prefix)}

    def delete(self, key: str) -> None:
        with self._lock:
            self._held.pop(key, None)
