"""Taking a wallpaper in: nothing is acknowledged before its bytes and its record are kept."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO, Any, Protocol

from media.appraise import Appraisal, appraise
from media.domain.claim import Claim, make_claim
from media.domain.container import MOST_BYTES, TooLarge
from media.domain.description import described, offered, title_from
from media.domain.likeness import SAME
from media.domain.renditions import EARLY, Variant
from media.domain.wallpaper import Description, Original, Wallpaper, publish
from media.ports import (
    Catalogue,
    CatalogueUnavailable,
    DuplicateOriginal,
    Image,
    NearDuplicate,
    Neighbours,
    Originals,
    Overtaken,
    Pictures,
    VersionMismatch,
)
from media.retire import put_away
from media.show import WallpaperDeleted

log = logging.getLogger(__name__)
KeepEarly = Callable[[Original, Mapping[Variant, Image]], None]
"""Is handed the images that were made on the way, once the picture itself is kept."""
_ATTEMPTS = 8


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
        near: Whether it may look the same as a wallpaper that is here.
    """

    file: IO[bytes]
    file_name: str
    media_type: str | None
    fields: Mapping[str, Any]
    uploader: str
    key: str | None = None
    near: bool = False


class Commit(Protocol):
    """Writes a record: ``Catalogue.publish`` or ``Catalogue.update``."""

    def __call__(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        """Keep ``wallpaper`` and settle ``claim``, both or neither."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a file is taken in for.

    Attributes:
        make: The record that it makes.
        commit: Writes that record.
        facts: What distinguishes this upload from another of the same bytes with the same key.
    """

    make: Callable[[Appraisal], Wallpaper]
    commit: Commit
    facts: Mapping[str, Any]


def ingest(
    upload: Upload,
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    *,
    now: datetime,
    keep_early: KeepEarly = lambda *_: None,
) -> Wallpaper:
    """Keep what was uploaded, and return its record.

    The order is the promise: the bytes, then the record with its claim in one transaction, then the
    sidecar; whoever is told that it worked can rely on all three. The same upload with the same key
    returns the same record. One that fails leaves no record, and its key free.

    Raises:
        UnknownField, InvalidField: If it is described in a way that we cannot keep.
        TooLarge, NotAPicture, PictureRefused: If it is no picture that we take.
        DuplicateOriginal: If a wallpaper with the same bytes is here.
        NearDuplicate: If one is that looks the same, unless the upload says that it may.
        KeyReused, KeyInUse: If the key stands for another upload, or for one that is running.
        WallpaperDeleted: If what was uploaded with this key has been deleted since.
        PicturesBusy, CatalogueUnavailable, StorageUnavailable: If it may work a little later.
    """
    plain = Description(title_from(upload.file_name))
    described(plain, upload.fields)  # a mistake there is told of before any decoding

    def make(seen: Appraisal) -> Wallpaper:
        description = described(offered(plain, seen.claims), upload.fields)
        return publish(seen.original, description, seen.look, uploader=upload.uploader, now=now)

    purpose = Purpose(make, catalogue.publish, upload.fields)
    return take_in(upload, purpose, catalogue, originals, pictures, now=now, keep_early=keep_early)


def take_in(
    upload: Upload,
    purpose: Purpose,
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    *,
    now: datetime,
    keep_early: KeepEarly = lambda *_: None,
) -> Wallpaper:
    """Keep a file for ``purpose``, in the order and with the errors of ``ingest``."""
    data, sha256 = read(upload.file)
    claim = None
    if upload.key is not None:
        claim = make_claim(upload.uploader, upload.key, sha256=sha256, fields=purpose.facts)
        if (done := catalogue.claim(claim, now=now)) is not None:
            return again(done, catalogue, originals)
    with _released_unless_kept(claim, catalogue):
        try:
            require_new(sha256, catalogue)
            seen = appraise(
                data,
                pictures,
                file_name=upload.file_name,
                media_type=upload.media_type,
                making=EARLY,
            )
            wallpaper = purpose.make(seen)
            _keep(
                wallpaper, upload, partial(purpose.commit, wallpaper, claim), catalogue, originals
            )
        except DuplicateOriginal as error:
            with suppress(WallpaperDeleted):
                again(error.wallpaper_id, catalogue, originals)
            raise
    originals.describe(wallpaper)
    keep_early(wallpaper.original, seen.images)
    return wallpaper


def require_new(sha256: str, catalogue: Catalogue) -> None:
    """Return unless a wallpaper with these bytes is here.

    Raises:
        DuplicateOriginal: If one is.
    """
    if (holder := catalogue.holder(sha256)) is not None:
        raise DuplicateOriginal(holder)


def read(file: IO[bytes]) -> tuple[bytes, str]:
    """All of ``file``, and its SHA-256.

    Raises:
        TooLarge: If it is longer than any that we take.
    """
    if (size := file.seek(0, os.SEEK_END)) > MOST_BYTES:
        raise TooLarge(f"The file has {size:,} bytes; at most {MOST_BYTES:,} are taken.")
    file.seek(0)
    data = file.read()
    return data, hashlib.sha256(data).hexdigest()


def again(wallpaper_id: str, catalogue: Catalogue, originals: Originals) -> Wallpaper:
    """The wallpaper that is here already, its sidecar certainly written.

    Whoever uploaded it may have been cut off just before the sidecar, and asks again.

    Raises:
        WallpaperDeleted: If only its tombstone is left.
    """
    wallpaper = catalogue.get(wallpaper_id, fresh=True)
    originals.describe(wallpaper)
    if wallpaper.is_deleted:
        raise WallpaperDeleted(wallpaper_id)
    return wallpaper


def _keep(
    wallpaper: Wallpaper,
    upload: Upload,
    commit: Callable[..., None],
    catalogue: Catalogue,
    originals: Originals,
) -> None:
    among = None if upload.near else _distinct(wallpaper, catalogue)
    was_there = not originals.put(wallpaper.original, upload.file)
    try:
        _commit(wallpaper, commit, among, catalogue)
    except (NearDuplicate, VersionMismatch):
        put_away(wallpaper.original.sha256, catalogue, originals)
        raise
    if was_there:
        # Its last holder may have been deleted, and the bytes with it, before ours was published.
        originals.put(wallpaper.original, upload.file)


def _commit(
    wallpaper: Wallpaper,
    commit: Callable[..., None],
    among: Neighbours | None,
    catalogue: Catalogue,
) -> None:
    """Write the record, however often others come in between who may look the same."""
    for _ in range(_ATTEMPTS):
        try:
            return commit(among=among)
        except Overtaken:
            among = _distinct(wallpaper, catalogue)
    raise CatalogueUnavailable("Too many pictures like this one are coming in at once.")


def _distinct(wallpaper: Wallpaper, catalogue: Catalogue) -> Neighbours:
    """Its neighbours, none of which looks the same."""
    neighbours = catalogue.neighbours(wallpaper.look)
    for neighbour in neighbours.nearest:
        if neighbour.distance <= SAME and neighbour.wallpaper_id != wallpaper.id:
            require_new(wallpaper.original.sha256, catalogue)  # the same bytes: that says more
            raise NearDuplicate(neighbour)
    return neighbours


@contextmanager
def _released_unless_kept(claim: Claim | None, catalogue: Catalogue) -> Iterator[None]:
    """Give ``claim`` back if nothing comes of it."""
    try:
        yield
    except Exception:
        if claim is not None:
            try:
                catalogue.release(claim)
            except CatalogueUnavailable as error:
                log.warning("idempotency key not released, its lease will end: %s", error)
        raise
