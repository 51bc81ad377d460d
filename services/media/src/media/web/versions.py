"""Changes say which version they are a change of, so that none is lost."""

from flask import request

from media.domain.wallpaper import Wallpaper
from media.ports import VersionMismatch


class VersionRequired(Exception):
    """A change must say which version it is a change of."""


def require_match(wallpaper: Wallpaper) -> None:
    """Return if the current request's ``If-Match`` means ``wallpaper`` as it is.

    Raises:
        VersionRequired: If there is no such header.
        VersionMismatch: If it means another version.
    """
    if "If-Match" not in request.headers:
        raise VersionRequired('Say which version this is a change of: If-Match: "<version>".')
    if not request.if_match.contains(str(wallpaper.version)):
        raise VersionMismatch(wallpaper.version)
