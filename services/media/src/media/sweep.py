"""Sweeping up what crashes and deletions leave behind, and finding what must never be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from media.domain.feed import TOMBSTONES_KEPT
from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, Holding, Originals
from media.retire import put_away

RIPE = timedelta(days=1)
"""Nothing younger is swept: an upload may still be on its way."""

_PAGE = 1000
_TOGETHER = 100


@dataclass(slots=True)
class Swept:
    """What was found, and swept up if that was asked for.

    Attributes:
        originals: How many originals are here.
        records: How many wallpapers are, without the deleted ones.
        orphans: Hashes of old originals that no record has; put out of sight, for 30 days.
        undescribed: Ids of wallpapers whose sidecar was never written; now it is.
        forgotten: Hashes of deleted originals whose tombstone has served its time.
        hidden: Ids of wallpapers whose bytes were out of sight, because whoever deleted them for
            another wallpaper was cut off; now they are in sight again.
        dangling: Ids of wallpapers whose bytes are not here. Nothing is done about them: an
            operator must know.
    """

    originals: int = 0
    records: int = 0
    orphans: list[str] = field(default_factory=list)
    undescribed: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    dangling: list[str] = field(default_factory=list)


def sweep(
    catalogue: Catalogue,
    originals: Originals,
    *,
    now: datetime,
    ripe: timedelta = RIPE,
    apply: bool,
    progress: Callable[[int], None] = lambda _: None,
) -> Swept:
    """Look at every original and every record, and put away what nothing needs.

    Args:
        catalogue: Where the records are.
        originals: Where the bytes and the sidecars are.
        now: By a clock that may differ from storage's by much less than ``ripe``.
        ripe: How old something must be that nothing needs.
        apply: Whether to do it; otherwise it is only found.
        progress: Told how many originals and records have been looked at.
    """
    broom = _Broom(catalogue, originals, ripe=now - ripe, old=now - TOMBSTONES_KEPT, apply=apply)
    found = broom.found
    holdings = originals.holdings()
    while chunk := list(islice(holdings, _TOGETHER)):
        broom.sweep(chunk)
        progress(found.originals)
    for wallpapers in _live(catalogue, now):
        broom.find_dangling(wallpapers)
        progress(found.originals + found.records)
    return found


class _Broom:
    def __init__(
        self,
        catalogue: Catalogue,
        originals: Originals,
        *,
        ripe: datetime,
        old: datetime,
        apply: bool,
    ) -> None:
        self.found = Swept()
        self._catalogue = catalogue
        self._originals = originals
        self._ripe = ripe
        self._old = old
        self._apply = apply
        self._kept: set[bytes] = set()

    def sweep(self, holdings: list[Holding]) -> None:
        holders = self._catalogue.holders(each.sha256 for each in holdings)
        for each in holdings:
            holder = holders.get(each.sha256)
            if each.has_bytes:
                self._kept.add(bytes.fromhex(each.sha256))
                self.found.originals += 1
            if each.since > self._ripe:
                continue
            if holder is not None and not each.is_described:
                self._describe(holder)
            elif holder is None and each.has_bytes:
                self._put_away(each.sha256)
            elif holder is None and each.since < self._old:
                self._forget(each.sha256)

    def find_dangling(self, wallpapers: list[Wallpaper]) -> None:
        self.found.records += len(wallpapers)
        for wallpaper in wallpapers:
            sha256 = wallpaper.original.sha256
            if bytes.fromhex(sha256) in self._kept or self._originals.holds(sha256):
                continue
            if self._catalogue.holder(sha256) == wallpaper.id:  # not deleted in the meantime
                self._show(wallpaper)

    def _show(self, wallpaper: Wallpaper) -> None:
        retired = self._originals.retired(wallpaper.original.sha256)
        if retired is None:
            self.found.dangling.append(wallpaper.id)
            return
        self.found.hidden.append(wallpaper.id)
        if self._apply:
            self._originals.reinstate(retired)

    def _put_away(self, sha256: str) -> None:
        self.found.orphans.append(sha256)
        if self._apply:
            put_away(sha256, self._catalogue, self._originals)

    def _describe(self, wallpaper_id: str) -> None:
        self.found.undescribed.append(wallpaper_id)
        if self._apply:
            self._originals.describe(self._catalogue.get(wallpaper_id, fresh=True))

    def _forget(self, sha256: str) -> None:
        described = self._originals.described(sha256)
        if described is not None and described.is_deleted and described.changed_at < self._old:
            self.found.forgotten.append(sha256)
            if self._apply:
                self._originals.forget(sha256)


def _live(catalogue: Catalogue, now: datetime) -> Iterator[list[Wallpaper]]:
    cursor, caught_up = None, False
    while not caught_up:
        page = catalogue.changes(cursor, limit=_PAGE, now=now)
        yield [each.wallpaper for each in page.items if not each.wallpaper.is_deleted]
        cursor, caught_up = page.cursor, page.caught_up
