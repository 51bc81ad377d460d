"""Taking in a file that is sent straight into storage, in parts."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from media.domain.container import NotAPicture, PictureRefused
from media.domain.multipart import Parcel, Part, announced, is_parcel_id
from media.domain.wallpaper import Wallpaper
from media.ingest import KeepEarly, Upload, again, ingest, require_new
from media.ports import (
    Catalogue,
    ChecksumMismatch,
    DuplicateOriginal,
    Originals,
    Parcels,
    PartLink,
    Pictures,
    StorageUnavailable,
    UploadNotFound,
)

log = logging.getLogger(__name__)
LINK_LIFETIME = timedelta(hours=1)
_NEVER = (NotAPicture, PictureRefused, ChecksumMismatch, DuplicateOriginal)
"""After these the same bytes will not do either, whatever is said of them."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What is said when the last part has been sent.

    Attributes:
        fields: How the wallpaper is described, as a form or a patch does.
        near: Whether it may be nearly the same as another wallpaper.
    """

    fields: Mapping[str, Any]
    near: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a parcel is.

    Attributes:
        parcel: Which one.
        missing: Its parts that are not here yet, and how to send each.
    """

    parcel: Parcel
    missing: tuple[tuple[Part, PartLink], ...]


def begin(
    fields: Mapping[str, Any],
    catalogue: Catalogue,
    parcels: Parcels,
    *,
    account: str,
    now: datetime,
) -> Progress:
    """Make ready for a file that ``fields`` announce.

    Raises:
        TooLarge, InvalidField: If no such file will do.
        DuplicateOriginal: If a wallpaper with the same bytes is here.
    """
    parcel = announced(fields, account=account, now=now)
    require_new(parcel.sha256, catalogue)
    return _progress(parcels.announce(parcel), frozenset(), parcels)


def find(parcel_id: str, parcels: Parcels, *, account: str, now: datetime) -> Parcel:
    """The parcel of ``account`` with this id.

    Raises:
        UploadNotFound: If there is none; one of somebody else's is none.
    """
    if not is_parcel_id(parcel_id):
        raise UploadNotFound
    parcel = parcels.find(parcel_id)
    if parcel.account != account or parcel.expires_at <= now:
        raise UploadNotFound
    return parcel


def resume(parcel: Parcel, parcels: Parcels) -> Progress:
    """How far ``parcel`` is, with fresh links for what is missing."""
    if parcel.wallpaper_id is not None:
        return Progress(parcel, ())
    return _progress(parcel, parcels.arrived(parcel), parcels)


def complete(  # noqa: PLR0913 - what it takes in, where to, and with what
    parcel: Parcel,
    upload: Completion,
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    parcels: Parcels,
    *,
    now: datetime,
    keep_early: KeepEarly = lambda *_: None,
) -> Wallpaper:
    """Take in what has arrived, exactly as ``ingest`` takes in an upload.

    However often it is asked for, a parcel becomes one wallpaper: its id is the key that an upload
    would bring, so that two who complete it at once never take each other for a duplicate. One
    whose bytes will never do is let go of; one that was only described badly, or looks like another
    wallpaper, can be completed again.

    Raises:
        UploadIncomplete: If parts are missing.
        ChecksumMismatch: If what came is not what was announced.
        WallpaperDeleted: If it was completed and has been deleted since.
    """
    if parcel.wallpaper_id is not None:
        return again(parcel.wallpaper_id, catalogue, originals)
    try:
        with parcels.open(parcel) as file:
            whole = Upload(
                file,
                parcel.file_name,
                parcel.media_type,
                upload.fields,
                uploader=parcel.account,
                key=f"parcel-{parcel.id}",
                near=upload.near,
            )
            wallpaper = ingest(
                whole, catalogue, originals, pictures, now=now, keep_early=keep_early
            )
    except UploadNotFound:
        # Somebody else may have completed it, and let go of the bytes, since it was looked up.
        if (wallpaper_id := parcels.find(parcel.id).wallpaper_id) is None:
            raise
        return again(wallpaper_id, catalogue, originals)
    except _NEVER:
        with _expiring_anyway():
            parcels.discard(parcel)
        raise
    with _expiring_anyway():
        parcels.settle(replace(parcel, wallpaper_id=wallpaper.id))
    return wallpaper


def _progress(parcel: Parcel, arrived: frozenset[int], parcels: Parcels) -> Progress:
    missing = (part for part in parcel.parts if part.number not in arrived)
    links = ((part, parcels.link(parcel, part, lifetime=LINK_LIFETIME)) for part in missing)
    return Progress(parcel, tuple(links))


@contextmanager
def _expiring_anyway() -> Iterator[None]:
    """What is not tidied up now expires by itself; the answer does not wait for it."""
    try:
        yield
    except StorageUnavailable as error:
        log.warning("an upload in parts is left to expire: %s", error)
