"""How alike two pictures look to a person."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def ssim(one: Image.Image, other: Image.Image) -> float:
    """The mean structural similarity of two pictures of one size, 1 if they are equal.

    Source:
        Z. Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity"
        (IEEE TIP, 2004), on brightness, in windows of 8 by 8.
    """
    x, y = (np.asarray(each.convert("L"), dtype=np.float64) for each in (one, other))
    mean_x, mean_y = _windows(x), _windows(y)
    spread_x, spread_y = _windows(x * x) - mean_x**2, _windows(y * y) - mean_y**2
    common = _windows(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = ((2 * mean_x * mean_y + c1) * (2 * common + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (spread_x + spread_y + c2)
    )
    return float(likeness.mean())


def _windows(values: NDArray[np.float64], side: int = 8) -> NDArray[np.float64]:
    """The mean of every window of ``side`` by ``side``."""
    sums = np.pad(values.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    total = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    means: NDArray[np.float64] = total / side**2
    return means
