"""Delivering a wallpaper in the size and format that was asked for."""

import logging
from dataclasses import dataclass

from media.domain.renditions import Rendition, Variant, plan
from media.domain.wallpaper import Original, Wallpaper
from media.flights import Flights
from media.ports import Image, Originals, Pictures, Renditions, StorageUnavailable

log = logging.getLogger(__name__)
_MOST_WAITING = 12  # of 32 threads: the others serve everybody else
_PATIENCE = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Delivery:
    """A rendition and what a download of it is called."""

    image: Image
    file_name: str


class Studio:
    """Where renditions are kept and made, each once however many ask for it at the same time."""

    def __init__(self, originals: Originals, renditions: Renditions, pictures: Pictures) -> None:
        self._originals = originals
        self._renditions = renditions
        self._pictures = pictures
        self._flights = Flights[Image](most_waiting=_MOST_WAITING)

    def deliver(self, wallpaper: Wallpaper, variant: Variant) -> Delivery:
        """``variant`` of ``wallpaper``, made now if it never was before.

        Raises:
            WouldUpscale: If the picture has too few pixels for it.
            PicturesBusy, StorageUnavailable: If it may work a little later.
        """
        original = wallpaper.original
        rendition = plan(variant, original.size, wallpaper.look.focal)
        key = rendition.key(original)
        image = self._flights.join(
            key, lambda: self._kept_or_made(key, original, rendition), within=_PATIENCE
        )
        return Delivery(image, f"wallpaper-{wallpaper.id}-{rendition.size}.{rendition.format}")

    def _kept_or_made(self, key: str, original: Original, rendition: Rendition) -> Image:
        if (kept := self._renditions.get(key, rendition.format)) is not None:
            return kept
        made = self._pictures.render(self._originals.read(original), rendition)
        try:
            self._renditions.put(key, made)
        except StorageUnavailable as error:
            log.warning("rendition not kept: %s", error)
        return made
