"""Shapes drawn by Pillow at twice the size, so that their edges are smooth when halved."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Colour, Pixels, Plane

OVERSAMPLING = 2

Outline = Sequence[tuple[float, float]]
"""The corners of a polygon: to the right and down, in heights."""


def filled(canvas: Canvas, outlines: Iterable[Outline], *, top: int) -> Plane:
    """A mask of what lies within any of ``outlines``, in heights, from the row ``top`` down."""
    width, height = canvas.width, canvas.height - top
    large = Image.new("L", (width * OVERSAMPLING, height * OVERSAMPLING))
    pen = ImageDraw.Draw(large)
    unit = canvas.height * OVERSAMPLING
    for outline in outlines:
        pen.polygon([(x * unit, y * unit - top * OVERSAMPLING) for x, y in outline], fill=255)
    return np.asarray(large.resize((width, height), Image.Resampling.BOX), np.float32) / 255


def painted(canvas: Canvas, ground: str, shapes: Iterable[tuple[Outline, Colour]]) -> Pixels:
    """``shapes`` laid on ``ground`` one after another, as planes of the whole picture."""
    width, height = canvas.size
    large = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), ground)
    pen = ImageDraw.Draw(large)
    unit = height * OVERSAMPLING
    for outline, tint in shapes:
        pen.polygon([(x * unit, y * unit) for x, y in outline], fill=ink(tint))
    small = large.resize(canvas.size, Image.Resampling.HAMMING)
    return np.asarray(small, np.float32).transpose(2, 0, 1) / 255


def ink(tint: Colour) -> tuple[int, int, int]:
    """``tint`` as Pillow wants it."""
    red, green, blue = (round(min(max(float(channel), 0.0), 1.0) * 255) for channel in tint)
    return red, green, blue
