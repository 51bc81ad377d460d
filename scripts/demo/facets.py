"""A surface of triangles, lit from one side."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Colour, Ramp
from scripts.demo.noise import Rng, fractal
from scripts.demo.shapes import Outline, painted

_LIGHT = np.array([-0.45, -0.55, 0.70])


@dataclass(frozen=True, slots=True)
class Facets:
    """How to fold the surface.

    Attributes:
        colours: From the lowest part of it to the highest.
        rows: How many squares there are to the height, each folded into two triangles.
    """

    colours: tuple[str, ...]
    rows: int = 14

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Shift the corners of a grid, lift them, and light each triangle by its slope."""
        columns = round(self.rows * canvas.aspect)
        shift = rng.uniform(-0.40, 0.40, (2, self.rows + 3, columns + 3))
        down, across = np.mgrid[-1 : self.rows + 2, -1 : columns + 2]
        x = (across + shift[0]) * canvas.aspect / columns
        y = (down + shift[1]) / self.rows
        broad = fractal(rng, (columns + 3, self.rows + 3), cells=2.0, octaves=3)
        lift = broad + rng.uniform(-0.10, 0.10, broad.shape)
        corners = np.stack((x, y, lift * 0.16), axis=-1)
        level = 0.62 * broad + 0.38 * np.clip(y, 0, 1)
        level = (level - level.min()) / (level.max() - level.min())
        flips = rng.random(broad.shape) < 0.5
        jitter = rng.uniform(-0.045, 0.045, (*broad.shape, 2))
        ramp = Ramp(self.colours)

        def facets() -> Iterator[tuple[Outline, Colour]]:
            for row, column in np.ndindex(self.rows + 2, columns + 2):
                square = [
                    (row, column),
                    (row, column + 1),
                    (row + 1, column + 1),
                    (row + 1, column),
                ]
                if flips[row, column]:
                    square = square[1:] + square[:1]
                for half, trio in enumerate((square[:3], [square[0], *square[2:]])):
                    points = np.array([corners[place] for place in trio])
                    normal = np.cross(points[1] - points[0], points[2] - points[0])
                    facing = float(normal @ _LIGHT / np.linalg.norm(normal))
                    middle = float(np.mean([level[place] for place in trio]))
                    tint = ramp.at(middle + jitter[row, column, half])
                    yield [(x, y) for x, y, _ in points], tint * (0.80 + 0.32 * facing)

        canvas.fill(painted(canvas, self.colours[0], facets()))
