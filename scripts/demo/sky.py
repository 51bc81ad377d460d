"""What stands in a sky: a sun or moon, stars, clouds."""

import numpy as np

from scripts.demo.canvas import Canvas, falloff, smoothstep
from scripts.demo.colour import Colour, Plane, Ramp
from scripts.demo.noise import Rng, fractal


def gradient(canvas: Canvas, colours: tuple[str, ...], *, horizon: float = 0.75) -> None:
    """Fill the canvas with a sky that has reached its last colour at ``horizon``."""
    canvas.fill(Ramp(colours)(canvas.y / horizon))


def sun(
    canvas: Canvas, at: tuple[float, float], tint: Colour, *, radius: float, glow: float = 0.5
) -> None:
    """A disc with a wide and a narrow glow around it."""
    distance = canvas.distance(*at)
    wide = falloff(distance, 0.30, 1.2) * glow
    canvas.over(wide + falloff(distance, radius * 1.35, 2.0) * (glow * 0.4), tint)
    canvas.over(canvas.disc(distance, radius), np.minimum(tint * 1.05, 1))


def clouds(
    canvas: Canvas, rng: Rng, tint: Colour, *, amount: float = 0.35, floor: float = 0.6
) -> None:
    """Thin long clouds, fewer towards ``floor``."""
    drift = fractal(rng, canvas.size, cells=2.6, octaves=7, stretch=2.6)
    cover = smoothstep(0.5, 0.85, drift) * smoothstep(floor, 0.08, canvas.y)
    canvas.over(cover * amount, tint)


def stars(
    canvas: Canvas, rng: Rng, count: int, *, floor: float = 1.0, brightness: float = 1.0
) -> None:
    """Stars of many sizes and a few temperatures, fewer towards ``floor``.

    Args:
        canvas: Is painted on.
        rng: Places and sizes them.
        count: How many, in a square of one height.
        floor: Where the last of them stands, from top to bottom.
        brightness: Of all of them.
    """
    number = round(count * max(canvas.aspect, 1 / canvas.aspect))
    x = rng.random(number)
    y = rng.random(number) ** 1.25 * floor
    size = rng.random(number).astype(np.float32) ** 7
    tints = Ramp(("#ffd9b8", "#fff6ea", "#ffffff", "#dbe6ff", "#b9ccff"))(
        rng.random(number, dtype=np.float32)
    )
    unit = max(canvas.size) / 3840
    dim = (0.16 + 0.84 * size) * brightness
    _splat(canvas, x, y, spread=unit * (0.55 + 0.75 * size), light=tints * dim.astype(np.float32))
    big = size > 0.5
    glow = tints[:, big] * (0.14 * brightness)
    _splat(canvas, x[big], y[big], spread=unit * (3.0 + 4.0 * size[big]), light=glow)


def _splat(canvas: Canvas, x: Plane, y: Plane, *, spread: Plane, light: Plane) -> None:
    """Add round soft dots; one that is finer than a pixel is dimmed instead."""
    column, row = x * canvas.width, y * canvas.height
    broad = np.maximum(spread, 0.5)
    light = light * np.minimum(1, (spread / broad) ** 2)
    reach = int(np.ceil(3 * float(broad.max(initial=0.5))))
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            left, up = np.floor(column) + across, np.floor(row) + down
            squared = (left + 0.5 - column) ** 2 + (up + 0.5 - row) ** 2
            fall = np.exp(-squared / (2 * broad**2))
            seen = (left >= 0) & (left < canvas.width) & (up >= 0) & (up < canvas.height)
            seen &= fall > 0.004
            place = up[seen].astype(np.intp), left[seen].astype(np.intp)
            for plane, strength in zip(canvas.pixels, light, strict=True):
                np.add.at(plane, place, (strength * fall)[seen].astype(np.float32))
