"""Where the eye goes first, so that a cut keeps it."""

import numpy as np

from media.domain.oklab import Floats
from media.domain.pixels import blurred, dct, inverse_dct, shrunk
from media.domain.wallpaper import Point

_SIDE = 64
_FLAT = 0.01  # a channel that varies less holds nothing to look at


def focal_point(lab: Floats) -> Point:
    """The most striking place of a picture, its middle if nothing strikes.

    Args:
        lab: The picture in OKLab.

    Returns:
        A point to four decimals, drawn a little from the very border towards the middle.

    Source:
        X. Hou, J. Harel and C. Koch, "Image Signature: Highlighting Sparse Salient Regions" (IEEE
        PAMI, 2012), on the three channels of OKLab; it follows the same authors' spectral residual
        (2007) and needs no border treatment, being made of cosines.
    """
    map_ = _saliency(lab)
    if map_ is None:
        return Point(0.5, 0.5)
    rows, columns = np.mgrid[: map_.shape[0], : map_.shape[1]]
    y, x = np.unravel_index(int(map_.argmax()), map_.shape)
    # The middle of the bright spot around the peak, not the single brightest of its pixels.
    near = np.hypot(rows - y, columns - x) <= max(map_.shape) / 8
    weight = map_ * near
    return Point(
        round(float(((columns + 0.5) * weight).sum() / weight.sum() / map_.shape[1]), 4),
        round(float(((rows + 0.5) * weight).sum() / weight.sum() / map_.shape[0]), 4),
    )


def _saliency(lab: Floats) -> Floats | None:
    height, width = lab.shape[:2]
    scale = _SIDE / max(height, width)
    small = shrunk(lab, max(8, round(width * scale)), max(8, round(height * scale)))
    total = None
    for channel in np.moveaxis(small, 2, 0):
        spread = float(channel.std())
        if spread < _FLAT:
            continue
        sparse = inverse_dct(np.sign(dct(channel - channel.mean()))) ** 2
        part = blurred(sparse, 0.045 * _SIDE) * spread
        total = part if total is None else total + part
    return None if total is None else total * _towards_the_middle(*total.shape)


def _towards_the_middle(height: int, width: int) -> Floats:
    """People look at the middle of a picture first, other things being equal (Tatler, 2007)."""
    rows = np.linspace(-1, 1, height)[:, None]
    columns = np.linspace(-1, 1, width)[None, :]
    bias: Floats = np.exp(-(rows**2 + columns**2))
    return bias
