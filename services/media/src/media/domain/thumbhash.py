"""A picture in about 25 bytes, for drawing a blurred copy before the picture arrives."""

import base64
import math
from dataclasses import dataclass

import numpy as np

from media.domain.oklab import Floats, Pixels
from media.domain.pixels import shrunk_to_fit

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class _Waves:
    """One channel: its mean, its waves from 0 to 1 around 0.5, and how strong the strongest is."""

    mean: float
    waves: list[float]
    scale: float


def thumbhash(picture: Pixels) -> str:
    """The ThumbHash of a picture, in base64.

    Args:
        picture: Rows, columns, and three channels (sRGB) or four (with opacity, not premultiplied).
            Larger ones are shrunk to 100 pixels, as the method demands.

    Source:
        E. Wallace, ThumbHash (2023), https://evanw.github.io/thumbhash/: ``rgbaToThumbHash``.
    """
    small = shrunk_to_fit(picture, _LONGEST) / 255
    height, width = small.shape[:2]
    opacity = small[..., 3] if small.shape[2] == 4 else np.ones((height, width))
    clear = bool(opacity.sum() < width * height)
    red, green, blue = _over_its_mean(small[..., :3], opacity)

    finest = 5 if clear else 7
    across = max(1, _round(finest * width / max(width, height)))
    down = max(1, _round(finest * height / max(width, height)))
    light = _encode((red + green + blue) / 3, max(3, across), max(3, down))
    yellow_blue = _encode((red + green) / 2 - blue, 3, 3)
    red_green = _encode(red - green, 3, 3)

    wide = width > height
    header = (
        _round(63 * light.mean)
        | _round(31.5 + 31.5 * yellow_blue.mean) << 6
        | _round(31.5 + 31.5 * red_green.mean) << 12
        | _round(31 * light.scale) << 18
        | clear << 23
        | (down if wide else across) << 24
        | _round(63 * yellow_blue.scale) << 27
        | _round(63 * red_green.scale) << 33
        | wide << 39
    )
    waves = light.waves + yellow_blue.waves + red_green.waves
    data = header.to_bytes(5, "little")
    if clear:
        alpha = _encode(opacity, 5, 5)
        data += bytes([_round(15 * alpha.mean) | _round(15 * alpha.scale) << 4])
        waves += alpha.waves
    return base64.b64encode(data + _halves([_round(15 * wave) for wave in waves])).decode()


def is_opaque(hash_: str) -> bool:
    """Whether the picture of this ThumbHash had no transparent part: the hash has a bit for that.

    Example:
        >>> is_opaque(thumbhash(np.zeros((8, 8, 3), np.uint8)))
        True
    """
    return not base64.b64decode(hash_)[2] & 0x80


def _over_its_mean(colours: Floats, opacity: Floats) -> Floats:
    """The three channels on an opaque ground of their own mean colour."""
    total = opacity.sum()
    mean = (colours * opacity[..., None]).sum(axis=(0, 1)) / total if total else np.zeros(3)
    solid = mean * (1 - opacity[..., None]) + colours * opacity[..., None]
    return np.moveaxis(solid, 2, 0)


def _encode(channel: Floats, across: int, down: int) -> _Waves:
    height, width = channel.shape
    rows = np.cos(np.pi / height * np.arange(down)[:, None] * (np.arange(height) + 0.5))
    columns = np.cos(np.pi / width * np.arange(across)[:, None] * (np.arange(width) + 0.5))
    spectrum = rows @ channel @ columns.T / (width * height)
    kept = [
        float(spectrum[y, x])
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    ]
    mean, *waves = kept
    scale = max(map(abs, waves))
    if scale:
        waves = [0.5 + 0.5 / scale * wave for wave in waves]
    return _Waves(mean, waves, scale)


def _halves(values: list[int]) -> bytes:
    """Four bits each, the first in the lower half of the first byte."""
    padded = [*values, 0] if len(values) % 2 else values
    return bytes(low | high << 4 for low, high in zip(padded[::2], padded[1::2], strict=True))


def _round(value: float) -> int:
    return math.floor(value + 0.5)  # as JavaScript does: halves upwards
