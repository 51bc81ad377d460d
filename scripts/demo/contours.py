"""A map of land that does not exist, by its contour lines."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Ramp, colour
from scripts.demo.noise import Rng, fractal


@dataclass(frozen=True, slots=True)
class Contours:
    """How to draw the map.

    Attributes:
        ground: Colours from the lowest land to the highest.
        ink: Colour of the lines.
        levels: How many lines lie between the lowest and the highest point.
    """

    ground: tuple[str, ...]
    ink: str
    levels: int = 28

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Tint the land by its height, then draw every line, each fifth one bolder."""
        scale = canvas.density
        land = fractal(rng, canvas.size, cells=1.7 * scale, octaves=4, gain=0.40)
        height = land * self.levels
        nearest = np.rint(height)
        down, across = np.gradient(height)
        apart = np.abs(height - nearest) / (np.hypot(across, down) + 1e-6)
        unit = max(canvas.size) / 3840
        canvas.fill(Ramp(self.ground)(np.floor(height) / self.levels))
        bold = (nearest % 5 == 0).astype(np.float32)
        half = unit * (1.15 + 0.95 * bold)
        strength = 0.55 + 0.40 * bold
        # A line finer than a pixel is drawn a pixel wide and that much fainter.
        drawn = np.maximum(half, 0.5)
        mask = np.clip(drawn - apart + 0.5, 0, 1) * strength * (half / drawn)
        canvas.over(mask, colour(self.ink))
