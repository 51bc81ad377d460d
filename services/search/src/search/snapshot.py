"""Keeps snapshots of the index outside of the task, and starts a new task from the last one."""

import logging
import time
from datetime import timedelta
from threading import Event

from search.ports import (
    ObjectsUnavailable,
    Shared,
    Snapshots,
    SnapshotUnavailable,
)

log = logging.getLogger(__name__)

_TRIES = 3
_PAUSE = 1.0
"""Seconds between two of them."""
_GLANCE = 15.0
"""Seconds between two looks at whether it is time for a snapshot."""


def begin_from_snapshot(snapshots: Snapshots, shared: Shared) -> None:
    """Let ``shared`` have what was saved last, if it has nothing yet and that can be had.

    Otherwise it stays empty, and is filled from the beginning of the feed.
    """
    if shared.open().position is not None:
        return
    began = time.monotonic()
    for _ in range(_TRIES):
        try:
            snapshots.restore()
        except SnapshotUnavailable as error:
            log.info("%s: reading the feed from its beginning", error)
            return
        except ObjectsUnavailable as error:
            log.warning("snapshot not read: %s", error)
            time.sleep(_PAUSE)
        else:
            facts = {"size": shared.open().size, "seconds": round(time.monotonic() - began, 2)}
            log.info("began from a snapshot", extra={"facts": facts})
            return


def keep_saving(snapshots: Snapshots, shared: Shared, *, every: timedelta, stop: Event) -> None:
    """Save what is published about ``every`` so often, until ``stop`` is set.

    Only what has caught up with the feed in this task; what cannot be saved is tried again.
    """
    while not stop.wait(min(_GLANCE, every.total_seconds())):
        try:
            published = shared.newest()
            if published is None or published.current_at is None:
                continue
            began = time.monotonic()
            if snapshots.save(published.index):
                facts = {
                    "size": published.index.size,
                    "seconds": round(time.monotonic() - began, 2),
                }
                log.info("snapshot saved", extra={"facts": facts})
        except ObjectsUnavailable as error:
            log.warning("snapshot not saved: %s", error)
        except Exception:  # nothing may end the only one who saves
            log.exception("snapshot not saved")
