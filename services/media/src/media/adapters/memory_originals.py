"""Originals in memory: the same promises, for tests."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import IO

from media.domain.wallpaper import Original, Wallpaper
from media.ports import Holding, OriginalNotFound, Retired

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class MemoryOriginals:
    """The uploaded bytes, for as long as the process lives."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        self._retired: dict[str, bytes] = {}
        self._described: dict[str, Wallpaper] = {}
        self._since: dict[str, datetime] = {}
        self._bookmark = ""

    def put(self, original: Original, file: IO[bytes]) -> bool:
        if original.sha256 in self._files:
            return False
        file.seek(0)
        self._files[original.sha256] = file.read()
        self._since[original.sha256] = datetime.now(UTC)
        return True

    def read(self, original: Original) -> bytes:
        try:
            return self._files[original.sha256]
        except KeyError:
            raise OriginalNotFound(original.sha256) from None

    def link(self, original: Original, *, file_name: str, lifetime: timedelta) -> str:
        seconds = int(lifetime.total_seconds())
        return f"http://storage.test/{original.sha256}?name={file_name}&seconds={seconds}"

    def holds(self, sha256: str) -> bool:
        return sha256 in self._files

    def digest(self, sha256: str) -> str:
        if sha256 not in self._files:
            raise OriginalNotFound(sha256)
        return hashlib.sha256(self._files[sha256]).hexdigest()

    def holdings(self, after: str = "") -> Iterator[Holding]:
        for sha256 in sorted(self._files.keys() | self._described.keys()):
            if sha256 > after:
                yield Holding(
                    sha256,
                    has_bytes=sha256 in self._files,
                    is_described=sha256 in self._described,
                    since=self._since.get(sha256, _LONG_AGO),
                )

    def retire(self, sha256: str) -> Retired:
        if sha256 in self._files:
            self._retired[sha256] = self._files.pop(sha256)
        return Retired(sha256, marker=sha256)

    def retired(self, sha256: str) -> Retired | None:
        hidden = sha256 in self._retired and sha256 not in self._files
        return Retired(sha256, marker=sha256) if hidden else None

    def reinstate(self, retired: Retired) -> None:
        if retired.marker in self._retired:
            self._files[retired.marker] = self._retired.pop(retired.marker)

    def describe(self, wallpaper: Wallpaper) -> None:
        there = self._described.get(wallpaper.original.sha256)
        if there is None or wallpaper.supersedes(there):
            self._described[wallpaper.original.sha256] = wallpaper

    def descriptions(self) -> Iterator[Wallpaper]:
        yield from tuple(self._described.values())

    def described(self, sha256: str) -> Wallpaper | None:
        return self._described.get(sha256)

    def forget(self, sha256: str) -> None:
        self._described.pop(sha256, None)

    def bookmark(self) -> str:
        return self._bookmark

    def keep_bookmark(self, place: str) -> None:
        self._bookmark = place
