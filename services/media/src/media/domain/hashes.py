"""Hashes that stay close when pictures look alike."""

import numpy as np

from media.domain.oklab import Pixels
from media.domain.pixels import dct, luma, shrunk


def difference_hash(picture: Pixels) -> str:
    """64 bits: whether each of 8 by 8 places is brighter than the place to its left.

    Returns:
        16 hexadecimal digits, the top left place first.

    Source:
        N. Krawetz, "Kind of Like That" (2013): dHash.

    Example:
        >>> rising = np.repeat(np.arange(90, dtype=np.uint8)[None, :, None], 3, axis=2)
        >>> difference_hash(rising)
        'ffffffffffffffff'
    """
    small = shrunk(luma(picture), 9, 8)
    return _hex(small[:, 1:] > small[:, :-1])


def perceptual_hash(picture: Pixels) -> str:
    """64 bits: which of the 8 by 8 slowest waves of a picture are stronger than their median.

    Returns:
        16 hexadecimal digits, the slowest wave first.

    Source:
        C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
        section 3.2.1: DCT based hash, on a copy of 32 by 32.
    """
    slowest = dct(shrunk(luma(picture), 32, 32))[:8, :8]
    return _hex(slowest > np.median(slowest))


def _hex(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    return np.packbits(bits).tobytes().hex()
