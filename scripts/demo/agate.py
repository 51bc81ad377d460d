"""Polished stone: bands that folded while they were soft."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Ramp, colour
from scripts.demo.noise import Rng, fractal, normalised, resized, sampled


@dataclass(frozen=True, slots=True)
class Agate:
    """How to polish the stone.

    Attributes:
        colours: Of its bands.
        bands: How many.
    """

    colours: tuple[str, ...]
    bands: int = 9

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Fold a field small, for it is smooth; band it large, for the bands are sharp."""
        half = canvas.width // 2, canvas.height // 2
        scale = canvas.density
        down = fractal(rng, half, cells=1.5 * scale, octaves=4, gain=0.45) - 0.5
        across = fractal(rng, half, cells=1.5 * scale, octaves=4, gain=0.45) - 0.5
        stone = fractal(rng, half, cells=1.4 * scale, octaves=4, gain=0.42)
        column = np.arange(half[0], dtype=np.float32)[None, :] + across * half[1]
        row = np.arange(half[1], dtype=np.float32)[:, None] + down * half[1]
        folded = resized(normalised(sampled(stone, column, row)), *canvas.size)

        growth = folded * self.bands
        number = np.floor(growth)
        along = growth - number
        # Each band darkens slowly outwards and turns back within its last tenth.
        shade = np.where(along < 0.9, along / 0.9, (1 - along) * 10)
        layered = shade * 0.5 + ((number * 0.618) % 1) * 0.5
        fine = np.sin(growth * 44) * 0.018
        canvas.fill(Ramp(self.colours)(layered + fine))
        edge = np.minimum(along, 1 - along)
        canvas.over(np.exp(-edge * 26) * 0.32, colour("#fff5dc"))
