"""The change feed: every wallpaper once, in the order of its latest change."""

import re
from dataclasses import dataclass
from typing import Self

from media.domain.wallpaper import Wallpaper

_CURSOR = re.compile(r"([0-9a-f]{16})\.([0-9]{1,16})")


class InvalidCursor(Exception):
    """This is no cursor of ours."""


class CursorExpired(Exception):
    """The feed that the cursor is a place in is gone; a follower starts over."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the feed: everything up to ``seq`` has been read.

    Attributes:
        epoch: Which life of the feed this is a place in, 16 hexadecimal digits.
        seq: The number of the last change read; 0 before the first.
    """

    epoch: str
    seq: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str`` of a cursor wrote.

        Raises:
            InvalidCursor: If it is nothing of the kind.

        Example:
            >>> str(Cursor.parse("00c0ffee00c0ffee.17"))
            '00c0ffee00c0ffee.17'
        """
        if (found := _CURSOR.fullmatch(text)) is None:
            raise InvalidCursor("'after' must be a cursor that an earlier answer gave.")
        return cls(found[1], int(found[2]))

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"


@dataclass(frozen=True, slots=True)
class Change:
    """A wallpaper as its latest change left it, and the number of that change."""

    seq: int
    wallpaper: Wallpaper


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the feed.

    Attributes:
        items: In the order of their numbers; can be empty even if there is more.
        cursor: Where to carry on.
        caught_up: Whether nothing more was there when this was read.
    """

    items: tuple[Change, ...]
    cursor: Cursor
    caught_up: bool
