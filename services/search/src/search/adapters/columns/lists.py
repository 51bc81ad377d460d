"""Many lists of numbers in one array, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.int64]
_STRIDE = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The list ``n`` is ``values[starts[n] : starts[n + 1]]``."""

    starts: Starts
    values: NDArray[np.uint32]

    @classmethod
    def of(cls, lengths: NDArray[Any] | list[int], values: NDArray[Any] | list[int]) -> Self:
        """Lists of ``lengths``, of which ``values`` are the values in order."""
        return cls(starts_of(lengths), np.asarray(values, dtype=np.uint32))

    def chosen(self, which: NDArray[Any]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint32]]]:
        """The values of the lists ``which``, some lists at a time, with whose each is."""
        for begin in range(0, len(which), _STRIDE):
            some = which[begin : begin + _STRIDE]
            starts, lengths = self.starts[some], self.starts[some + 1] - self.starts[some]
            yield np.repeat(some, lengths), self.values[spread(starts, lengths)]


def starts_of(lengths: NDArray[Any] | list[int]) -> Starts:
    """Where lists of ``lengths`` begin, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


def spread(starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[np.int64]:
    """Every place in the ranges that begin at ``starts`` and are of ``lengths``.

    Example:
        >>> spread(np.array([7, 2]), np.array([2, 3])).tolist()
        [7, 8, 2, 3, 4]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - ends + lengths, lengths) + np.arange(total)
