"""A city at night: towers in the haze, and the windows of those who are still awake."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from scripts.demo import sky
from scripts.demo.canvas import Canvas
from scripts.demo.colour import Ramp, colour
from scripts.demo.noise import Rng
from scripts.demo.shapes import ink


@dataclass(frozen=True, slots=True)
class City:
    """How to paint a city.

    Attributes:
        sky: From the top of the sky to the horizon.
        towers: Colours of the furthest and the nearest towers.
        lamps: Colours of lit windows.
        moon: Where it stands, if it is up.
        moonlight: Its colour.
        layers: How many rows of towers.
    """

    sky: tuple[str, ...]
    towers: tuple[str, str]
    lamps: tuple[str, ...]
    moon: tuple[float, float] | None = None
    moonlight: str = "#fff0d2"
    layers: int = 6

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky, then the towers from far to near with haze between them."""
        sky.gradient(canvas, self.sky, horizon=0.86)
        sky.stars(canvas, rng, 300, floor=0.55, brightness=0.7)
        if self.moon:
            sky.sun(canvas, self.moon, colour(self.moonlight), radius=0.072, glow=0.42)
        for layer in range(self.layers):
            near = layer / (self.layers - 1)
            self._row(canvas, rng, near=near)
            if near < 1:
                floor = np.clip((canvas.y - 0.42) / 0.60, 0, 1)
                haze = floor * (0.46 * (1 - near * 0.7))
                canvas.over(haze, Ramp(self.sky).at(0.90))

    def _row(self, canvas: Canvas, rng: Rng, *, near: float) -> None:
        """One row of towers; all of their edges lie on pixels, so that none is jagged."""
        layer = Image.new("RGBA", canvas.size, (*ink(Ramp(self.towers).at(near)), 0))
        pen = ImageDraw.Draw(layer)
        wall = (*ink(Ramp(self.towers).at(near)), 255)
        scale = _scale(canvas)
        left = -0.06 * rng.random()
        while left < canvas.aspect:
            wide = (0.036 + 0.062 * rng.random()) * (0.85 + 0.5 * near) * scale
            rise = (0.04 + 0.27 * rng.random() ** 1.3) * (1.0 - 0.30 * near)
            if rng.random() < 0.13:
                rise *= 1.55
            roof = 0.56 + 0.31 * near - rise
            self._tower(pen, rng, canvas, (left, roof, wide), wall=wall, near=near)
            left += wide + (0.018 * rng.random() * (1 - near) - 0.004)
        planes = np.asarray(layer, np.float32).transpose(2, 0, 1) / 255
        canvas.over(planes[3], planes[:3])

    def _tower(
        self,
        pen: ImageDraw.ImageDraw,
        rng: Rng,
        canvas: Canvas,
        box: tuple[float, float, float],
        *,
        wall: tuple[int, int, int, int],
        near: float,
    ) -> None:
        left, roof, wide = box
        unit = canvas.height

        def fill(x: float, y: float, to_x: float, to_y: float) -> None:
            edges = [round(x * unit), round(y * unit)]
            ends = [max(edges[0], round(to_x * unit) - 1), max(edges[1], round(to_y * unit) - 1)]
            pen.rectangle([*edges, *ends], fill=wall)

        fill(left, roof, left + wide, 1.02)
        style = rng.random()
        if style < 0.22:
            fill(left + wide * 0.18, roof - 0.014, left + wide * 0.82, roof)
            fill(left + wide * 0.32, roof - 0.026, left + wide * 0.68, roof)
        elif style < 0.40:
            mast = 0.015 + 0.05 * rng.random()
            fill(left + wide * 0.48, roof - mast, left + wide * 0.48 + 0.0022, roof)
            fill(left + wide * 0.36, roof - 0.008, left + wide * 0.64, roof)
        elif style < 0.55:
            fill(left + wide * 0.08, roof - 0.010, left + wide * 0.40, roof)
        awake = 0.04 + 0.38 * rng.random() ** 1.4
        if near > 0 and rng.random() < 0.9:
            self._windows(pen, rng, canvas, box, near=near, awake=awake)

    def _windows(
        self,
        pen: ImageDraw.ImageDraw,
        rng: Rng,
        canvas: Canvas,
        box: tuple[float, float, float],
        *,
        near: float,
        awake: float,
    ) -> None:
        left, roof, wide = box
        size = 0.0026 * (1 + 0.6 * near) * _scale(canvas)
        pitch, storey = size * 2.4, size * 2.9
        columns, storeys = int((wide - size * 1.6) / pitch), int((1.0 - roof) / storey)
        if columns < 1 or storeys < 1:
            return
        margin = (wide - columns * pitch + pitch - size) / 2
        lit = rng.random((storeys, columns)) < awake * (0.4 + 1.2 * rng.random((storeys, 1)))
        tint = rng.random((storeys, columns))
        dim = rng.random((storeys, columns))
        lamps = Ramp(self.lamps)
        unit = canvas.height
        for row, column in zip(*np.nonzero(lit), strict=True):
            x = (left + margin + column * pitch) * unit
            y = (roof + storey * (0.8 + row)) * unit
            seen = (0.38 + 0.55 * float(dim[row, column])) * (0.45 + 0.55 * near)
            shade = (*ink(lamps.at(float(tint[row, column]))), round(255 * seen))
            corner = (round(x), round(y))
            end = (
                corner[0] + max(0, round(size * unit) - 1),
                corner[1] + max(0, round(size * 1.35 * unit) - 1),
            )
            pen.rectangle([corner, end], fill=shade)


def _scale(canvas: Canvas) -> float:
    """How large towers are: smaller in a tall picture, which would hold only a few of them."""
    return min(1.0, canvas.aspect + 0.15)
