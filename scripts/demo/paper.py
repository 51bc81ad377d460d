"""Sheets of cut paper, each throwing its shadow on the one behind it."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import colour
from scripts.demo.noise import Rng, fractal


@dataclass(frozen=True, slots=True)
class Paper:
    """How to cut paper.

    Attributes:
        sheets: Their colours, from the one at the back to the one in front.
        wave: How high the waves are that are cut, in heights.
    """

    sheets: tuple[str, ...]
    wave: float = 0.075

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Lay the sheets on one another, then give all of them the grain of paper."""
        canvas.fill(colour(self.sheets[0]).reshape(3, 1, 1))
        for number, sheet in enumerate(self.sheets[1:], 1):
            self._lay(canvas, rng, sheet, at=number / len(self.sheets))
        fibre = fractal(rng, canvas.size, cells=240, octaves=3, gain=0.8, stretch=1.6)
        canvas.pixels += (fibre - 0.5) * 0.07

    def _lay(self, canvas: Canvas, rng: Rng, sheet: str, *, at: float) -> None:
        turn = canvas.x[0].astype(np.float64) * 2 * np.pi * canvas.aspect / 1.78
        first, second, third = rng.random(3) * 2 * np.pi
        pace = rng.uniform(0.7, 1.1)
        waves = np.sin(turn * pace + first) + 0.46 * np.sin(turn * pace * 2.3 + second)
        waves = waves + 0.15 * np.sin(turn * pace * 5.1 + third)
        line = (at * 1.02 - 0.02 + self.wave * waves).astype(np.float32)

        above = line[None, :] - canvas.y
        near: np.ndarray[tuple[int, ...], np.dtype[np.float32]] = np.where(
            above > 0, np.exp(-np.maximum(above, 0) / 0.011) * 0.30, 0
        )
        wide = np.exp(-np.maximum(above, 0) / 0.055) * 0.30
        shade = 1 - np.where(above > 0, near + wide, 0)
        canvas.multiply(shade)

        top, depth, mask = canvas.below(line)
        light = 1.05 - 0.15 * np.clip(depth / 0.25, 0, 1)
        light += np.exp(-np.maximum(depth, 0) / 0.0022) * 0.10
        paint = colour(sheet).reshape(3, 1, 1) * light
        canvas.over(mask, np.clip(paint, 0, 1), top=top)
