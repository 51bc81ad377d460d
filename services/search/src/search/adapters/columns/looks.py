"""How alike pictures look, for many at a time."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.domain.values import Look

Differing = NDArray[np.uint8]


def differing(dhash: NDArray[Any], phash: NDArray[Any], look: Look) -> Differing:
    """In how many of the 128 bits of both hashes pictures differ from ``look``."""
    bits: Differing = np.bitwise_count(dhash ^ np.uint64(look.dhash))
    bits += np.bitwise_count(phash ^ np.uint64(look.phash))
    return bits


def least_differing(dhash: NDArray[Any], phash: NDArray[Any], looks: Iterable[Look]) -> Differing:
    """In how many they differ from the nearest of ``looks``."""
    first, *others = (differing(dhash, phash, look) for look in looks)
    for other in others:
        first = np.minimum(first, other)
    return first
