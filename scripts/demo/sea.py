"""Open water under a low sun, and its path of light."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, falloff, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, sampled


@dataclass(frozen=True, slots=True)
class Sea:
    """How to paint the sea.

    Attributes:
        sky: From the top of the sky to the horizon.
        water: From the horizon to the shore.
        sun: How far across it stands.
        sunlight: Its colour.
        horizon: How high the horizon lies.
    """

    sky: tuple[str, ...]
    water: tuple[str, ...]
    sun: float = 0.5
    sunlight: str = "#fff0c8"
    horizon: float = 0.56

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky, then the water row by row as far away as it looks."""
        tint = colour(self.sunlight)
        sky.gradient(canvas, self.sky, horizon=self.horizon)
        cloud = Ramp(self.sky).at(0.55) * 0.6 + tint * 0.4
        sky.clouds(canvas, rng, cloud, amount=0.45, floor=self.horizon)
        sky.sun(canvas, (self.sun, self.horizon - 0.075), tint, radius=0.07, glow=0.62)

        first = round(canvas.height * self.horizon)
        near: Plane = ((canvas.y[first:] - self.horizon) / (1 - self.horizon)).astype(np.float32)
        near = np.maximum(near, 0.0008)
        waves = self._waves(canvas, rng, near)
        water = Ramp(self.water)(near + (waves - 0.5) * (0.06 + near * 0.42))
        water *= 0.93 + 0.16 * waves

        beside = np.abs(canvas.x - self.sun) * canvas.aspect
        wide = 0.045 + 0.26 * near
        path = np.exp(-((beside / wide) ** 2))
        shine = path * smoothstep(0.30, 0.86, waves * 0.62 + path * 0.42)
        shine *= 1.05 - 0.55 * near
        shine += falloff(near, 0.03) * falloff(beside, 0.5) * 0.55
        tinted = tint.reshape(3, 1, 1)
        water += (tinted - water) * np.clip(shine, 0, 1)
        canvas.over(np.ones_like(waves), np.clip(water, 0, 1), top=first)

    def _waves(self, canvas: Canvas, rng: Rng, near: Plane) -> Plane:
        """Waves seen at a slant, 0 to 1, even and calm towards the horizon."""
        field = fractal(rng, (2048, 2048), cells=40, octaves=5, gain=0.6, stretch=1.5)
        swell = fractal(rng, (2048, 2048), cells=14, octaves=3, gain=0.5, stretch=2.2)
        away = 1 / (near + 0.055)
        across = (canvas.x - 0.5) * canvas.aspect * away
        chop = sampled(field, across * 330 + 900, away * 1150)
        roll = sampled(swell, across * 160 + 500, away * 620)
        calm = smoothstep(0.0, 0.16, near)
        mixed = chop * 0.6 + roll * 0.4
        return 0.5 + (mixed - 0.5) * (0.35 + 1.25 * calm)
