"""Sand: long dunes lit from one side, with ripples that the wind left."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal, smoothed


@dataclass(frozen=True, slots=True)
class Dunes:
    """How to paint dunes.

    Attributes:
        sand: From the furthest dune to the nearest.
        sky: From the top of the sky to the horizon.
        sun: Where it stands.
        layers: How many dunes.
    """

    sand: tuple[str, ...]
    sky: tuple[str, ...]
    sun: tuple[float, float] = (0.7, 0.28)
    layers: int = 7

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky, then the dunes from far to near."""
        sky.gradient(canvas, self.sky, horizon=0.5)
        tint = colour("#fff4dc")
        sky.clouds(canvas, rng, tint, amount=0.16, floor=0.45)
        sky.sun(canvas, self.sun, tint, radius=0.062, glow=0.55)
        for layer in range(self.layers):
            self._dune(canvas, rng, near=layer / (self.layers - 1))

    def _dune(self, canvas: Canvas, rng: Rng, *, near: float) -> None:
        wide = canvas.aspect / 1.78
        phase, pace = rng.random() * 2 * np.pi, rng.uniform(0.55, 1.35) * wide
        x = canvas.x[0].astype(np.float64)
        line = 0.41 + 0.60 * near**1.15
        line = line + (0.045 + 0.075 * near) * _swell(x * pace + phase / 6.28)
        line = line + 0.022 * (0.4 + near) * np.sin(x * 2 * np.pi * pace * 2.3 + phase * 1.7)
        crest = line.astype(np.float32)

        top, depth, mask = canvas.below(crest)
        deep = np.clip(depth / 0.30, 0, 1)
        side = -1 if self.sun[0] > 0.5 else 1
        slope = smoothed(np.gradient(crest * canvas.height).astype(np.float32), canvas.width // 260)
        facing = np.clip(0.5 + side * slope * 1.25, 0, 1)[None, :].astype(np.float32)
        # The light follows the slope at the crest and evens out towards the foot of the dune.
        light = 0.58 + 0.52 * (facing * (1 - deep) + 0.45 * deep)
        light -= 0.12 * deep
        light += _ripples(canvas, rng, top, depth, strength=0.055 * near + 0.012)
        sand = Ramp(self.sand).at(near).reshape(3, 1, 1)
        air = colour(self.sky[-1]).reshape(3, 1, 1) * (0.30 * (1 - near))
        canvas.over(mask, np.clip(sand * light * (0.72 + 0.28 * near) + air, 0, 1), top=top)


def _swell(turn: Plane) -> Plane:
    """A wave with a long windward and a short steep side, -1 to 1."""
    angle = turn * 2 * np.pi
    wave: Plane = np.sin(angle + 0.55 * np.sin(angle)) + 0.18 * np.sin(2 * angle + 0.8)
    return wave / 1.15


def _ripples(canvas: Canvas, rng: Rng, top: int, depth: Plane, *, strength: float) -> Plane:
    rows = canvas.height - top
    drift = fractal(rng, (canvas.width, rows), cells=2.2, octaves=4, gain=0.45, stretch=1.6)
    spacing = 300 / (0.7 + canvas.y[top:] * 1.6)
    waves = np.sin(depth * spacing + drift * 34 + canvas.x * 9)
    shown = smoothstep(0.015, 0.14, depth) * smoothstep(0.30, 0.62, drift)
    return waves * shown * strength
