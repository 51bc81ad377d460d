"""A wallpaper of the collection, as a file."""

import hashlib
import io
from functools import cache

import numpy as np
from PIL import Image

from scripts.demo.canvas import Canvas
from scripts.demo.collection import Wallpaper

SMALL = 4
"""How many times smaller than life a small picture is, on each side."""


def picture(wallpaper: Wallpaper, *, small: bool = False) -> Image.Image:
    """Paint ``wallpaper``: the same pixels each time, and the same picture at either size."""
    width, height = size(wallpaper, small=small)
    seed = hashlib.sha256(wallpaper.title.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(seed[:8], "big"))
    canvas = Canvas(width, height)
    wallpaper.look.paint(canvas, rng)
    return canvas.finished(rng, grain=0 if wallpaper.format == "png" else 1.3)


def size(wallpaper: Wallpaper, *, small: bool = False) -> tuple[int, int]:
    """How large the picture is, in pixels."""
    width, height = wallpaper.size
    return (round(width / SMALL), round(height / SMALL)) if small else (width, height)


def encoded(wallpaper: Wallpaper, *, small: bool = False) -> bytes:
    """The picture as a file of its format."""
    image = picture(wallpaper, small=small)
    file = io.BytesIO()
    match wallpaper.format:
        case "png":
            image.save(file, "PNG", compress_level=6)
        case "webp":
            image.save(file, "WEBP", quality=90, method=2)
        case _:
            tables = _tables(quality=92)
            image.save(file, "JPEG", qtables=tables, subsampling=0, optimize=True)
    return file.getvalue()


@cache
def _tables(*, quality: int) -> list[list[int]]:
    """The quantisation tables of ``quality``, but exact in the slowest waves.

    Those carry a gradient from block to block: rounded to threes and fours, a sky shows steps.
    """
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", quality=quality)
    with Image.open(file) as probe:
        tables = [list(table) for table in vars(probe)["quantization"].values()]
    return [[1, 1, 1, *table[3:]] for table in tables]
