"""Colours, and ramps between them that are even to the eye."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating]
"""One number for each pixel, as rows of columns; often broadcast from one row or one column."""

Pixels = NDArray[np.floating]
"""Gamma-encoded sRGB from 0 to 1, as red, green and blue planes."""

Colour = NDArray[np.floating]
"""Gamma-encoded sRGB from 0 to 1: red, green, blue."""

_STEPS = 4096
_TO_CONE = np.array(
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
_FROM_CONE = np.linalg.inv(_TO_CONE)
_FROM_LAB = np.linalg.inv(_TO_LAB)


def colour(text: str) -> Colour:
    """The colour written ``#rrggbb``.

    Example:
        >>> [round(float(channel), 3) for channel in colour("#ff8000")]
        [1.0, 0.502, 0.0]
    """
    return np.frombuffer(bytes.fromhex(text.removeprefix("#")), np.uint8).astype(np.float32) / 255


def oklab(text: str) -> NDArray[np.float64]:
    """The colour written ``#rrggbb``, in Oklab.

    Source:
        B. Ottosson, "A perceptual color space for image processing" (2020).
    """
    encoded = colour(text).astype(np.float64)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    lab: NDArray[np.float64] = _TO_LAB @ np.cbrt(_TO_CONE @ linear)
    return lab


def from_oklab(lab: NDArray[np.floating]) -> Pixels:
    """Oklab planes as sRGB planes; what no screen can show is cut to what one can."""
    linear = np.clip(np.tensordot(_FROM_CONE, np.tensordot(_FROM_LAB, lab, 1) ** 3, 1), 0, 1)
    encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return encoded.astype(np.float32)


class Ramp:
    """Colours spread evenly from 0 to 1, blended in Oklab so that no blend turns grey or dark."""

    def __init__(self, colours: Sequence[str]) -> None:
        stops = np.array([oklab(each) for each in colours])
        steps = np.linspace(0, 1, _STEPS)
        places = np.linspace(0, 1, len(colours))
        self._table = from_oklab(
            np.stack([np.interp(steps, places, stops[:, axis]) for axis in range(3)])
        )

    def __call__(self, t: Plane) -> Pixels:
        """The colours at ``t``, from 0 to 1; beyond either end the colour of that end."""
        steps = (np.clip(t, 0, 1) * (_STEPS - 1)).astype(np.intp)
        return self._table[:, steps]

    def at(self, t: float) -> Colour:
        """The one colour at ``t``, from 0 to 1."""
        return self._table[:, round(min(max(t, 0.0), 1.0) * (_STEPS - 1))]
