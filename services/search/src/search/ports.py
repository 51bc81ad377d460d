"""What search needs from outside: an index, the feed that fills it, and a place for snapshots."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

from search.domain.order import Place
from search.domain.query import Node, Query
from search.domain.sort import Sort
from search.domain.values import Look
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


class TooSlow(Exception):
    """There is no time left to work out an answer."""


Check = Callable[[], None]
"""Called now and then by what may take long; raises ``TooSlow`` once nobody waits any more."""


def no_check() -> None:
    """Let it take as long as it takes."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a few letters can be the beginning of.

    Attributes:
        text: The whole of it, as a label.
        count: How many wallpapers have it.
    """

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Held:
    """What an index has of one wallpaper.

    Attributes:
        version: Of the record.
        document: The record, as JSON.
    """

    version: int
    document: str


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
        self,
        query: Query,
        *,
        limit: int,
        after: Place | None = None,
        skip: int = 0,
        now: datetime,
        check: Check = no_check,
    ) -> Page:
        """At most ``limit`` wallpapers that match ``query`` as ``domain.matching`` has it.

        Args:
            query: With an order as ``domain.order`` has it, whose seed and basis are chosen.
            limit: How many at most; fewer come only at the end.
            after: The place after which to carry on, whether or not anything stands there.
            skip: How many to leave out before them.
            now: The moment from which ages are counted.
            check: Called at least at each part of a query and each segment of an index.

        Raises:
            TooSlow: From ``check``.
        """

    def count(self, where: Node, *, now: datetime, check: Check = no_check) -> int:
        """How many wallpapers match ``where``.

        Raises:
            TooSlow: From ``check``.
        """

    def count_each(
        self, where: Node, choices: Sequence[Node], *, now: datetime, check: Check = no_check
    ) -> tuple[int, ...]:
        """How many match ``where`` and also each of ``choices``, in their order.

        Raises:
            TooSlow: From ``check``.
        """

    def complete(
        self, field: str, prefix: str, *, where: Node, limit: int, now: datetime
    ) -> tuple[Completion, ...]:
        """What begins with ``prefix`` among the values of ``field``, the most frequent first.

        Args:
            field: ``tag``, ``user``, ``creator``, ``category`` or ``license``.
            prefix: A label, or the folded beginning of a licence; all begin with none.
            where: Which wallpapers count; values that none of them has are left out.
            limit: How many at most; of those that are as frequent, the first by their text.
            now: The moment from which ages are counted.
        """

    def near(self, word: str, *, limit: int) -> tuple[str, ...]:
        """What ``word`` may be a slip of: words one edit away, the most frequent first.

        An edit is as ``domain.spelling`` has it. Nothing if any wallpaper has the word itself.
        """

    def keys(self, sort: Sort, ids: Sequence[str]) -> Mapping[str, float]:
        """What each of ``ids`` that can be found is put in order by, as ``domain.order`` has it.

        A record tells this too, but for ``top`` within a period: it does not have the days.
        """

    def known(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """What it has of each of ``ids`` that can be found."""

    def ids(self) -> Iterator[str]:
        """The ids of all wallpapers that can be found, in any order."""

    def amend(self, changes: Iterable[Change]) -> None:
        """Take in ``changes``, each wallpaper at most once, whatever versions are known."""


@dataclass(frozen=True, slots=True)
class Published:
    """An index for searching only.

    Attributes:
        index: Never changes; after a change another one is published.
        current_at: When the process that keeps it up last knew that the index had all there
            was, in seconds since 1970; ``None`` if it has not known that since the task began.
    """

    index: Index
    current_at: float | None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison of an index with the whole feed has found, and repaired.

    Attributes:
        at: When it was done, in seconds since 1970.
        seconds: How long it took.
        checked: How many entries the feed had.
        missing: Wallpapers that the index lacked.
        stale: Those of which it had an older version, or that are deleted.
        different: Those of which it had another record of the same version.
        extra: Those of which the feed knows nothing.
    """

    at: float
    seconds: float
    checked: int
    missing: int
    stale: int
    different: int
    extra: int

    @property
    def drifted(self) -> bool:
        """Whether anything was wrong."""
        return bool(self.missing or self.stale or self.different or self.extra)

    @property
    def facts(self) -> dict[str, float]:
        """All of it, by name."""
        return asdict(self)


