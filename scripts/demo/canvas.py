"""What pictures are painted on: planes of colour, masks without jagged edges, and film grain."""

import math
from copy import copy
from typing import Self

import numpy as np
from PIL import Image

from scripts.demo.colour import Colour, Pixels, Plane
from scripts.demo.noise import Rng

BAND = 96
"""Rows painted at a time: few enough to stay in the processor's cache."""


def smoothstep(start: float, end: float, value: Plane) -> Plane:
    """From 0 where ``value`` is ``start`` to 1 where it is ``end``, without a corner."""
    t: Plane = np.clip((value - start) / (end - start), 0, 1)
    return t * t * (3 - 2 * t)


def falloff(distance: Plane, reach: float, power: float = 1.0) -> Plane:
    """From 1 at no distance towards 0, a third left at ``reach``."""
    scaled = distance / reach
    fallen: Plane = np.exp(-(scaled if power == 1 else scaled**power))
    return fallen


class Canvas:
    """A picture being painted.

    Places run from 0 to 1, left to right and top to bottom; lengths are told in heights of the
    picture, so that what is painted does not depend on how many pixels there are.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.aspect = width / height
        self.x: Plane = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, :]
        self.y: Plane = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        self.pixels: Pixels = np.zeros((3, height, width), np.float32)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return self.width, self.height

    @property
    def density(self) -> float:
        """How many more things there are to a height, in a picture taller than wide."""
        return max(1.0, math.pow(self.aspect, -0.4))

    def part(self, at: tuple[float, float], reach: float) -> Self:
        """What lies within ``reach`` heights of a place; painting on it paints on the picture."""
        rows = _within(self.y[:, 0], at[1], reach)
        columns = _within(self.x[0], at[0], reach / self.aspect)
        part = copy(self)
        part.y, part.x = self.y[rows], self.x[:, columns]
        part.pixels = self.pixels[:, rows, columns]
        return part

    def fill(self, colours: Pixels) -> None:
        """Paint all of it, with planes that may be broadcast."""
        self.pixels[:] = colours

    def over(self, mask: Plane, colours: Pixels | Colour, *, top: int = 0) -> None:
        """Lay ``colours`` over the picture.

        Args:
            mask: How much of each row, or of each pixel of it, they cover, 0 to 1.
            colours: One colour, or planes as high as ``mask``.
            top: The row of the picture where ``mask`` and ``colours`` begin.
        """
        planes = colours.reshape(3, 1, 1) if colours.ndim == 1 else colours
        for start in range(0, mask.shape[0], BAND):
            rows = slice(start, min(start + BAND, mask.shape[0]))
            below = self.pixels[:, top + rows.start : top + rows.stop]
            above = planes[:, rows] if planes.shape[1] > 1 else planes
            below += (above - below) * mask[rows]

    def add(self, light: Plane, tint: Colour) -> None:
        """Shine ``light`` of colour ``tint`` onto the picture; never brighter than white."""
        for plane, strength in zip(self.pixels, tint, strict=True):
            shone = np.clip(light * strength, 0, 1)
            np.add(plane, (1 - plane) * shone, out=plane)

    def multiply(self, shade: Plane) -> None:
        """Darken the picture by ``shade``, 1 for not at all."""
        self.pixels *= shade

    def distance(self, x: float, y: float) -> Plane:
        """From a place, in heights."""
        away: Plane = np.hypot((self.x - x) * self.aspect, self.y - y)
        return away

    def disc(self, distance: Plane, radius: float) -> Plane:
        """A mask of what is nearer than ``radius`` heights, its edge one pixel soft."""
        mask: Plane = np.clip((radius - distance) * self.height + 0.5, 0, 1)
        return mask

    def below(self, line: Plane) -> tuple[int, Plane, Plane]:
        """What lies below a line that has one place for each column.

        Returns:
            The row where it begins; from there down how far each pixel lies below the line,
            in heights; and the mask of it, soft across the line however steep that is.
        """
        top = int(np.clip(np.floor(float(line.min()) * self.height) - 2, 0, self.height - 1))
        depth = self.y[top:] - line[None, :]
        slope = np.gradient(line * self.height)
        steepness = (self.height / np.sqrt(1 + slope**2)).astype(np.float32)[None, :]
        mask = np.clip(depth * steepness + 0.5, 0, 1)
        return top, depth, mask

    def finished(self, rng: Rng, *, grain: float = 1.3) -> Image.Image:
        """The picture, with ``grain`` 256ths of film grain so that no gradient shows bands."""
        encoded = np.empty((self.height, self.width, 3), np.uint8)
        for start in range(0, self.height, BAND):
            rows = slice(start, start + BAND)
            shape = self.pixels[0, rows].shape
            noise = rng.standard_normal(shape, dtype=np.float32) * grain
            for channel in range(3):
                levels = self.pixels[channel, rows] * 255 + noise
                np.rint(levels, out=levels)
                np.clip(levels, 0, 255, out=levels)
                encoded[rows, :, channel] = levels
        return Image.fromarray(encoded)


def _within(places: Plane, middle: float, reach: float) -> slice:
    first, last = np.searchsorted(places, (middle - reach, middle + reach))
    return slice(int(first), int(last))
