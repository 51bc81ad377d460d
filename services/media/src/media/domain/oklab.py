"""Colours as people see them: sRGB to OKLab and back, a whole picture at a time."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]

MOST_CHROMA = 0.3225
"""The chroma of sRGB's most colourful colour, a magenta."""

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LAB = np.linalg.inv(_TO_LAB)
_FROM_CONES = np.linalg.inv(_TO_CONES)
_channel = np.arange(256) / 255
_LINEAR = np.where(_channel <= 0.04045, _channel / 12.92, ((_channel + 0.055) / 1.055) ** 2.4)


def from_srgb(pixels: Pixels) -> Floats:
    """OKLab of 8-bit sRGB.

    Args:
        pixels: Red, green and blue on the last axis.

    Returns:
        The same shape: lightness from 0 to 1, then green to red and blue to yellow, each without
        unit and within -0.32 to 0.32.

    Source:
        B. Ottosson, "A perceptual color space for image processing" (2020); the transfer function
        is that of IEC 61966-2-1.

    Example:
        >>> from_srgb(np.array([255, 0, 0], np.uint8)).round(3).tolist()
        [0.628, 0.225, 0.126]
    """
    lab: Floats = np.cbrt(_LINEAR[pixels] @ _TO_CONES.T) @ _TO_LAB.T
    return lab


def to_hex(lab: Floats) -> str:
    """The sRGB colour nearest to one OKLab colour, as ``#rrggbb``.

    Example:
        >>> to_hex(from_srgb(np.array([11, 61, 145], np.uint8)))
        '#0b3d91'
    """
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_CONES.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + bytes(np.rint(encoded * 255).astype(np.uint8)).hex()
