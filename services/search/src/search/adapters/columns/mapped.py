"""Arrays in files without a name: pages that are not looked at take no memory."""

import tempfile
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)
_WORTH_A_FILE = 1 << 20
"""Bytes; fewer stay in memory."""


def mapped(values: NDArray[S]) -> NDArray[S]:
    """The same ``values``, in a file if they are many; not to be changed any more."""
    if values.nbytes < _WORTH_A_FILE:
        return values
    with tempfile.TemporaryFile(prefix="paperroute-search-") as file:
        np.ascontiguousarray(values).tofile(file)
        file.flush()
        return np.asarray(np.memmap(file, dtype=values.dtype, mode="r", shape=values.shape))
