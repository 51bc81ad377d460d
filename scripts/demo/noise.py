"""Smooth randomness that looks the same at every size of picture."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scripts.demo.colour import Plane

Rng = np.random.Generator


def resized(plane: Plane, width: int, height: int) -> Plane:
    """``plane`` at another size, by bicubic interpolation."""
    image = Image.fromarray(plane).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image)


def normalised(plane: Plane) -> Plane:
    """``plane`` stretched to reach from 0 to 1."""
    low, high = float(plane.min()), float(plane.max())
    return (plane - low) / (high - low)


def sampled(field: Plane, column: Plane, row: Plane) -> Plane:
    """``field`` between its points, mirrored beyond its edges."""
    height, width = field.shape
    row = np.abs((row + (height - 1)) % (2 * (height - 1)) - (height - 1))
    column = np.abs((column + (width - 1)) % (2 * (width - 1)) - (width - 1))
    up = np.minimum(row.astype(np.int32), height - 2)
    left = np.minimum(column.astype(np.int32), width - 2)
    down, across = row - up.astype(np.float32), column - left.astype(np.float32)
    flat = field.ravel()
    first = up * width + left
    upper = flat[first] * (1 - across) + flat[first + 1] * across
    first += width
    lower = flat[first] * (1 - across) + flat[first + 1] * across
    between: Plane = upper * (1 - down) + lower * down
    return between


def fractal(
    rng: Rng,
    size: tuple[int, int],
    *,
    cells: float,
    octaves: int = 6,
    gain: float = 0.5,
    stretch: float = 1.0,
) -> Plane:
    """Clouds of noise from 0 to 1.

    Each octave is added on a grid twice as fine as the last and the sum is enlarged from grid to
    grid, so that all octaves together cost little more than the finest.

    Args:
        rng: As much is drawn from it for a small picture as for a large one of the same shape.
        size: Width and height of the picture, in pixels.
        cells: Of the coarsest grid, to the height of the picture.
        octaves: How many grids.
        gain: How strong each octave is, against the one before.
        stretch: How much longer a cloud is than high.
    """
    width, height = size
    across, down = max(2.0, cells * width / height / stretch), max(2.0, cells)
    total: Plane = np.zeros((2, 2), np.float32)
    for octave in range(octaves):
        columns, rows = round(across * 2**octave) + 1, round(down * 2**octave) + 1
        fresh = rng.random((rows, columns), dtype=np.float32) - 0.5
        total = resized(total, columns, rows) + fresh * gain**octave
    return normalised(resized(total, width, height))


def fractal_line(
    rng: Rng, width: int, *, cells: float, octaves: int = 8, gain: float = 0.5
) -> Plane:
    """The same along a line of ``width`` pixels, with ``cells`` to its whole length."""
    total = np.zeros(width)
    for octave in range(octaves):
        count = round(cells * 2**octave) + 2
        knots = rng.random(count + 1)
        place = (np.arange(width) + 0.5) / width * (count - 1) + 0.5
        left = place.astype(np.intp)
        t = place - left
        t *= t * (3 - 2 * t)
        total += gain**octave * (knots[left] * (1 - t) + knots[left + 1] * t)
    return normalised(total.astype(np.float32))


def smoothed(line: Plane, radius: int) -> Plane:
    """``line`` without what is finer than ``radius`` pixels."""
    window = np.hanning(2 * max(1, radius) + 3)
    padded = np.pad(line.astype(np.float64), len(window) // 2, mode="edge")
    length = 1 << (len(padded) + len(window)).bit_length()
    spectrum = np.fft.rfft(padded, length) * np.fft.rfft(window / window.sum(), length)
    blurred = np.fft.irfft(spectrum, length)[len(window) - 1 :][: len(line)]
    return blurred.astype(np.float32)


def scattered(rng: Rng, count: int, aspect: float) -> NDArray[np.float64]:
    """Places in the picture, in heights, each the furthest of a few from those before it."""
    places = rng.random((1, 2)) * (aspect, 1.0)
    while len(places) < count:
        offered = rng.uniform(-0.05, 1.05, (6, 2)) * (aspect, 1.0)
        room = np.hypot(*(offered[:, None] - places[None]).transpose(2, 0, 1)).min(axis=1)
        places = np.vstack((places, offered[room.argmax()]))
    return places
