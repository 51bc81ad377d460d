"""Changes say which version they are a change of, so that none is lost."""

from flask import request

from media.domain.wallpaper import Wallpaper
from media.ports import VersionMismatch


class VersionRequired(Exception):
    """A change must say which version it is a change of."""


def etag(wallpaper: Wallpaper) -> str:
    """What the answer with this record is known by: its version, and how often it was counted.

    Example:
        ``3``, and once visits were counted ``3-1``.
    """
    counted = wallpaper.counted
    return f"{wallpaper.version}-{counted}" if counted else str(wallpaper.version)


def require_match(wallpaper: Wallpaper) -> None:
    """Return if the current request's ``If-Match`` means ``wallpaper`` as it is.

    That more visits were counted since makes no difference: nobody's change undoes them.

    Raises:
        VersionRequired: If there is no such header.
        VersionMismatch: If it means another version.
    """
    if "If-Match" not in request.headers:
        raise VersionRequired('Say which version this is a change of: If-Match: "<version>".')
    if request.if_match.star_tag:
        return
    meant = {tag.partition("-")[0] for tag in request.if_match.as_set()}
    if str(wallpaper.version) not in meant:
        raise VersionMismatch(wallpaper.version)