class Shared(Protocol):
    """The index of a task: one process keeps it up, every process searches it.

    Held to its word by tests/contract/ports.
    """

    def open(self) -> Index:
        """What was published last, to be kept up; an empty one if that is nothing, or not whole.

        Only one process at a time may ask for it, or for any of the two below.
        """

    def empty(self) -> Index:
        """Another index, to be filled while the published one goes on answering."""

    def publish(self, index: Index, *, current: bool) -> None:
        """Let every process search what ``index`` has now.

        Args:
            index: From ``open`` or ``empty``. The last one given goes on being the one.
            current: Whether it has, at this moment, all there is.
        """

    def newest(self) -> Published | None:
        """What was published last; ``None`` before anything was. Cheap to ask often."""

    def report(self, done: Reconciled) -> None:
        """Keep the report on the last comparison of the index with the feed."""

    def reconciled(self) -> Reconciled | None:
        """That report, for any process; ``None`` if there is none."""


LARGEST_PICTURE = 5 * 1024 * 1024
"""Bytes of a picture that may be shown to us."""


class PictureTooLarge(Exception):
    """A picture has more bytes than anybody looks at."""

    def __init__(self) -> None:
        super().__init__(f"A picture to search by has at most {LARGEST_PICTURE:,} bytes.")
        self.at_most = LARGEST_PICTURE


class PictureRefused(Exception):
    """This is no picture that can be looked at."""


class LookUnavailable(Exception):
    """Nobody can look at pictures now; trying again may help."""


class Eyes(Protocol):
    """Somebody who sees what pictures look like, and keeps none."""

    def look(self, picture: bytes, media_type: str, *, within: float) -> Look:
        """What ``picture`` looks like.

        Args:
            picture: Its bytes.
            media_type: Such as ``image/jpeg``; one that is not true is refused.
            within: Seconds that it may take.

        Raises:
            PictureTooLarge: If it has more than ``LARGEST_PICTURE`` bytes.
            PictureRefused: If it is no picture that can be looked at, with why.
            LookUnavailable: If nobody looks at it in that time.
        """


class ObjectAbsent(Exception):
    """There is no such object."""


class ObjectChanged(Exception):
    """Somebody else has put the object in the meantime."""


class ObjectsUnavailable(Exception):
    """The store did not answer, or would not; trying again may help."""


class Objects(Protocol):
    """Bytes under keys, for all tasks. Held to its word by tests/contract/ports.

    Every method may raise ``ObjectsUnavailable``.
    """

    def get(self, key: str) -> tuple[bytes, str]:
        """What lies under ``key``, and a tag that is another one after every other ``put``.

        Raises:
            ObjectAbsent: If nothing does.
        """

    def put(self, key: str, body: bytes) -> None:
        """Let ``body`` lie under ``key``, whatever did before."""

    def swap(self, key: str, body: bytes, *, before: str | None) -> None:
        """Let ``body`` lie there in the place of what had the tag ``before``, or of nothing.

        Raises:
            ObjectChanged: If that is not what lies there now.
        """

    def keys(self, prefix: str) -> Mapping[str, datetime]:
        """The keys that begin with ``prefix``, and when each was put last."""

    def delete(self, key: str) -> None:
        """Let nothing lie under ``key``."""


class SnapshotUnavailable(Exception):
    """There is no snapshot that can be used."""


class Snapshots(Protocol):
    """Whole indexes, outside of any task, from which a new task starts."""

    def save(self, index: Index) -> bool:
        """Keep what ``index`` has, if it is time; return whether that was done.

        ``index`` is one that was published. Several tasks may do this at once.

        Raises:
            ObjectsUnavailable: If it could not be kept.
        """

    def restore(self) -> None:
        """Let the folder of this task, which has nothing, have what was saved last.

        Raises:
            SnapshotUnavailable: If there is nothing whole that is young enough.
            ObjectsUnavailable: If that could not be found out.
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
