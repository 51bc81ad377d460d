"""Finding out what a picture is and what it shows."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from media.domain.container import TooLarge, check_label, examine
from media.domain.look import look
from media.domain.renditions import Variant
from media.domain.wallpaper import Look, Original
from media.ports import Image, Pictures

MOST_SHOWN = 5_242_880
"""Bytes of a picture that is only looked at, and kept nowhere."""


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a picture turned out to be.

    Attributes:
        original: Its bytes.
        look: What it shows.
        images: The variants that were made on the way.
        claims: What the file says of where it comes from, by the names of our fields.
    """

    original: Original
    look: Look
    images: Mapping[Variant, Image]
    claims: Mapping[str, str]


def appraise(
    data: bytes,
    pictures: Pictures,
    *,
    file_name: str = "",
    media_type: str | None = None,
    making: Sequence[Variant] = (),
) -> Appraisal:
    """What ``data`` is, and what it looks like; all from one decode.

    Args:
        data: The picture's bytes.
        pictures: Who decodes it.
        file_name: As the sender calls it, if they do.
        media_type: What the sender says it is, if they say.
        making: Variants to make on the way.

    Raises:
        NotAPicture, PictureRefused: If it is no picture that we take.
        PicturesBusy: If it may work a little later.
    """
    container = examine(data)
    check_label(container.type, file_name=file_name, media_type=media_type)
    inside = pictures.look_inside(data, making=making)
    sha256 = hashlib.sha256(data).hexdigest()
    original = Original(sha256, container.type, bytes=len(data), size=inside.size)
    return Appraisal(original, look(inside.small, lqip=inside.lqip), inside.images, inside.claims)


def glance(data: bytes, pictures: Pictures, *, media_type: str | None) -> Appraisal:
    """The same for a picture that somebody only shows us, such as to search by it.

    Raises:
        TooLarge: If it has more than ``MOST_SHOWN`` bytes.
        NotAPicture, PictureRefused, PicturesBusy: As ``appraise``.
    """
    if len(data) > MOST_SHOWN:
        raise TooLarge(
            f"The picture has {len(data):,} bytes; at most {MOST_SHOWN:,} are looked at."
        )
    return appraise(data, pictures, media_type=media_type)
