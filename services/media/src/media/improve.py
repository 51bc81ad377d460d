"""Putting a better original in place of the one that a wallpaper has."""

from datetime import datetime

from media.appraise import Appraisal
from media.domain.description import InvalidField
from media.domain.wallpaper import Size, Wallpaper
from media.ingest import KeepEarly, Purpose, Upload, read, take_in
from media.ports import Catalogue, Originals, Pictures
from media.retire import put_away


class Worse(Exception):
    """The new picture has fewer pixels than the one that is here.

    Attributes:
        width: Of the one that is here, in pixels.
        height: Likewise.
    """

    def __init__(self, offered: Size, present: Size) -> None:
        super().__init__(
            f"The picture measures {offered}, fewer pixels than the {present} that are here. "
            "Send it again with ?smaller=accept if it is better all the same."
        )
        self.width = present.width
        self.height = present.height


def improve(  # noqa: PLR0913 - what it takes in, where to, and with what
    wallpaper: Wallpaper,
    upload: Upload,
    catalogue: Catalogue,
    originals: Originals,
    pictures: Pictures,
    *,
    smaller: bool,
    now: datetime,
    keep_early: KeepEarly = lambda *_: None,
) -> Wallpaper:
    """Put what was uploaded in place of the original of ``wallpaper``, as it was read.

    Its id, address, description, counters and age stay; whatever the picture itself tells is told
    anew. The order is that of ``ingest``; the former original goes only after all that, and its
    bytes stay 30 days for operators.

    Args:
        wallpaper: As it was read; it must still be so.
        upload: A file, of which nothing is said.
        catalogue: Where its record is.
        originals: Where its bytes and its sidecar are.
        pictures: Looks inside.
        smaller: Whether it may have fewer pixels.
        now: The time of the change.
        keep_early: As ``ingest`` has it.

    Raises:
        Worse: If it has fewer pixels and must not.
        VersionMismatch: If the wallpaper was changed in the meantime.
        InvalidField: If the form says more than the file.
        DuplicateOriginal, NearDuplicate: If it is, or looks the same as, another wallpaper.
        TooLarge, NotAPicture, PictureRefused: If it is no picture that we take.
        KeyReused, KeyInUse: If the key stands for another upload, or for one that is running.
    """
    for field in upload.fields:
        raise InvalidField(field, "is not taken here; PATCH the wallpaper to describe it")

    def make(seen: Appraisal) -> Wallpaper:
        original = seen.original
        if not smaller and original.size.pixels < wallpaper.original.size.pixels:
            raise Worse(original.size, wallpaper.original.size)
        return wallpaper.improved(original, seen.look, now=now)

    purpose = Purpose(make, catalogue.update, {"original of": wallpaper.id})
    improved = take_in(
        upload, purpose, catalogue, originals, pictures, now=now, keep_early=keep_early
    )
    return tidied(improved, catalogue, originals)


def is_original(wallpaper: Wallpaper, upload: Upload) -> bool:
    """Whether what was uploaded is the original that ``wallpaper`` has.

    Then there is nothing to change, whichever version the sender thinks of: they may not have
    heard that it worked.
    """
    return read(upload.file)[1] == wallpaper.original.sha256


def tidied(wallpaper: Wallpaper, catalogue: Catalogue, originals: Originals) -> Wallpaper:
    """``wallpaper``, its sidecar certainly written and its former original out of sight.

    The former sidecar gets a tombstone: else a rebuild could make a wallpaper of it once the bytes
    of the later one belong to somebody else.
    """
    originals.describe(wallpaper)
    if (former := wallpaper.former) is not None:
        originals.describe(wallpaper.superseded)
        put_away(former.sha256, catalogue, originals)
    return wallpaper
