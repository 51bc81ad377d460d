"""Northern lights: folded curtains of rays above a dark wood."""

from dataclasses import dataclass

import numpy as np

from scripts.demo import sky
from scripts.demo.canvas import Canvas, smoothstep
from scripts.demo.colour import Plane, Ramp, colour
from scripts.demo.noise import Rng, fractal_line, smoothed


@dataclass(frozen=True, slots=True)
class Aurora:
    """How to paint northern lights.

    Attributes:
        rays: Colours from the foot of a curtain to its top.
        night: Colours of the sky from its top to the horizon.
        land: Colours of the two ranges in front of it.
    """

    rays: tuple[str, ...]
    night: tuple[str, ...] = ("#04081a", "#0a1c38", "#123a4a")
    land: tuple[str, str] = ("#0a1b27", "#040b12")

    def paint(self, canvas: Canvas, rng: Rng) -> None:
        """Paint the sky and its stars, four curtains of light, then the land."""
        sky.gradient(canvas, self.night, horizon=1.0)
        sky.stars(canvas, rng, 620, floor=0.86)
        light = np.zeros_like(canvas.pixels)
        for curtain in range(4):
            self._curtain(canvas, rng, light, curtain)
        canvas.pixels += (1 - canvas.pixels) * np.clip(light, 0, 1) * 0.94
        for place, height, tint in ((0.85, 0.11, self.land[0]), (0.95, 0.10, self.land[1])):
            skyline = 1 - np.abs(
                2 * fractal_line(rng, canvas.width, cells=2.4 * canvas.aspect, octaves=9) - 1
            )
            line: Plane = place - height * (skyline - 0.3)
            if tint == self.land[1]:
                line = _wooded(line, canvas, rng)
            top, _, mask = canvas.below(line)
            canvas.over(mask, colour(tint), top=top)

    def _curtain(self, canvas: Canvas, rng: Rng, light: Plane, number: int) -> None:
        """Add one curtain, painted only where it can be seen."""
        wide = canvas.aspect / 1.78
        fold = fractal_line(rng, canvas.width, cells=2.2 * wide + 0.6, octaves=5)
        rays = fractal_line(rng, canvas.width, cells=46 * wide, octaves=4, gain=0.65)
        folds = fractal_line(rng, canvas.width, cells=4 * wide + 1, octaves=4)
        foot = (0.36 + 0.085 * number) + 0.40 * (fold - 0.5)
        strength = smoothstep(0.35, 0.85, folds) * (0.35 + 0.75 * rays)
        tall = 0.20 + 0.24 * folds + 0.08 * rays

        end = min(canvas.height, int((float(foot.max()) + 0.10) * canvas.height))
        up = (foot[None, :] - canvas.y[:end]) / tall[None, :]
        profile = np.exp(np.where(up > 0, up * -2.2, up * 24))
        profile *= strength[None, :] * 0.95
        tints = Ramp(self.rays)(up * 0.72 + 0.06)
        light[:, :end] += tints * profile


def _wooded(line: Plane, canvas: Canvas, rng: Rng) -> Plane:
    """``line`` with a wood of pointed trees along it."""
    treed = line.copy()
    level = smoothed(line, canvas.width // 90)
    for place in rng.random(round(330 * canvas.aspect)):
        middle = place * canvas.width
        tall = 0.012 + 0.045 * rng.random() ** 1.6
        half = max(1.0, tall * 0.15 * canvas.height)
        start, end = max(0, int(middle - half)), min(canvas.width, int(middle + half) + 2)
        away = np.abs(np.arange(start, end) + 0.5 - middle) / half
        notch = 0.12 * np.abs((away * 4) % 1 - 0.5) * (away < 0.9)
        tip = level[start:end] - tall * np.clip(1 - away + notch, 0, 1)
        treed[start:end] = np.minimum(treed[start:end], tip)
    return treed
