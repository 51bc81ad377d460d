"""Deleting a wallpaper: a tombstone stays, its bytes are out of sight but kept 30 days."""

from datetime import datetime

from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, Originals


def retire(
    wallpaper: Wallpaper, catalogue: Catalogue, originals: Originals, *, now: datetime
) -> None:
    """Delete ``wallpaper``, which must still be as it is given; its bytes can be uploaded anew.

    Raises:
        VersionMismatch: If it was changed in the meantime.
    """
    tombstone = wallpaper
    if not wallpaper.is_deleted:  # else whoever began to delete it was cut off
        tombstone = wallpaper.deleted(now=now)
        catalogue.update(tombstone)
    # Its sidecar first: from one that said "live", a rebuild would make a record without bytes.
    originals.describe(tombstone)
    put_away(wallpaper.original.sha256, catalogue, originals)


def put_away(sha256: str, catalogue: Catalogue, originals: Originals) -> None:
    """Retire the bytes, unless they were published again at this very moment.

    Whoever publishes bytes that were there already puts them there once more after its record
    stands; whoever retires them looks for such a record afterwards. So, in whatever order the two
    go, bytes with a record stay.
    """
    if catalogue.holder(sha256) is not None:
        return
    retired = originals.retire(sha256)
    if catalogue.holder(sha256) is not None:
        originals.reinstate(retired)
