"""Many lists of numbers in one array, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Starts = NDArray[np.int64]
Moves = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Places of values in a part, and where they go among those of some new documents."""
_STRIDE = 1 << 15


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


def stretches(sizes: NDArray[Any], most: int) -> list[tuple[int, int]]:
    """Lists of ``sizes`` in stretches of about ``most`` numbers: from which, up to which."""
    stretch = np.cumsum(sizes) // most
    edges = [0, *(np.flatnonzero(np.diff(stretch)) + 1).tolist(), len(sizes)]
    return list(pairwise(edges))


def staying(numbers: NDArray[Any], renumbered: NDArray[np.int64]) -> int:
    """Of how many of ``numbers`` the new one is not -1."""
    return sum(
        int(np.count_nonzero(renumbered[numbers[begin : begin + _STRIDE]] >= 0))
        for begin in range(0, len(numbers), _STRIDE)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where the documents of a new segment come from.

    Attributes:
        parts: From which part each comes.
        numbers: The number of each in that part.
    """

    parts: NDArray[np.uint32]
    numbers: NDArray[np.uint32]

    def of(
        self, part: int, begin: int = 0, end: int | None = None
    ) -> tuple[NDArray[np.int64], Any]:
        """Which of the new documents, counted from ``begin``, were which ones of ``part``."""
        here = np.flatnonzero(self.parts[begin:end] == part)
        return here, self.numbers[begin:end][here]

    def gathered(self, columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """One column of all, from that of each part."""
        column = np.empty(len(self.parts), dtype=np.result_type(*columns))
        for part, each in enumerate(columns):
            here, numbers = self.of(part)
            column[here] = each[numbers]
        return column

    def moved(self, lists: Sequence[Starts], starts: Starts) -> Iterator[list[Moves]]:
        """How the values of lists move, some documents at a time, for each part.

        Args:
            lists: Where the lists of each part begin.
            starts: Where those of the new documents do.
        """
        for begin in range(0, len(self.parts), _STRIDE):
            moves = []
            for part, old in enumerate(lists):
                here, numbers = self.of(part, begin, begin + _STRIDE)
                lengths = old[numbers + 1] - old[numbers]
                to = starts[begin + here] - starts[begin]
                moves.append((spread(old[numbers], lengths), spread(to, lengths)))
            yield moves
