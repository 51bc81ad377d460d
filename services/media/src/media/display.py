"""Laying pictures out where a CDN looks first, and taking them away again."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from media.domain.renditions import Variant, display_area, display_key
from media.domain.wallpaper import Wallpaper
from media.ports import Catalogue, Image, Renditions, StorageUnavailable, WallpaperNotFound

log = logging.getLogger(__name__)


class Display:
    """The renditions that a CDN takes from S3 by their public address, without asking us.

    Only whole pictures, of wallpapers that still have their first original, are laid out: such an
    address means the same bytes for ever. What is cut can change with the focal point, and a better
    original has addresses of its own (``?v=``), which S3 cannot tell from the former ones.
    """

    def __init__(self, catalogue: Catalogue, renditions: Renditions) -> None:
        self._catalogue = catalogue
        self._renditions = renditions

    def lay_out(self, wallpaper: Wallpaper, variant: Variant, image: Image) -> None:
        """Have the CDN find ``image`` from now on. If that fails, it asks us again, no more.

        Whoever deletes or improves a wallpaper clears its display after its record says so, and we
        read the record after we laid out: so, in whatever order the two go, nothing stays.
        """
        if variant.height is not None or wallpaper.former is not None:
            return
        try:
            self._renditions.put(display_key(wallpaper.id, variant), image)
            if not self._is_still(wallpaper):
                self._renditions.clear(display_area(wallpaper.id))
        except StorageUnavailable as error:
            log.warning("rendition not laid out: %s", error)

    def _is_still(self, wallpaper: Wallpaper) -> bool:
        try:
            now = self._catalogue.get(wallpaper.id, fresh=True)
        except WallpaperNotFound:
            return False
        return not now.is_deleted and now.original == wallpaper.original

    @contextmanager
    def cleared(self, wallpaper_id: str) -> Iterator[None]:
        """Change a wallpaper with nothing of it laid out, neither before nor after.

        Before, because we may be cut off on the way.

        Raises:
            StorageUnavailable: If that is not known; then do it again.
        """
        area = display_area(wallpaper_id)
        self._renditions.clear(area)
        yield
        self._renditions.clear(area)
