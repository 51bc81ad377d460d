"""Media's records and files, made for a test."""

import hashlib
import io
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from PIL import Image as PillowImage

from media.domain.claim import Claim
from media.domain.wallpaper import (
    Description,
    Look,
    Original,
    PictureType,
    Point,
    Size,
    Swatch,
    Wallpaper,
    new_id,
)
from media.ports import Originals

NOON = datetime(2026, 1, 2, 12, 0, 0, 345_000, tzinfo=UTC)

A_LOOK = Look(
    palette=(Swatch("#0b3d91", 0.75), Swatch("#f5f5f0", 0.25)),
    lum=0.5,
    sat=0.25,
    oled=0.0,
    focal=Point(0.5, 0.5),
    dhash="0123456789abcdef",
    phash="fedcba9876543210",
    thumbhash="3wcKNJpwd3eAh4h3iIdwcAf3hw==",
    lqip="data:image/webp;base64,UklGRg==",
)


def an_original(data: bytes = b"a picture", **changes: Any) -> Original:
    """What would be known of ``data`` if it were a picture, except for ``changes``."""
    plain = Original(
        sha256=hashlib.sha256(data).hexdigest(),
        type=PictureType.JPEG,
        bytes=len(data),
        size=Size(3840, 2160),
    )
    return replace(plain, **changes)


def a_wallpaper(**changes: Any) -> Wallpaper:
    """A wallpaper like any other, with an id and bytes of its own, except for ``changes``."""
    plain = Wallpaper(
        id=new_id(),
        uploader="ada",
        original=an_original(secrets.token_bytes(8)),
        description=Description("Pine ridge", tags=frozenset({"forest", "fog"})),
        look=A_LOOK,
        created_at=NOON,
        changed_at=NOON,
    )
    return replace(plain, **changes)


def a_kept_wallpaper(originals: Originals, **changes: Any) -> Wallpaper:
    """A wallpaper like any other, whose bytes and sidecar are among ``originals``."""
    data = secrets.token_bytes(64)
    wallpaper = a_wallpaper(original=an_original(data), **changes)
    originals.put(wallpaper.original, io.BytesIO(data))
    originals.describe(wallpaper)
    return wallpaper


def a_claim(**changes: Any) -> Claim:
    """A claim like any other, with a token of its own, except for ``changes``."""
    plain = Claim(account="ada", key="first", fingerprint="f1", token=secrets.token_hex(8))
    return replace(plain, **changes)


def a_file(
    width: int = 640, height: int = 400, *, suffix: str = ".jpg", seed: int = 1, **options: Any
) -> bytes:
    """A whole picture file with content of its own for each ``seed``.

    Args:
        width: In pixels.
        height: Likewise.
        suffix: Of the format: ``.jpg``, ``.png`` or ``.webp``.
        seed: Another one gives another picture.
        options: Of Pillow's encoder.
    """
    rng = np.random.default_rng(seed)
    small = PillowImage.fromarray(rng.integers(0, 255, (6, 10, 3), dtype=np.uint8))
    soft = small.resize((width, height), PillowImage.Resampling.BICUBIC)
    return a_file_of(soft, suffix=suffix, **options)


def a_file_of(picture: PillowImage.Image, *, suffix: str = ".jpg", **options: Any) -> bytes:
    """``picture`` as a file."""
    kind = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".gif": "GIF", ".tif": "TIFF"}[suffix]
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def a_file_of_exactly(count: int) -> bytes:
    """A whole JPEG of so many bytes, most of them comments."""
    data = a_file()
    longest = 65_537  # marker, length and all
    whole, rest = divmod(count - len(data) - 4, longest)
    comments = [longest] * whole + [rest + 4]
    padding = (b"\xff\xfe" + (each - 2).to_bytes(2, "big") + bytes(each - 4) for each in comments)
    return data[:2] + b"".join(padding) + data[2:]


def opened(body: bytes) -> PillowImage.Image:
    """What a second opinion sees in ``body``: Pillow, decoding all of it."""
    picture = PillowImage.open(io.BytesIO(body))
    picture.load()
    return picture
