"""The catalogue in memory: the same promises, for tests."""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from media.domain.claim import KEPT, LEASE, Claim, KeyInUse, KeyReused
from media.domain.feed import Change, Changes, Cursor, day_of
from media.domain.likeness import SIMILAR, Neighbour, can_be_compared, distance
from media.domain.visits import Batch
from media.domain.wallpaper import Look, Status, Wallpaper
from media.ports import (
    DuplicateOriginal,
    Neighbours,
    Overtaken,
    VersionMismatch,
    WallpaperNotFound,
)


class MemoryCatalogue:
    """Every wallpaper's record, for as long as the process lives."""

    def __init__(self, *wallpapers: Wallpaper) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._epoch = secrets.token_hex(8)
        self._head = 0
        self._records: dict[str, Change] = {}
        self._holders: dict[str, str] = {}
        self._claims: dict[tuple[str, str], tuple[Claim, datetime]] = {}
        self._done: dict[tuple[str, str], str] = {}
        self._counted: dict[tuple[str, str], int] = {}
        for wallpaper in wallpapers:
            self.publish(wallpaper)

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:  # noqa: ARG002
        with self._changed:
            if (change := self._records.get(wallpaper_id)) is None:
                raise WallpaperNotFound(wallpaper_id)
            return change.wallpaper

    def holder(self, sha256: str) -> str | None:
        with self._changed:
            return self._holders.get(sha256)

    def holders(self, sha256s: Iterable[str]) -> Mapping[str, str]:
        with self._changed:
            return {each: self._holders[each] for each in sha256s if each in self._holders}

    def claim(self, claim: Claim, *, now: datetime) -> str | None:
        name = (claim.account, claim.key)
        with self._changed:
            if (known := self._claims.get(name)) is not None and now < known[1] + KEPT:
                earlier, since = known
                if name in self._done or now < since + LEASE:
                    if earlier.fingerprint != claim.fingerprint:
                        raise KeyReused("This Idempotency-Key came with another upload before.")
                    if name not in self._done:
                        raise KeyInUse("The upload with this Idempotency-Key is still running.")
                    return self._done[name]
            self._claims[name] = (claim, now)
            self._done.pop(name, None)
            return None

    def release(self, claim: Claim) -> None:
        name = (claim.account, claim.key)
        with self._changed:
            if name not in self._done and self._owns(claim):
                del self._claims[name]

    def neighbours(self, look: Look) -> Neighbours:
        with self._changed:
            nearest = sorted(
                (
                    Neighbour(each.wallpaper.id, apart)
                    for each in self._records.values()
                    if each.wallpaper.status is Status.LIVE
                    and can_be_compared(look)
                    and (apart := distance(look, each.wallpaper.look)) <= SIMILAR
                ),
                key=lambda each: (each.distance, each.wallpaper_id),
            )
            return Neighbours(tuple(nearest), mark=self._head)

    def publish(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        with self._changed:
            self._write(wallpaper, claim, among)

    def update(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        with self._changed:
            here = self.get(wallpaper.id)
            if here.version != wallpaper.version - 1:
                raise VersionMismatch(here.version)
            self._write(wallpaper.counted_as(here), claim, among)

    def restore(self, wallpaper: Wallpaper) -> None:
        with self._changed:
            if (change := self._records.get(wallpaper.id)) is not None:
                here = change.wallpaper
                if not wallpaper.supersedes(here):
                    return
                if here.counted > wallpaper.counted:
                    wallpaper = wallpaper.counted_as(here)
            holder = self._holders.get(wallpaper.original.sha256, wallpaper.id)
            if holder != wallpaper.id and not wallpaper.is_deleted:
                raise DuplicateOriginal(holder)
            self._commit(wallpaper)

    def begin_anew(self) -> None:
        with self._changed:
            self._epoch = secrets.token_hex(8)

    def count(self, batch: Batch) -> tuple[Wallpaper, ...]:
        with self._changed:
            return tuple(self._count(batch))

    def place_anew(self, wallpaper_id: str) -> None:
        with self._changed:
            if (change := self._records.get(wallpaper_id)) is not None:
                self._commit(change.wallpaper)

    def records(self, wallpaper_ids: Iterable[str]) -> Mapping[str, Wallpaper]:
        with self._changed:
            found = {each: self._records.get(each) for each in wallpaper_ids}
            return {each: change.wallpaper for each, change in found.items() if change}

    def changes(self, after: Cursor | None, *, limit: int, now: datetime) -> Changes:
        with self._changed:
            end = Cursor(self._epoch, day_of(now), (self._head,))
            after = after or Cursor(end.epoch, end.day, (0,))
            after.require_life(end)
            later = (each for each in self._records.values() if each.seq > after.places[0])
            ordered = sorted(later, key=lambda change: change.seq)
            items = tuple(ordered[:limit])
            last = items[-1].seq if len(ordered) > limit else self._head
            cursor = after.moved_to((last,), end)
            return Changes(items, cursor, caught_up=last == self._head)

    def await_change(self, after: Cursor, *, within: timedelta) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: (self._epoch, (self._head,)) != (after.epoch, after.places),
                within.total_seconds(),
            )

    def _count(self, batch: Batch) -> Iterator[Wallpaper]:
        for wallpaper_id, more in batch.counts.items():
            change = self._records.get(wallpaper_id)
            due = self._counted.get((wallpaper_id, batch.source), -1) < batch.number
            if change is not None and not change.wallpaper.is_deleted and due:
                self._counted[wallpaper_id, batch.source] = batch.number
                self._commit(visited := change.wallpaper.visited(more))
                yield visited

    def _write(self, wallpaper: Wallpaper, claim: Claim | None, among: Neighbours | None) -> None:
        holder = self._holders.get(wallpaper.original.sha256, wallpaper.id)
        if holder != wallpaper.id:
            raise DuplicateOriginal(holder)
        if among is not None and self._has_come(wallpaper.look, since=among.mark):
            raise Overtaken
        if claim is not None:
            if not self._owns(claim):
                raise KeyInUse("The upload has been taken over by a later attempt.")
            self._done[claim.account, claim.key] = wallpaper.id
        self._commit(wallpaper)

    def _has_come(self, look: Look, *, since: object) -> bool:
        return isinstance(since, int) and any(
            self._records[each.wallpaper_id].seq > since for each in self.neighbours(look).nearest
        )

    def _owns(self, claim: Claim) -> bool:
        known = self._claims.get((claim.account, claim.key))
        return known is not None and known[0].token == claim.token

    def _commit(self, wallpaper: Wallpaper) -> None:
        self._head += 1
        before = self._records.get(wallpaper.id)
        self._records[wallpaper.id] = Change(self._head, wallpaper)
        if before is not None and not before.wallpaper.is_deleted:
            del self._holders[before.wallpaper.original.sha256]
        if not wallpaper.is_deleted:
            self._holders[wallpaper.original.sha256] = wallpaper.id
        self._changed.notify_all()
