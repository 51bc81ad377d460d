"""Compares the index with the whole feed, once a day, and repairs what should not have happened."""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from search.domain.census import Census
from search.domain.wallpaper import Change
from search.ports import Batch, Feed, Held, Index, Reconciled, Shared

log = logging.getLogger(__name__)

_FIRST = timedelta(hours=1)
"""After the start of a task that does not know when it was last done."""


class Reconciliation:
    """One reading of the feed from its beginning, beside an index that goes on following it.

    What differs may only be news that one of the two has not had yet: it is suspected, and
    looked at again in the end, when both have all there is.
    """

    def __init__(self, now: float) -> None:
        self._began = now
        self._seen = Census()
        self._suspects: dict[str, Change] = {}
        self._news: dict[str, int] = {}
        self._position: str | None = None
        self._checked = 0
        self.read_all = False

    def take_note(self, changes: Iterable[Change]) -> None:
        """Know what the index has taken in since this began."""
        self._news.update((change.id, change.version) for change in changes)

    def read_on(self, feed: Feed, index: Index) -> None:
        """Compare the next page of the feed."""
        batch = feed.changes(self._position, wait=timedelta())
        self._position, self.read_all = batch.position, batch.caught_up
        known = index.known([change.id for change in batch.changes])
        for change in batch.changes:
            self._suspects.pop(change.id, None)
            if _kind(change, known.get(change.id)):
                self._suspects[change.id] = change
        live = [change.id for change in batch.changes if change.wallpaper]
        self._seen.add(live)
        self._checked += len(batch.changes)

    def close(self, index: Index, *, now: float) -> Reconciled:
        """Repair ``index``, which has caught up since all was read; say what was wrong."""
        counts = dict.fromkeys(("missing", "stale", "different"), 0)
        wrong = []
        known = index.known(list(self._suspects))
        for id_, change in self._suspects.items():
            kind = _kind(change, known.get(id_))
            if kind and self._news.get(id_, -1) <= change.version:
                counts[kind] += 1
                wrong.append(change)
        extra = [id_ for id_ in self._seen.unseen(index.ids()) if id_ not in self._news]
        unknown = index.known([id_ for id_ in extra if id_ not in self._suspects])
        wrong += [Change(id_, held.version) for id_, held in unknown.items()]
        index.amend(wrong)
        return Reconciled(
            at=now,
            seconds=round(now - self._began, 3),
            checked=self._checked,
            extra=len(unknown),
            **counts,
        )


def _kind(change: Change, held: Held | None) -> str | None:
    """What is wrong with ``held``, after ``change``, if anything is."""
    if change.wallpaper is None:
        return "stale" if held and held.version <= change.version else None
    if held is None:
        return "missing"
    if held.version == change.version and held.document != change.wallpaper.document:
        return "different"
    return "stale" if held.version < change.version else None


class Reconciler:
    """Does it every so often, a page at a time, between other things."""

    def __init__(
        self, shared: Shared, *, every: timedelta, clock: Callable[[], float] = time.time
    ) -> None:
        self._shared = shared
        self._every = every
        self._clock = clock
        self._now: Reconciliation | None = None
        last = shared.reconciled()
        first = clock() + min(every, _FIRST).total_seconds()
        self._due = last.at + every.total_seconds() if last else first

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return self._now is not None

    def forget(self) -> None:
        """Begin anew with another index."""
        self._now = None

    def turn(self, feed: Feed, index: Index, batch: Batch) -> None:
        """Do the next bit of what is to be done, ``index`` having just taken in ``batch``.

        Raises:
            FeedUnavailable: If the feed did not answer; it can be tried again.
        """
        if self._now is None:
            if batch.caught_up and self._clock() >= self._due:
                self._now = Reconciliation(self._clock())
            return
        self._now.take_note(batch.changes)
        if not self._now.read_all:
            self._now.read_on(feed, index)
        elif batch.caught_up:
            self._report(self._now.close(index, now=self._clock()))
            self._shared.publish(index, current=True)
            self._now = None

    def _report(self, done: Reconciled) -> None:
        self._due = done.at + self._every.total_seconds()
        self._shared.report(done)
        say = log.warning if done.drifted else log.info
        say("index reconciled with the feed", extra={"facts": done.facts})
