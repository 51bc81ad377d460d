"""Following what changes."""

from datetime import datetime, timedelta

from media.domain.feed import Changes, Cursor
from media.ports import Catalogue


def follow(
    after: Cursor | None, catalogue: Catalogue, *, limit: int, wait: timedelta, now: datetime
) -> Changes:
    """What has changed after ``after``; if nothing has, what does within ``wait``.

    Raises:
        CursorExpired: If the cursor belongs to another life of the feed, or is too old.
    """
    page = catalogue.changes(after, limit=limit, now=now)
    if page.items or not wait:
        return page
    catalogue.await_change(page.cursor, within=wait)
    return catalogue.changes(page.cursor, limit=limit, now=now)
