"""Soft fields of colour that run into one another."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import from_oklab, oklab
from scripts.demo.noise import Rng, fractal, resized, scattered

_FINEST = 540
"""Rows that are enough for something this soft; the rest is enlarged from them."""


@dataclass(frozen=True, slots=True)
class Gradient:
    """How to paint a gradient.

    Attributes:
        colours: Of the fields.
        fields: How many.
        reach: Of a field, in heights.
        fold: How far the fields are pushed out of round.
    """

    colours: tuple[str, ...]
    fields: int = 7
    reach: float = 0.42
    fold: float = 0.45

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Weigh the fields against one another in Oklab, small, and enlarge the outcome."""
        small = Canvas(round(_FINEST * canvas.aspect), _FINEST)
        scale = canvas.density
        push = self.fold * scale
        across = fractal(rng, small.size, cells=1.4 * scale, octaves=3) - 0.5
        down = fractal(rng, small.size, cells=1.4 * scale, octaves=3) - 0.5
        x = small.x * canvas.aspect + across * push
        y = small.y + down * push
        mixed = np.zeros((3, *across.shape))
        total = np.zeros(across.shape)
        places = scattered(rng, self.fields, canvas.aspect)
        for field, (left, top) in enumerate(places):
            reach = self.reach * rng.uniform(0.5, 1.0)
            squared = (x - left) ** 2 + (y - top) ** 2
            weight = np.exp(-squared / reach**2 * 1.5) + 1e-4
            mixed += weight * oklab(self.colours[field % len(self.colours)])[:, None, None]
            total += weight
        for plane, mild in zip(canvas.pixels, from_oklab(mixed / total), strict=True):
            plane[:] = resized(mild, *canvas.size)
