"""Showing a wallpaper to whoever may see it."""

from datetime import timedelta

from media.domain.person import Person, may_see
from media.domain.wallpaper import Wallpaper, is_id
from media.ports import Catalogue, Originals, WallpaperNotFound

LINK_LIFETIME = timedelta(minutes=5)


class WallpaperDeleted(Exception):
    """The wallpaper is gone, and its id will not come back."""

    def __init__(self, wallpaper_id: str) -> None:
        super().__init__(f"Wallpaper '{wallpaper_id}' has been deleted.")


def show(
    wallpaper_id: str, person: Person | None, catalogue: Catalogue, *, fresh: bool = False
) -> Wallpaper:
    """The wallpaper, if ``person`` may see it; else it is as if there were none.

    Raises:
        WallpaperNotFound: If there is none that they may see.
        WallpaperDeleted: If only its tombstone is left.
    """
    if not is_id(wallpaper_id):
        raise WallpaperNotFound(wallpaper_id)
    wallpaper = catalogue.get(wallpaper_id, fresh=fresh)
    if wallpaper.is_deleted:
        raise WallpaperDeleted(wallpaper_id)
    if not may_see(person, wallpaper):
        raise WallpaperNotFound(wallpaper_id)
    return wallpaper


def link_to_original(wallpaper: Wallpaper, originals: Originals) -> str:
    """An address from which a browser can download the very bytes that were uploaded."""
    original = wallpaper.original
    name = f"wallpaper-{wallpaper.id}-{original.size}.{original.type.extension}"
    return originals.link(original, file_name=name, lifetime=LINK_LIFETIME)
