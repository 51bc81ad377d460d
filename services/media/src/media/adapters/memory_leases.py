"""Leases in memory: the same promises within one process."""

import secrets
import time
from datetime import timedelta
from threading import Lock


class MemoryLeases:
    """Who is at some work, for as long as the process lives."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, tuple[str, float]] = {}

    def take(self, name: str, *, lifetime: timedelta) -> str | None:
        now, token = time.monotonic(), secrets.token_hex(8)
        with self._lock:
            if name in self._held and self._held[name][1] > now:
                return None
            self._held[name] = token, now + lifetime.total_seconds()
        return token

    def give_back(self, name: str, token: str) -> None:
        with self._lock:
            if self._held.get(name, ("", 0))[0] == token:
                del self._held[name]
