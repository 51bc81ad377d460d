"""Putting back the records that were lost, from the sidecars beside the originals."""

from collections.abc import Iterator
from dataclasses import dataclass

from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, DuplicateOriginal, Originals


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of the sidecars.

    Attributes:
        read: How many there are.
        put_back: Ids of the records that were missing or old.
        refused: Ids of those whose bytes another wallpaper has by now.
    """

    read: int
    put_back: tuple[str, ...]
    refused: tuple[str, ...]


def restore_lost(catalogue: Catalogue, originals: Originals) -> Restored:
    """Put back every record that the catalogue lacks or has in an older version, oldest first."""
    described = tuple(originals.descriptions())
    latest: dict[str, Wallpaper] = {}
    for each in described:  # one that has got a better original has a sidecar beside the former too
        known = latest.setdefault(each.id, each)
        latest[each.id] = max(known, each, key=lambda one: (one.version, not one.is_deleted))
    here = catalogue.records(latest)
    lost = [
        each for each in latest.values() if each.id not in here or each.supersedes(here[each.id])
    ]
    if lost:
        catalogue.begin_anew()
    refused = frozenset(_refused(lost, catalogue))
    return Restored(
        read=len(described),
        put_back=tuple(each.id for each in lost if each.id not in refused),
        refused=tuple(sorted(refused)),
    )


def _refused(lost: list[Wallpaper], catalogue: Catalogue) -> Iterator[str]:
    for wallpaper in sorted(lost, key=lambda each: each.changed_at):
        try:
            catalogue.restore(wallpaper)
        except DuplicateOriginal:
            yield wallpaper.id
