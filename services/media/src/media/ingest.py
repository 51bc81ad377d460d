"""Taking a wallpaper in: nothing is acknowledged before its bytes and its record are kept."""

import hashlib
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from media.appraise import appraise
from media.domain.claim import Claim, make_claim
from media.domain.container import MOST_BYTES, TooLarge
from media.domain.description import described, title_from
from media.domain.wallpaper import Description, Wallpaper, publish
from media.ports import Catalogue, CatalogueUnavailable, DuplicateOriginal, Originals, Pictures
from media.show import WallpaperDeleted

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody sent.

    Attributes:
        file: The picture's bytes; can be read from anywhere.
        file_name: As the sender calls it.
        media_type: What the sender says it is, if they say.
        fields: The form's other fields.
        uploader: The account that sent it.
        key: Its ``Idempotency-Key``, if it has one.
    """

    file: IO[bytes]
    file_name: str
    media_type: str | None
    fields: Mapping[str, str]
    uploader: str
    key: str | None = None


def ingest(
    upload: Upload,
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    *,
    now: datetime,
) -> Wallpaper:
    """Keep what was uploaded, and return its record.

    The order is the promise: the bytes, then the record with its claim in one transaction, then the
    sidecar; whoever is told that it worked can rely on all three. The same upload with the same key
    returns the same record. One that fails leaves no record, and its key free.

    Raises:
        UnknownField, InvalidField: If it is described in a way that we cannot keep.
        TooLarge, NotAPicture, PictureRefused: If it is no picture that we take.
        DuplicateOriginal: If a wallpaper with the same bytes is here.
        KeyReused, KeyInUse: If the key stands for another upload, or for one that is running.
        WallpaperDeleted: If what was uploaded with this key has been deleted since.
        PicturesBusy, CatalogueUnavailable, StorageUnavailable: If it may work a little later.
    """
    description = described(Description(title_from(upload.file_name)), upload.fields)
    data, sha256 = _read(upload.file)
    claim = None
    if upload.key is not None:
        claim = make_claim(upload.uploader, upload.key, sha256=sha256, fields=upload.fields)
        if (done := catalogue.claim(claim, now=now)) is not None:
            return _again(done, catalogue, originals)
    try:
        _require_new(sha256, catalogue)
        original, seen = appraise(
            data, pictures, file_name=upload.file_name, media_type=upload.media_type
        )
        wallpaper = publish(original, description, seen, uploader=upload.uploader, now=now)
        _keep(wallpaper, upload.file, claim, catalogue, originals)
    except DuplicateOriginal as error:
        _release(claim, catalogue)
        with suppress(WallpaperDeleted):
            _again(error.wallpaper_id, catalogue, originals)
        raise
    except Exception:
        _release(claim, catalogue)
        raise
    originals.describe(wallpaper)
    return wallpaper


def _require_new(sha256: str, catalogue: Catalogue) -> None:
    if (holder := catalogue.holder(sha256)) is not None:
        raise DuplicateOriginal(holder)


def _read(file: IO[bytes]) -> tuple[bytes, str]:
    if (size := file.seek(0, os.SEEK_END)) > MOST_BYTES:
        raise TooLarge(f"The file has {size:,} bytes; at most {MOST_BYTES:,} are taken.")
    file.seek(0)
    data = file.read()
    return data, hashlib.sha256(data).hexdigest()


def _keep(
    wallpaper: Wallpaper,
    file: IO[bytes],
    claim: Claim | None,
    catalogue: Catalogue,
    originals: Originals,
) -> None:
    was_there = not originals.put(wallpaper.original, file)
    catalogue.publish(wallpaper, claim)
    if was_there:
        # Its last holder may have been deleted, and the bytes with it, before ours was published.
        originals.put(wallpaper.original, file)


def _again(wallpaper_id: str, catalogue: Catalogue, originals: Originals) -> Wallpaper:
    """The wallpaper that is here already, its sidecar certainly written.

    Whoever uploaded it may have been cut off just before the sidecar, and asks again.
    """
    wallpaper = catalogue.get(wallpaper_id, fresh=True)
    originals.describe(wallpaper)
    if wallpaper.is_deleted:
        raise WallpaperDeleted(wallpaper_id)
    return wallpaper


def _release(claim: Claim | None, catalogue: Catalogue) -> None:
    if claim is None:
        return
    try:
        catalogue.release(claim)
    except CatalogueUnavailable as error:
        log.warning("idempotency key not released, its lease will end: %s", error)
