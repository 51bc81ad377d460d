"""Originals in memory: the same promises, for tests."""

from collections.abc import Iterator
from datetime import timedelta
from typing import IO

from media.domain.wallpaper import Original, Wallpaper
from media.ports import OriginalNotFound, Retired


class MemoryOriginals:
    """The uploaded bytes, for as long as the process lives."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._retired: dict[str, bytes] = {}
        self._described: dict[str, Wallpaper] = {}

    def put(self, original: Original, file: IO[bytes]) -> bool:
        if original.sha256 in self._files:
            return False
        file.seek(0)
        self._files[original.sha256] = file.read()
        return True

    def read(self, original: Original) -> bytes:
        try:
            return self._files[original.sha256]
        except KeyError:
            raise OriginalNotFound(original.sha256) from None

    def link(self, original: Original, *, file_name: str, lifetime: timedelta) -> str:
        seconds = int(lifetime.total_seconds())
        return f"http://storage.test/{original.sha256}?name={file_name}&seconds={seconds}"

    def retire(self, original: Original) -> Retired:
        if original.sha256 in self._files:
            self._retired[original.sha256] = self._files.pop(original.sha256)
        return Retired(original, marker=original.sha256)

    def reinstate(self, retired: Retired) -> None:
        if retired.marker in self._retired:
            self._files[retired.marker] = self._retired.pop(retired.marker)

    def describe(self, wallpaper: Wallpaper) -> None:
        there = self._described.get(wallpaper.original.sha256)
        if there is None or wallpaper.supersedes(there):
            self._described[wallpaper.original.sha256] = wallpaper

    def descriptions(self) -> Iterator[Wallpaper]:
        yield from tuple(self._described.values())
