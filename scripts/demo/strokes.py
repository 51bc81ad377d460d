"""Brush strokes that follow a field of slow currents."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.demo.canvas import Canvas
from scripts.demo.colour import Ramp
from scripts.demo.noise import Rng, fractal
from scripts.demo.shapes import Outline, painted

_FIELD = 512
_STEP = 0.0065


@dataclass(frozen=True, slots=True)
class Strokes:
    """How to paint the currents.

    Attributes:
        ground: Colour of the paper.
        colours: Of the strokes, from one side of the currents to the other.
        count: How many strokes, in a square of one height.
    """

    ground: str
    colours: tuple[str, ...]
    count: int = 2600

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Let every stroke drift along the currents, then draw each as a tapering ribbon."""
        number = round(self.count * canvas.aspect)
        field = fractal(rng, (round(_FIELD * canvas.aspect), _FIELD), cells=1.8, octaves=3)
        paths = _drifted(rng, canvas, field, number)
        start = _at(field, paths[:, 0])
        tints = Ramp(self.colours)(
            ((start - 0.22) * 1.75 + rng.normal(0, 0.10, number)).astype(np.float32)
        )
        lengths = rng.integers(18, paths.shape[1], number)
        widths = 0.0011 + 0.0042 * rng.random(number) ** 1.8
        ribbons = (
            (_ribbon(path[:length], width), tint)
            for path, length, width, tint in zip(paths, lengths, widths, tints.T, strict=True)
        )
        canvas.fill(painted(canvas, self.ground, ribbons))


def _at(field: NDArray[np.floating], places: NDArray[np.float64]) -> NDArray[np.float64]:
    column = np.clip(places[:, 0] * _FIELD, 0, field.shape[1] - 1).astype(np.intp)
    row = np.clip(places[:, 1] * _FIELD, 0, field.shape[0] - 1).astype(np.intp)
    return field[row, column].astype(np.float64)


def _drifted(
    rng: Rng, canvas: Canvas, field: NDArray[np.floating], number: int
) -> NDArray[np.float64]:
    """The places that each stroke passes, in heights: strokes, steps, right and down."""
    places = rng.uniform(-0.08, 1.08, (number, 2)) * (canvas.aspect, 1.0)
    bearing = rng.random()
    passed = [places]
    for _ in range(80):
        angle = (_at(field, places) * 2.4 + bearing) * np.pi * 1.6
        places = places + _STEP * np.stack((np.cos(angle), np.sin(angle)), axis=1)
        passed.append(places)
    return np.stack(passed, axis=1)


def _ribbon(path: NDArray[np.float64], width: float) -> Outline:
    """The outline of a stroke along ``path``, thickest a third of the way."""
    along = np.gradient(path, axis=0)
    across = np.stack((-along[:, 1], along[:, 0]), axis=1)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    pressure = np.sin(np.pi * np.linspace(0, 1, len(path)) ** 0.7)[:, None] * width
    outline = np.concatenate((path + across * pressure, (path - across * pressure)[::-1]))
    return [(x, y) for x, y in outline.tolist()]
