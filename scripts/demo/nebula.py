"""Clouds of gas between the stars, perhaps with a planet in front."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, falloff, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, normalised, resized, sampled


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


def _show(planet: Planet, canvas: Canvas, rng: Rng) -> None:
    """Paint a lit sphere with bands of cloud and a thin bright air."""
    distance = canvas.distance(*planet.at)
    across = (canvas.x - planet.at[0]) * (canvas.aspect / planet.radius)
    down = (canvas.y - planet.at[1]) / planet.radius
    away = distance / planet.radius
    towards = np.sqrt(np.clip(1 - away**2, 0, 1))
    light = np.clip(across * -0.62 + down * -0.45 + towards * 0.45, 0, 1).astype(np.float32)

    tilted = down * 0.93 + across * 0.36
    along = across * 0.93 - down * 0.36
    storm = fractal(rng, canvas.size, cells=9, octaves=6, gain=0.55)
    # A place on the sphere, as its latitude and a longitude that is squeezed at the rim.
    side = along / np.maximum(towards, 0.12) * 0.10
    swirl = sampled(
        storm,
        (side + 0.5) * canvas.width,
        (tilted * 0.42 + 0.5) * canvas.height,
    )
    bands = np.sin(tilted * 11 + swirl * 3.4) * 0.5
    clouds = (bands + 0.5) * 0.68 + swirl * 0.32
    body = Ramp(planet.bands)(clouds) * (light**0.8 * 1.2)
    body += 0.012
    canvas.over(canvas.disc(distance, planet.radius), np.clip(body, 0, 1))
    outside = np.maximum(away - 1, 0)
    lit = np.clip(0.15 - across * 0.62 - down * 0.45, 0, 1)
    air = falloff(outside, 0.055) * (away > 1) * lit * 0.55
    canvas.add(air, colour(planet.bands[-1]))
