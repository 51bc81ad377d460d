"""Mountain ranges behind one another, each deeper in the haze; perhaps above a still lake."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, fractal_line, smoothed

_SHORE = 0.74


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of one hour.

    Attributes:
        sky: From the top of the sky to the horizon.
        sun: Of the sun or moon.
        land: From the furthest range to the nearest.
    """

    sky: tuple[str, ...]
    sun: str
    land: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ridges:
    """How to paint mountain ranges.

    Attributes:
        light: Of the hour.
        sun: Where it stands.
        layers: How many ranges.
        horizon: How high the furthest one lies.
        stars: How many, in a square of one height.
        lake: Whether the ranges are mirrored in one.
        pines: Whether trees stand on the nearest range.
    """

    light: Light
    sun: tuple[float, float] = (0.62, 0.36)
    layers: int = 6
    horizon: float = 0.42
    stars: int = 0
    lake: bool = False
    pines: bool = False

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky, then the ranges from far to near, then their reflection."""
        tint = colour(self.light.sun)
        sky.gradient(canvas, self.light.sky, horizon=0.72)
        cloud = tint * 0.6 + colour(self.light.sky[-1]) * 0.4
        sky.clouds(canvas, rng, cloud, amount=0.30)
        if self.stars:
            sky.stars(canvas, rng, self.stars, floor=0.62)
        sky.sun(canvas, self.sun, tint, radius=0.056)
        for layer in range(self.layers):
            self._range(canvas, rng, near=layer / (self.layers - 1))
        if self.lake:
            _mirror(canvas, rng, Ramp(self.light.sky).at(0.0))

    def _range(self, canvas: Canvas, rng: Rng, *, near: float) -> None:
        span = (0.97 if not self.lake else 0.76) - self.horizon
        base = self.horizon + span * near**1.2
        height = (0.085 + 0.105 * near) * (0.8 if self.lake else 1.0)
        line = base - height * (_crest(canvas, rng) - 0.3)
        if self.lake:
            line = np.minimum(line, (_SHORE - 0.012 * (1 - near)))
        level = smoothed(line, canvas.width // 7)
        if self.pines and near == 1:
            line = _with_pines(line, canvas, rng)

        top, depth, mask = canvas.below(line)
        haze = colour(self.light.sky[-1]).reshape(3, 1, 1)
        land = Ramp(self.light.land).at(near).reshape(3, 1, 1)
        fallen: Plane = np.clip((canvas.y[top:] - level + 0.05) / 0.34, 0, 1)
        fog = fallen * (0.64 * (1 - 0.78 * near))
        lit = np.exp(-np.maximum(depth, 0) / 0.006) * (0.16 * (1 - near) + 0.03)
        canvas.over(mask, land + (haze - land) * np.clip(fog + lit, 0, 1), top=top)


def _crest(canvas: Canvas, rng: Rng) -> Plane:
    """A skyline from 0 to 1: sharp peaks mostly, rolling hills now and then."""
    cells = canvas.aspect * (1.5 + rng.random())
    rolling = fractal_line(rng, canvas.width, cells=cells, octaves=9, gain=0.5)
    sharp: Plane = 1 - np.abs(2 * rolling - 1) * 0.95
    return sharp if rng.random() < 0.72 else rolling


def _with_pines(line: Plane, canvas: Canvas, rng: Rng) -> Plane:
    """``line`` with the tips of conifers along it."""
    treed = line.copy()
    wood = fractal_line(rng, canvas.width, cells=5 * canvas.aspect, octaves=4)
    for place in np.sort(rng.random(round(230 * canvas.aspect))):
        middle = place * canvas.width
        thick = wood[min(int(middle), canvas.width - 1)]
        tall = (0.010 + 0.030 * rng.random()) * (0.25 + 0.95 * float(thick))
        half = max(1.0, tall * 0.17 * canvas.height)
        start, end = max(0, int(middle - half)), min(canvas.width, int(middle + half) + 2)
        away = np.abs(np.arange(start, end) + 0.5 - middle) / half
        tiers = 0.10 * np.abs((away * 3.5) % 1 - 0.5)
        tip = line[start:end] - tall * np.clip(1 - away + tiers * (away < 0.9), 0, 1)
        treed[start:end] = np.minimum(treed[start:end], tip)
    return treed


def _mirror(canvas: Canvas, rng: Rng, deep: Plane) -> None:
    """Turn what lies below the shore into water that mirrors what lies above it."""
    shore = round(canvas.height * _SHORE)
    rows = canvas.height - shore
    away: Plane = ((np.arange(rows, dtype=np.float32) + 0.5) / rows)[:, None]
    ripple = fractal(rng, (canvas.width, rows), cells=18, octaves=4, gain=0.6, stretch=9)
    swell = (ripple - 0.5) * (0.012 + away * 0.075)
    source = shore - 1 - ((away * rows * 1.15) + swell * canvas.height)
    source = np.clip(source, 0, shore - 1)
    lower = source.astype(np.intp)
    part = source - lower
    upper = np.minimum(lower + 1, shore - 1)
    columns = np.arange(canvas.width)[None, :]
    shade = 0.86 - 0.34 * away
    for plane, tint in zip(canvas.pixels, deep, strict=True):
        seen = plane[lower, columns] * (1 - part) + plane[upper, columns] * part
        plane[shore:] = seen * shade + tint * (1 - shade) * 0.8
    gleam = smoothstep(0.62, 0.95, ripple) * 0.10 * (1 - away)
    canvas.over(gleam, np.ones(3, np.float32), top=shore)
    edge = np.exp(-away / 0.012) * 0.35
    canvas.over(edge, deep, top=shore)
