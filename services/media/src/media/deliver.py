"""Delivering a wallpaper in the size and format that was asked for."""

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import BoundedSemaphore

from media.domain.cuts import Box
from media.domain.renditions import Rendition, Variant, plan, source_of
from media.domain.thumbhash import is_opaque
from media.domain.wallpaper import Original, Point, Wallpaper
from media.flights import Flights
from media.ports import (
    Image,
    Leases,
    Originals,
    Pictures,
    PicturesBusy,
    Renditions,
    StorageUnavailable,
)
from media.refusals import Refusals

log = logging.getLogger(__name__)
_MOST_WAITING = 12  # of 32 threads: the others serve everybody else
_MOST_MADE = 12  # at a time: more would fetch their sources, only to find that all hands are busy
_PATIENCE = 10.0  # seconds
_LOOK_AGAIN = 0.2  # seconds, while another task is at it
_LEASE = timedelta(seconds=60)  # longer than a decoder is ever waited for
_MOST_UNKEPT = 32
_MIDDLE = Point(0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A rendition and what a download of it is called."""

    image: Image
    file_name: str


class Studio:
    """Where renditions are kept and made, each once however many ask for it at the same time."""

    def __init__(
        self, originals: Originals, renditions: Renditions, pictures: Pictures, leases: Leases
    ) -> None:
        self._originals = originals
        self._renditions = renditions
        self._pictures = pictures
        self._leases = leases
        self._flights = Flights[Image](most_waiting=_MOST_WAITING)
        self._refusals = Refusals()
        self._makers = BoundedSemaphore(_MOST_MADE)
        self._keeping = ThreadPoolExecutor(1, thread_name_prefix="keeping")
        self._unkept = BoundedSemaphore(_MOST_UNKEPT)

    def deliver(self, wallpaper: Wallpaper, variant: Variant) -> Delivery:
        """``variant`` of ``wallpaper``, made now if it never was before.

        Raises:
            WouldUpscale: If the picture has too few pixels for it.
            RenditionRefused: If making it takes too much, or has just failed.
            PicturesBusy, StorageUnavailable: If it may work a little later.
        """
        rendition = plan(variant, wallpaper.original.size, wallpaper.look.focal)
        key = rendition.key(wallpaper.original)
        image = self._flights.join(
            key, lambda: self._kept_or_made(key, wallpaper, rendition), within=_PATIENCE
        )
        return Delivery(image, f"wallpaper-{wallpaper.id}-{rendition.size}.{rendition.format}")

    def keep_early(self, original: Original, images: Mapping[Variant, Image]) -> None:
        """Keep what was made of a picture as it came in, after whoever sent it has their answer.

        Nothing is lost if that fails: what is not kept is made when it is asked for.
        """
        if not self._unkept.acquire(blocking=False):
            log.warning("renditions not kept: too many uploads at once")
            return
        self._keeping.submit(self._keep_all, original, images)

    def _keep_all(self, original: Original, images: Mapping[Variant, Image]) -> None:
        try:
            for variant, image in images.items():
                self._renditions.put(plan(variant, original.size, _MIDDLE).key(original), image)
        except StorageUnavailable as error:
            log.warning("rendition not kept: %s", error)
        finally:
            self._unkept.release()

    def _kept_or_made(self, key: str, wallpaper: Wallpaper, rendition: Rendition) -> Image:
        until = time.monotonic() + _PATIENCE
        while True:
            if (kept := self._renditions.get(key, rendition.format)) is not None:
                return kept
            self._refusals.check(key)
            if (made := self._made_alone(key, wallpaper, rendition)) is not None:
                return made
            if time.monotonic() > until:
                raise PicturesBusy("This image is being made already; try again in a moment.")
            time.sleep(_LOOK_AGAIN)

    def _made_alone(self, key: str, wallpaper: Wallpaper, rendition: Rendition) -> Image | None:
        """The image, made and kept here; ``None`` while another task is at it."""
        with self._as_one_of_few():
            if (token := self._leases.take(key, lifetime=_LEASE)) is None:
                return None
            try:
                with self._refusals.remembering(key):
                    made = self._made(wallpaper, rendition)
                return self._kept(key, made)
            finally:
                self._leases.give_back(key, token)

    @contextmanager
    def _as_one_of_few(self) -> Iterator[None]:
        if not self._makers.acquire(blocking=False):
            raise PicturesBusy("Many images are being made; try again in a few seconds.")
        try:
            yield
        finally:
            self._makers.release()

    def _made(self, wallpaper: Wallpaper, rendition: Rendition) -> Image:
        original = wallpaper.original
        opaque = is_opaque(wallpaper.look.thumbhash)
        larger = source_of(rendition, original.size, opaque=opaque)
        if larger is not None:
            kept = self._renditions.get(larger.key(original), larger.format)
            if kept is not None:
                whole = Box(0, 0, larger.size.width, larger.size.height)
                return self._pictures.render(kept.body, replace(rendition, part=whole))
        return self._pictures.render(self._originals.read(original), rendition)

    def _kept(self, key: str, made: Image) -> Image:
        """``made``, or what another has kept by the same key: everybody gets the same bytes."""
        try:
            if not self._renditions.put(key, made):
                return self._renditions.get(key, made.format) or made
        except StorageUnavailable as error:
            log.warning("rendition not kept: %s", error)
        return made
