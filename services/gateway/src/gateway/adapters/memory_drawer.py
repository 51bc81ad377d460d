"""The administrator's key in memory: where there is no file, the log line is all there is."""


class MemoryDrawer:
    """A drawer that is empty at each start."""

    def __init__(self) -> None:
        self._key: str | None = None

    def read(self) -> str | None:
        return self._key

    def lay(self, key: str) -> bool:
        if self._key is not None:
            return False
        self._key = key
        return True

    def clear(self) -> None:
        self._key = None
