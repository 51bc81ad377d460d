"""Counting visits: each visitor once a day, and all of them into the records in a while."""

import logging
import random
from threading import Event

from media.domain.visits import Batch, Visit
from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, CatalogueUnavailable, Originals, StorageUnavailable, Tally

log = logging.getLogger(__name__)
_EVERY = (5.0, 15.0)  # seconds; two tasks that start together must not stay together


def count(visit: Visit, tally: Tally) -> None:
    """Count ``visit``; it is in its wallpaper's record within a minute."""
    tally.add(visit)


def settle(tally: Tally, catalogue: Catalogue, originals: Originals) -> None:
    """Add what was counted to the records.

    A batch that cannot be added now stays in the tally: it is tried again, and counted once.
    """
    for batch in tally.batches():
        try:
            counted = catalogue.count(batch)
        except CatalogueUnavailable as error:
            log.warning("visits not added to their records yet: %s", error)
            continue
        tally.settled(batch)
        for wallpaper in counted:
            if _is_first_of_its_day(wallpaper, batch):
                _describe(wallpaper, originals)


def settle_until(stop: Event, tally: Tally, catalogue: Catalogue, originals: Originals) -> None:
    """``settle`` every ten seconds or so, until ``stop`` is set."""
    while not stop.wait(random.uniform(*_EVERY)):  # noqa: S311  # jitter is no secret
        try:
            settle(tally, catalogue, originals)
        except Exception:  # nothing may end the only one who does this
            if not stop.is_set():  # else it is what it needs that has ended
                log.exception("visits not settled")


def _is_first_of_its_day(wallpaper: Wallpaper, batch: Batch) -> bool:
    """Whether ``batch`` has brought the first visits of a day: then the sidecar is a day old."""
    latest = wallpaper.days[-1]
    return batch.counts[wallpaper.id].get(latest.date) == latest


def _describe(wallpaper: Wallpaper, originals: Originals) -> None:
    try:
        originals.describe(wallpaper)
    except StorageUnavailable as error:
        log.warning("sidecar keeps the counts of an earlier day: %s", error)
