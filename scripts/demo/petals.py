"""A flower seen from above, petal upon petal."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.demo.canvas import BAND, Canvas
from scripts.demo.colour import Plane, Ramp
from scripts.demo.noise import Rng, fractal

_BEARINGS = 1 << 15
_SHADOW = 0.12


@dataclass(frozen=True, slots=True)
class Petals:
    """How to paint a flower.

    Attributes:
        colours: From the middle of the flower outwards.
        petals: How many in a ring.
        rings: How many rings.
    """

    colours: tuple[str, ...]
    petals: int = 9
    rings: int = 14

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the rings from the outermost inwards, each throwing a shadow."""
        x, y = rng.uniform(0.32, 0.68), rng.uniform(0.32, 0.68)
        wobble = fractal(rng, canvas.size, cells=3, octaves=3) - 0.5
        farthest = 1.06 * float(np.hypot(max(x, 1 - x) * canvas.aspect, max(y, 1 - y)))
        canvas.fill(Ramp(self.colours)(np.ones((1, 1), np.float32)) * 0.8)
        right = (canvas.x - x) * canvas.aspect
        outline = self._outline()
        for start in range(0, canvas.height, BAND):
            rows = slice(start, start + BAND)
            down = canvas.y[rows] - y
            radius = np.hypot(right, down) + wobble[rows] * 0.02
            bearing = np.arctan2(down, right) * (_BEARINGS / (2 * np.pi))
            self._band(canvas, rows, radius, np.floor(bearing).astype(np.int32), outline, farthest)

    def _band(
        self,
        canvas: Canvas,
        rows: slice,
        radius: Plane,
        bearing: NDArray[np.int32],
        outline: tuple[Plane, Plane],
        farthest: float,
    ) -> None:
        """Paint all rings within some rows."""
        rim, relief = outline
        ramp = Ramp(self.colours)
        nearest = radius.min(axis=0)
        for ring in range(self.rings, 0, -1):
            reach = farthest * ring / self.rings
            touched = np.flatnonzero(nearest < reach + _SHADOW)
            if not touched.size:
                return
            across = slice(int(touched[0]), int(touched[-1]) + 1)
            away = radius[:, across]
            turn = (bearing[:, across] + round(ring * 0.61 / (2 * np.pi) * _BEARINGS)) % _BEARINGS
            edge = rim[turn] * reach
            beyond = away - edge
            inner = np.clip(away / edge, 0, 1)
            tone = ((ring - 1) / (self.rings - 1) * 0.85) + 0.15 * (1 - inner)
            shade = 0.70 + (0.34 * inner + relief[turn]) * inner
            mask = np.clip(0.5 - beyond * canvas.height, 0, 1)
            part = canvas.pixels[:, rows, across]
            part *= 1 - np.exp(-np.maximum(beyond, 0) / 0.024) * 0.34
            part += (np.minimum(ramp(tone) * shade, 1) - part) * mask

    def _outline(self) -> tuple[Plane, Plane]:
        """How far a ring reaches and how its petals are curved, for each bearing."""
        turn = np.arange(_BEARINGS) / _BEARINGS * 2 * np.pi
        swing = np.abs(np.cos(turn * self.petals / 2))
        rim = 0.80 + 0.20 * swing**0.6
        relief = (swing**2 - 1) * 0.07 + np.cos(turn * self.petals * 6) * 0.014
        return rim.astype(np.float32), relief.astype(np.float32)
