"""Conifers in fog, row behind row."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, fractal_line
from scripts.demo.shapes import filled

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Forest:
    """How to paint a wood.

    Attributes:
        sky: From the top of the sky down.
        fog: Colour of the fog, and of the furthest trees.
        near: Colour of the nearest trees.
        rows: How many rows of trees.
    """

    sky: tuple[str, ...]
    fog: str
    near: str
    rows: int = 7

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky, then the rows from far to near with fog between them."""
        sky.gradient(canvas, self.sky, horizon=0.8)
        sky.clouds(canvas, rng, np.ones(3, np.float32), amount=0.22, floor=0.55)
        drift = fractal(rng, canvas.size, cells=1.8, octaves=5, stretch=2.5)
        for row in range(self.rows):
            near = row / (self.rows - 1)
            self._row(canvas, rng, near=near, drift=drift)

    def _row(self, canvas: Canvas, rng: Rng, *, near: float, drift: Plane) -> None:
        base = 0.42 + 0.60 * near**1.15
        ground = base + 0.09 * (
            fractal_line(rng, canvas.width, cells=1.4 * canvas.aspect + 0.8, octaves=4) - 0.5
        )
        tall = 0.075 + 0.30 * near**1.4
        places = _along(rng, canvas.aspect, spacing=tall * 0.17)
        trees = [
            _conifer(rng, at=(x, _height(ground, x / canvas.aspect)), tall=tall * size)
            for x, size in zip(places, 0.5 + 0.62 * rng.random(len(places)) ** 1.3, strict=True)
        ]
        floor = [(x * canvas.aspect, y) for x, y in _sampled(ground)]
        soil = [(0.0, 1.0), *floor, (canvas.aspect, 1.0)]
        tip = min(y for tree in trees for _, y in tree)
        top = max(0, int(tip * canvas.height) - 1)
        mask = filled(canvas, [soil, *trees], top=top)
        tint = Ramp((self.fog, self.near)).at(0.06 + 0.94 * near**1.1).reshape(3, 1, 1)
        fog = colour(self.fog).reshape(3, 1, 1)
        sunk = smoothstep(-tall * 0.75, 0.10, canvas.y[top:] - ground.astype(np.float32))
        amount = sunk * (0.45 + 0.55 * drift[top:]) * (1 - near**1.6)
        canvas.over(mask, tint + (fog - tint) * amount, top=top)


def _along(rng: Rng, width: float, *, spacing: float) -> list[float]:
    """Places from one side to the other, about ``spacing`` apart, in heights."""
    steps = spacing * (0.35 + 1.3 * rng.random(int(1.3 * width / spacing) + 8))
    return [float(x) for x in np.cumsum(steps) - spacing if x < width + spacing]


def _height(line: Plane, x: float) -> float:
    return float(line[min(max(int(x * len(line)), 0), len(line) - 1)])


def _sampled(line: Plane, count: int = 160) -> list[Point]:
    return [(i / (count - 1), _height(line, i / (count - 1))) for i in range(count)]


def _conifer(rng: Rng, *, at: Point, tall: float) -> list[Point]:
    """The outline of a spruce: branches that droop, longer towards the foot."""
    x, y = at
    tiers = int(9 + 9 * rng.random())
    slim = 0.15 + 0.06 * rng.random()
    left: list[Point] = []
    right: list[Point] = []
    for side, outline in ((-1, left), (1, right)):
        for tier in range(1, tiers + 1):
            down = (tier / tiers) ** 0.92
            reach = slim * tall * down * (0.72 + 0.42 * rng.random())
            droop = tall / tiers * (0.25 + 0.45 * rng.random())
            level = y - tall * (1 - down)
            outline.append((x + side * reach, level + droop))
            outline.append((x + side * reach * (0.40 + 0.12 * rng.random()), level - droop * 0.15))
    foot = [(x + 0.012 * tall, y + 0.05), (x - 0.012 * tall, y + 0.05)]
    return [(x, y - tall * 1.03), *right, *foot, *reversed(left)]
