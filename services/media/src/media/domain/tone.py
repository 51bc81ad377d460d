"""How light, how colourful and how nearly black a picture is."""

from dataclasses import dataclass

import numpy as np

from media.domain.oklab import MOST_CHROMA, Floats

_NEAR_BLACK = 0.17  # OKLab lightness of #101010, which an OLED hardly lights


@dataclass(frozen=True, slots=True)
class Tone:
    """Three shares of 0 to 1, to four decimals.

    Attributes:
        lum: Mean lightness.
        sat: Mean chroma, as a share of the highest that sRGB has.
        oled: Share of pixels so dark that an OLED screen hardly lights them.
    """

    lum: float
    sat: float
    oled: float


def tone(lab: Floats) -> Tone:
    """The tone of a picture in OKLab.

    Example:
        >>> tone(np.zeros((2, 2, 3)))
        Tone(lum=0.0, sat=0.0, oled=1.0)
    """
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    return Tone(
        lum=_share(lab[..., 0].mean()),
        sat=_share(chroma.mean() / MOST_CHROMA),
        oled=_share((lab[..., 0] < _NEAR_BLACK).mean()),
    )


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 4)
