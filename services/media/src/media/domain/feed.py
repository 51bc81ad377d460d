"""The change feed: every wallpaper once, at its latest change, in one of several sequences."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from media.domain.wallpaper import Wallpaper

SHARDS = 16
"""Sequences that the feed of the catalogue is made of; a wallpaper is always in the same one."""

CURSOR_LIFE = timedelta(days=30)
"""How long a follower may stay away and still be told of every deletion."""

TOMBSTONES_KEPT = CURSOR_LIFE + timedelta(days=2)
"""Longer than cursors live, by more than any two clocks of ours and two time zones differ."""

_CURSOR = re.compile(r"([0-9a-f]{16})\.([0-9]{1,7})\.([0-9]{1,16}(?:-[0-9]{1,16}){0,63})")
_OLDER_CURSOR = re.compile(r"[0-9a-f]{16}\.[0-9]{1,16}")


class InvalidCursor(Exception):
    """This is no cursor of ours."""


class CursorExpired(Exception):
    """The feed that the cursor is a place in is gone; a follower starts over."""

    def __init__(self) -> None:
        super().__init__("This cursor has expired; start over without one.")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed: in each sequence, everything up to some number has been read.

    Attributes:
        epoch: Which life of the feed this is a place in, 16 hexadecimal digits.
        day: The last day, counted from 0001-01-01 in UTC, at whose time nothing was missing.
        places: The number of the last change read of each sequence; 0 before the first.
    """

    epoch: str
    day: int
    places: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` of a cursor wrote.

        Raises:
            InvalidCursor: If it is nothing of the kind.
            CursorExpired: If it was written when the feed was a single sequence.

        Example:
            >>> str(Cursor.parse("00c0ffee00c0ffee.739943.17-0-4"))
            '00c0ffee00c0ffee.739943.17-0-4'
        """
        if _OLDER_CURSOR.fullmatch(text):
            raise CursorExpired
        if (found := _CURSOR.fullmatch(text)) is None:
            raise InvalidCursor("'after' must be a cursor that an earlier answer gave.")
        return cls(found[1], int(found[2]), tuple(map(int, found[3].split("-"))))

    def __str__(self) -> str:
        return f"{self.epoch}.{self.day}.{'-'.join(map(str, self.places))}"

    def require_life(self, end: "Cursor") -> None:
        """Return if a follower can carry on from here to ``end``, where the feed ends now.

        Raises:
            CursorExpired: If not.
        """
        same = self.epoch == end.epoch and len(self.places) == len(end.places)
        if not same or any(at > last for at, last in zip(self.places, end.places, strict=True)):
            raise CursorExpired
        if end.day - self.day > CURSOR_LIFE.days:
            raise CursorExpired

    def moved_to(self, places: Sequence[int], end: "Cursor") -> "Cursor":
        """Where to carry on once everything up to ``places`` has been read.

        It is as of today only if nothing is left to read: until then, tombstones of the days since
        ``day`` may be among what is left.
        """
        here = tuple(places)
        return Cursor(self.epoch, end.day if here == end.places else self.day, here)


def shard_of(wallpaper_id: str) -> int:
    """The sequence that a wallpaper's changes are in, 0 to ``SHARDS`` - 1.

    Source:
        CRC-32 of the id: even enough, and the same in every process and version.

    Example:
        >>> shard_of("7kq2m9xz")
        13
    """
    return zlib.crc32(wallpaper_id.encode()) % SHARDS


def day_of(moment: datetime) -> int:
    """The day of ``moment`` in UTC, as cursors count days."""
    return moment.toordinal()


@dataclass(frozen=True, slots=True)
class Change:
    """A wallpaper as its latest change left it, and the number of that change in its sequence."""

    seq: int
    wallpaper: Wallpaper


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the feed.

    Attributes:
        items: Of each sequence in the order of their numbers; can be empty even if there is more.
        cursor: Where to carry on.
        caught_up: Whether nothing more was there when this was read.
    """

    items: tuple[Change, ...]
    cursor: Cursor
    caught_up: bool
