"""What search needs from outside: an index to look in, and the feed that fills it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from search.domain.order import Place
from search.domain.query import Query
from search.domain.wallpaper import Change


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the wallpapers that a query has found, in its order.

    Attributes:
        documents: Their records, as JSON, exactly as the feed gave them.
        total: How many were found in all, before and after this page too.
        next: The place of the last one here; ``None`` if none comes after it.
    """

    documents: tuple[str, ...]
    total: int
    next: Place | None = None


class Index(Protocol):
    """Every live wallpaper, ready to be found.

    May be searched from many threads while one thread applies changes; a search sees
    each change whole or not at all. Held to its word by tests/contract/ports.
    """

    def apply(self, changes: Iterable[Change], *, position: str) -> None:
        """Take in ``changes``, after which the feed goes on at ``position``.

        Applying one again, or one older than what is known, changes nothing.
        """

    @property
    def position(self) -> str | None:
        """Where the feed goes on; ``None`` before anything was applied."""

    @property
    def size(self) -> int:
        """How many wallpapers can be found."""

    def search(
        self, query: Query, *, limit: int, after: Place | None = None, now: datetime
    ) -> Page:
        """At most ``limit`` wallpapers that match ``query`` as ``domain.matching`` has it.

        Args:
            query: With an order, whose seed is chosen if it is random.
            limit: How many at most; fewer come only at the end.
            after: The place after which to carry on, whether or not anything stands there.
            now: The moment from which ages are counted.
        """


class FeedUnavailable(Exception):
    """The feed did not answer, or not with anything that we can believe."""


class FeedStartedOver(Exception):
    """The feed no longer knows our position: what we have must be read anew."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some changes in their order.

    Attributes:
        changes: Each wallpaper at most once, as its last change left it.
        position: Where the feed goes on after them.
        caught_up: Whether there was nothing more when this was read.
    """

    changes: tuple[Change, ...]
    position: str
    caught_up: bool


class Feed(Protocol):
    """Everything that becomes of wallpapers, in order, each at least once."""

    def changes(self, after: str | None, *, wait: timedelta) -> Batch:
        """What has changed since ``after``, from the beginning if that is ``None``.

        Answers as soon as there is something, and with nothing when there was nothing for
        as long as ``wait``.

        Raises:
            FeedUnavailable: If it cannot be had now; trying again may help.
            FeedStartedOver: If ``after`` is a position in another life of the feed.
        """
