"""Tiles of quarter circles, discs and stripes, as of 1923."""

from dataclasses import dataclass

import numpy as np

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Colour, Plane, colour
from scripts.demo.noise import Rng


@dataclass(frozen=True, slots=True)
class Bauhaus:
    """How to lay the tiles.

    Attributes:
        ground: Colour of what is left free.
        colours: Of the shapes.
        rows: How many tiles there are to the height.
    """

    ground: str
    colours: tuple[str, ...]
    rows: int = 6

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Lay the tiles from a corner that keeps those at both sides alike."""
        canvas.fill(colour(self.ground).reshape(3, 1, 1))
        columns = int(np.ceil(canvas.aspect * self.rows))
        margin = (columns - canvas.aspect * self.rows) / 2
        for row in range(self.rows):
            for column in range(columns):
                self._tile(canvas, rng, left=(column - margin) / self.rows, top=row / self.rows)

    def _tile(self, canvas: Canvas, rng: Rng, *, left: float, top: float) -> None:
        pair = rng.permutation(len(self.colours))[:2]
        back, front = (colour(self.colours[chosen]) for chosen in pair)
        filled, shape, turn = rng.random() < 0.6, int(rng.integers(7)), int(rng.integers(4))
        ringed = rng.random() < 0.45
        side = canvas.height / self.rows
        x0, y0 = round(left * canvas.height), round(top * canvas.height)
        x1, y1 = round(left * canvas.height + side), round(top * canvas.height + side)
        area = np.s_[:, y0:y1, max(x0, 0) : min(x1, canvas.width)]
        x = (np.arange(max(x0, 0), min(x1, canvas.width), dtype=np.float32) + 0.5 - x0) / (x1 - x0)
        y = (np.arange(y0, y1, dtype=np.float32) + 0.5 - y0) / (y1 - y0)
        across, down = np.meshgrid(x, y)
        for _ in range(turn):
            across, down = down, 1 - across
        tile = canvas.pixels[area]
        if filled:
            tile[:] = back.reshape(3, 1, 1)
        for mask, tint in _shapes(shape, across, down, 1 / side, ringed=ringed):
            shade = front if tint else (back if filled else colour(self.ground))
            _blend(tile, mask, shade)


def _blend(tile: Plane, mask: Plane, tint: Colour) -> None:
    tile += (tint.reshape(3, 1, 1) - tile) * mask


def _shapes(
    shape: int, x: Plane, y: Plane, pixel: float, *, ringed: bool
) -> list[tuple[Plane, bool]]:
    """Masks to lay on a tile one after another, and whether each is in front or cut out."""

    def within(inside: Plane) -> Plane:
        soft: Plane = np.clip(inside / pixel + 0.5, 0, 1)
        return soft

    if shape <= 2:
        corner = np.hypot(x, y)
        quarter = [(within(1 - corner), True)]
        return [*quarter, (within(0.5 - corner), False)] if ringed else quarter
    if shape == 3:
        middle = np.hypot(x - 0.5, y - 0.5)
        disc = [(within(0.38 - middle), True)]
        return [*disc, (within(0.16 - middle), False)] if ringed else disc
    if shape == 4:
        return [(within((x + y - 1) * 0.7071), True)]
    if shape == 5:
        waves = np.abs((x * 4) % 1 - 0.5) - 0.25
        return [(within(waves / 4), True)]
    half = np.hypot(x - 0.5, y)
    return [(within(0.5 - half), True)]
