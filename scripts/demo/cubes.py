"""Cubes stacked into a sea, seen from a corner."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Colour, Ramp
from scripts.demo.noise import Rng, fractal
from scripts.demo.shapes import Outline, painted

_FACES = ((-150, -90, -30, 1.10), (-30, 30, 90, 0.62), (90, 150, -150, 0.84))
"""Of each visible face: the bearings of its three outer corners, and how much light it gets."""


@dataclass(frozen=True, slots=True)
class Cubes:
    """How to stack the cubes.

    Attributes:
        colours: From the troughs to the crests.
        rows: How many cubes there are to the height.
    """

    colours: tuple[str, ...]
    rows: int = 13

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Stack them from the back, each coloured by a slow noise and a little chance."""
        edge = 1 / (self.rows * 1.5)
        wide = edge * math.sqrt(3)
        columns = math.ceil(canvas.aspect / wide) + 2
        swell = fractal(rng, (columns, self.rows + 3), cells=2.4, octaves=3)
        chance = rng.uniform(-0.08, 0.08, swell.shape)
        ramp = Ramp(self.colours)

        def faces() -> Iterator[tuple[Outline, Colour]]:
            for row, column in np.ndindex(self.rows + 3, columns):
                x, y = (column - 0.5 * (row % 2)) * wide, (row - 0.5) * edge * 1.5
                tint = ramp.at(float(swell[row, column] * 0.92 + chance[row, column]))
                for *turns, light in _FACES:
                    bearings = [math.radians(turn) for turn in turns]
                    rim = [(x + edge * math.cos(t), y + edge * math.sin(t)) for t in bearings]
                    yield [(x, y), *rim], tint * light

        canvas.fill(painted(canvas, self.colours[0], faces()))
