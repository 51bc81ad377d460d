"""Putting back the records that were lost, from the sidecars beside the originals alone."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from media.domain.feed import CURSOR_LIFE
from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, DuplicateOriginal, Originals

_TOGETHER = 100
_PAGE = 1000


@dataclass(slots=True)
class Restored:
    """What became of the sidecars.

    Attributes:
        read: How many there are.
        put_back: Ids of the records that were missing or older than their sidecar.
        refused: Ids of those whose bytes another wallpaper has by now.
        without_bytes: Ids of those that are not put back, for their original is not here.
        differing: Ids of records that say something else than their sidecar does of the same
            version. Nothing is done about them: an operator must know.
        placed_anew: Ids of records that were missing in the change feed.
    """

    read: int = 0
    put_back: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    without_bytes: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    placed_anew: list[str] = field(default_factory=list)


def restore_lost(
    catalogue: Catalogue,
    originals: Originals,
    *,
    now: datetime,
    apply: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> Restored:
    """Compare every sidecar with its record; put back what is missing or old, oldest first.

    Tombstones that have served their time are not put back.

    Args:
        catalogue: Where the records belong.
        originals: Where the bytes and the sidecars are.
        now: The time.
        apply: Whether to do it; otherwise it is only found.
        progress: Told how many sidecars have been read.
    """
    done = Restored()
    lost: dict[str, Wallpaper] = {}
    present: set[str] = set()
    described = _counted(originals.descriptions(), done, progress)
    while chunk := list(islice(described, _TOGETHER)):
        here = catalogue.records({each.id for each in chunk})
        present |= here.keys()
        for each in chunk:
            known = here.get(each.id)
            if known is None or each.supersedes(known):
                _keep_latest(each, lost)
            elif not known.supersedes(each) and known != each and known.former is None:
                done.differing.append(each.id)
    if apply and lost:
        catalogue.begin_anew()
    for each in sorted(lost.values(), key=lambda wallpaper: wallpaper.changed_at):
        if not (each.is_deleted and now - each.changed_at > CURSOR_LIFE):
            _put_back(each, done, catalogue, originals, apply=apply)
    for wallpaper_id in sorted(present - _followed(catalogue, now)):
        done.placed_anew.append(wallpaper_id)
        if apply:
            catalogue.place_anew(wallpaper_id)
    return done


def _counted(
    described: Iterable[Wallpaper], done: Restored, progress: Callable[[int], None]
) -> Iterator[Wallpaper]:
    for each in described:
        done.read += 1
        progress(done.read)
        yield each


def _keep_latest(wallpaper: Wallpaper, lost: dict[str, Wallpaper]) -> None:
    """One that has got a better original has a sidecar beside the former, too."""
    known = lost.setdefault(wallpaper.id, wallpaper)
    lost[wallpaper.id] = max(known, wallpaper, key=lambda one: (one.version, not one.is_deleted))


def _put_back(
    wallpaper: Wallpaper,
    done: Restored,
    catalogue: Catalogue,
    originals: Originals,
    *,
    apply: bool,
) -> None:
    if not (wallpaper.is_deleted or originals.holds(wallpaper.original.sha256)):
        done.without_bytes.append(wallpaper.id)
        return
    try:
        if apply:
            catalogue.restore(wallpaper)
    except DuplicateOriginal:
        done.refused.append(wallpaper.id)
    else:
        done.put_back.append(wallpaper.id)


def _followed(catalogue: Catalogue, now: datetime) -> set[str]:
    """The ids of all that a follower is told of."""
    found: set[str] = set()
    cursor, caught_up = None, False
    while not caught_up:
        page = catalogue.changes(cursor, limit=_PAGE, now=now)
        found |= {each.wallpaper.id for each in page.items}
        cursor, caught_up = page.cursor, page.caught_up
    return found
