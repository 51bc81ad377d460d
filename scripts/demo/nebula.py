"""Clouds of gas between the stars, perhaps with a planet in front."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, falloff, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, normalised, resized, sampled

_STORM = 1536


@dataclass(frozen=True, slots=True)
class Planet:
    """A planet with bands of cloud.

    Attributes:
        at: Where its middle is.
        radius: In heights.
        bands: Colours of its clouds.
    """

    at: tuple[float, float]
    radius: float
    bands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nebula:
    """How to paint a nebula.

    Attributes:
        gas: Colours from where there is none to where it is thickest.
        planet: What stands in front of it.
    """

    gas: tuple[str, ...]
    planet: Planet | None = None

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the gas at half the size, for it is soft; then the stars and the planet."""
        half = Canvas(max(1, canvas.width // 2), max(1, canvas.height // 2))
        scale = canvas.density * 1.25
        bend = fractal(rng, half.size, cells=2.0 * scale, octaves=6) - 0.5
        turn = fractal(rng, half.size, cells=2.0 * scale, octaves=6) - 0.5
        gas = _pushed(fractal(rng, half.size, cells=2.4 * scale, octaves=8, gain=0.55), bend, turn)
        lanes = _pushed(fractal(rng, half.size, cells=3.2 * scale, octaves=7), turn, bend)
        thick = normalised(gas) ** 2.3 * 1.15
        seen = 0.30 + 0.95 * smoothstep(0.15, 0.85, normalised(lanes))
        for plane, mild in zip(canvas.pixels, Ramp(self.gas)(thick) * seen, strict=True):
            plane[:] = resized(mild, *canvas.size)
        sky.stars(canvas, rng, 1500)
        if self.planet:
            _show(self.planet, canvas, rng)


def _pushed(field: Plane, across: Plane, down: Plane) -> Plane:
    """``field`` with every point fetched from somewhere else, its edges mirrored."""
    height, width = field.shape
    row = np.arange(height, dtype=np.float32)[:, None] + down * (height * 0.62)
    column = np.arange(width, dtype=np.float32)[None, :] + across * (height * 0.62)
    return sampled(field, column, row)


def _show(planet: Planet, picture: Canvas, rng: Rng) -> None:
    """Paint a lit sphere with bands of cloud and a thin bright air."""
    canvas = picture.part(planet.at, planet.radius * 1.45)
    distance = canvas.distance(*planet.at)
    across = (canvas.x - planet.at[0]) * (canvas.aspect / planet.radius)
    down = (canvas.y - planet.at[1]) / planet.radius
    away = distance / planet.radius
    towards = np.sqrt(np.clip(1 - away**2, 0, 1))
    side = across * -0.62 - down * 0.45
    light = np.clip(side + towards * 0.45, 0, 1)

    storm = fractal(rng, (_STORM, _STORM), cells=9, octaves=6, gain=0.55)
    latitude = down * 0.93 + across * 0.36
    longitude = (across * 0.93 - down * 0.36) / np.maximum(towards, 0.12)
    swirl = sampled(storm, (longitude * 0.11 + 0.5) * _STORM, (latitude * 0.42 + 0.5) * _STORM)
    bands = np.sin(latitude * 11 + swirl * 3.4) * 0.34 + 0.34
    body = Ramp(planet.bands)(bands + swirl * 0.32) * (light**0.8 * 1.2) + 0.012
    canvas.over(canvas.disc(distance, planet.radius), np.minimum(body, 1))
    air = falloff(np.maximum(away - 1, 0), 0.055) * (away > 1) * np.clip(side + 0.15, 0, 1)
    canvas.add(air * 0.55, colour(planet.bands[-1]))
