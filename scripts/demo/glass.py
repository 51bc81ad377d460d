"""Discs of tinted glass, one over another."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Ramp, colour
from scripts.demo.noise import Rng, scattered


@dataclass(frozen=True, slots=True)
class Glass:
    """How to lay the discs.

    Attributes:
        ground: Colours of what lies behind them, from one corner to the other.
        colours: Of the discs.
        discs: How many.
    """

    ground: tuple[str, ...]
    colours: tuple[str, ...]
    discs: int = 7

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Lay the discs, each clearer towards its foot and bright along its upper rim."""
        canvas.fill(Ramp(self.ground)(canvas.y * 0.6 + canvas.x * 0.4))
        places = scattered(rng, self.discs, canvas.aspect).tolist()
        for disc, (right, down) in enumerate(places):
            tint = colour(self.colours[disc % len(self.colours)])
            radius = rng.uniform(0.15, 0.44) * min(1.0, canvas.aspect + 0.2)
            distance = canvas.distance(right / canvas.aspect, down)
            foot = np.clip((canvas.y - (down - radius)) / (2 * radius), 0, 1)
            shadow = np.exp(-np.maximum(distance - radius, 0) / 0.05) * 0.10
            canvas.multiply(1 - shadow)
            glazed = canvas.disc(distance, radius) * (0.86 - 0.62 * foot)
            canvas.over(glazed, tint)
            rim = np.exp(-(((distance - radius) / 0.0022) ** 2))
            canvas.add(rim * (0.5 - 0.42 * foot), np.ones(3, np.float32))
