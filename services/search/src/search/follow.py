"""Follows media's feed, so that the index has what media has, about a second later."""

import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event

from search.domain.wallpaper import Change
from search.ports import Batch, Feed, FeedStartedOver, FeedUnavailable, Index, Shared
from search.reconcile import Reconciler

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=20)
"""How long the feed may keep us waiting for news."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
"""Seconds between two tries; the longest also bounds how late a recovery is noticed."""
_BREATH = 0.05
"""Seconds after an answer without news, should the feed not wait when it is asked to."""
_AT_ONCE = 8192
"""So many changes are gathered, while there are more, before the index has them."""
_GLANCE = 0.05
"""Seconds between two looks at what is published."""
_SAY_FIRST, _SAY_AGAIN = 10, 60
"""After so many failures in a row the log says so, and again after so many more.

Where everything starts at once, media takes a few seconds: that is nothing to report.
"""


class IndexNotReady(Exception):
    """The index has not caught up with the feed yet: what it lacks would look unfound."""


class Following:
    """The index that answers, and how fresh it is. Read by many threads, fed by one."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._index: Index | None = None
        self._current_at = 0.0

    @property
    def index(self) -> Index:
        """The newest index that has caught up with the feed.

        Raises:
            IndexNotReady: If there is none yet.
        """
        if self._index is None:
            raise IndexNotReady("The index is still being filled.")
        return self._index

    @property
    def age(self) -> timedelta:
        """Since when the feed may have had news that the index has not."""
        return timedelta(seconds=max(0.0, self._clock() - self._current_at))

    def caught_up(self, index: Index, at: float | None = None) -> None:
        """Let ``index`` answer from now on, which had all there was at that moment, or has now."""
        self._current_at = self._clock() if at is None else at
        self._index = index

    def missing(self) -> str | None:
        """What keeps us from answering, if anything does."""
        return None if self._index else "the index has not caught up with media's feed"


def watch(shared: Shared, following: Following, *, stop: Event) -> None:
    """Let ``following`` have what is published, a moment later, until ``stop`` is set."""
    while not stop.wait(_GLANCE):
        try:
            published = shared.newest()
        except Exception:  # nothing may end the only one who watches
            log.exception("published index not read")
            stop.wait(_LONGEST_PAUSE)
            continue
        if published and published.current_at is not None:
            following.caught_up(published.index, published.current_at)


def follow(
    feed: Feed, shared: Shared, *, stop: Event, reconcile_every: timedelta = timedelta(days=1)
) -> None:
    """Keep the index up with ``feed`` until ``stop`` is set, whatever happens on the way.

    While the feed is away, the index goes on answering with what it has. When the feed has
    started over, another index is filled and takes its place once it has caught up. Every
    ``reconcile_every`` it is compared with the whole feed, a page at a time.
    """
    reconciler = Reconciler(shared, every=reconcile_every)
    intake = _Intake(shared, shared.open())
    caught_up = False
    failures = 0
    while not stop.is_set():
        before = intake.position
        try:
            patient = caught_up and not reconciler.busy
            batch = feed.changes(before, wait=PATIENCE if patient else timedelta())
            intake.take_in(batch)
            reconciler.turn(feed, intake.index, batch)
        except FeedStartedOver:
            log.warning("feed started over: filling a new index")
            intake, caught_up = _Intake(shared, shared.empty(), apart=True), False
            reconciler.forget()
            failures += 1
        except Exception as error:  # nothing may end the only one who follows
            failures += 1
            if failures % _SAY_AGAIN == _SAY_FIRST:
                log.warning("feed not followed: %r", error, exc_info=_unforeseen(error))
        else:
            if failures >= _SAY_FIRST:
                log.info("feed followed again", extra={"facts": {"failures": failures}})
            failures = 0
            if batch.caught_up:
                _tell_first(caught_up, intake.index)
            caught_up = batch.caught_up
            if batch.position != before:
                continue
        stop.wait(_pause(failures))


class _Intake:
    """An index that is kept up, and what it is still to be given."""

    def __init__(self, shared: Shared, index: Index, *, apart: bool = False) -> None:
        """``apart`` is one that is published only once it has caught up."""
        self.index = index
        self.position = index.position
        self._shared = shared
        self._apart = apart
        self._gathered: list[Change] = []

    def take_in(self, batch: Batch) -> None:
        """Give it ``batch``, if nothing comes after that which could be given with it."""
        self.position = batch.position
        self._gathered += batch.changes
        if not batch.caught_up and len(self._gathered) < _AT_ONCE:
            return
        self.index.apply(self._gathered, position=self.position)
        self._gathered = []
        if batch.caught_up or not self._apart:
            self._shared.publish(self.index, current=batch.caught_up)
            self._apart = False


def _pause(failures: int) -> float:
    """Seconds until the next try: longer with each failure, and never the same for two of us.

    Source:
        M. Brooker, "Exponential backoff and jitter" (2015), with half of it kept.
    """
    if not failures:
        return _BREATH
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    jitter = random.uniform(0.5, 1)  # noqa: S311 - not a secret
    return longest * jitter


def _unforeseen(error: Exception) -> bool:
    return not isinstance(error, FeedUnavailable)


def _tell_first(caught_up: bool, index: Index) -> None:
    if not caught_up:
        log.info("caught up with the feed", extra={"facts": {"size": index.size}})
