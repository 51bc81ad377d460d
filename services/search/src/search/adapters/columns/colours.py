"""The colours of documents, by where they lie in Oklab."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from math import ceil
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.archive import Arrays
from search.adapters.columns.bitmaps import of_mask
from search.adapters.columns.lists import Starts, starts_of
from search.domain.colour import REACH, Oklab

_STEP = REACH / 2
_ORIGIN = np.array([0.0, -0.4, -0.4])
_CELLS = np.array([21, 16, 16])
"""How many cells there are along each axis: what sRGB can show lies within."""
_WEIGHTS = np.array([256, 16, 1])
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """Each colour of each document, those of one cell of Oklab together.

    Attributes:
        starts: Where the colours of each cell begin.
        numbers: Whose colour it is.
        axes: Its lightness, green-red and blue-yellow axis.
        shares: How many millionths of the picture it covers.
    """

    starts: Starts
    numbers: NDArray[np.uint32]
    axes: NDArray[np.float32]
    shares: NDArray[np.int32]

    @classmethod
    def among(cls, arrays: Arrays) -> Self:
        """Those that ``arrays`` of a segment hold."""
        return cls(*(arrays[f"colours.{field.name}"] for field in fields(cls)))

    @property
    def arrays(self) -> Arrays:
        """What ``among`` takes."""
        return {f"colours.{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, palettes: Sequence[tuple[tuple[Oklab, float], ...]]) -> Self:
        """The colours of documents with these palettes."""
        numbers = np.repeat(np.arange(len(palettes)), list(map(len, palettes)))
        axes = np.array([colour for palette in palettes for colour, _ in palette], dtype=np.float32)
        shares = [round(share * _MILLION) for palette in palettes for _, share in palette]
        return cls._sorted(numbers, axes.reshape(-1, 3), np.array(shares, dtype=np.int32))

    @classmethod
    def merged(cls, parts: Sequence[tuple["Colours", NDArray[np.int64]]]) -> Self:
        """One for all of ``parts``, each with the new numbers of its documents (-1: none)."""
        numbers = np.concatenate([new[colours.numbers] for colours, new in parts])
        left = numbers >= 0
        axes = np.concatenate([colours.axes for colours, _ in parts], axis=1)
        shares = np.concatenate([colours.shares for colours, _ in parts])
        return cls._sorted(numbers[left], axes[:, left].T, shares[left])

    @classmethod
    def _sorted(
        cls, numbers: NDArray[Any], axes: NDArray[np.float32], shares: NDArray[np.int32]
    ) -> Self:
        cells = (_cell(axes) @ _WEIGHTS).astype(np.uint16)
        order = np.lexsort((numbers, cells))
        counts = np.bincount(cells, minlength=int(_CELLS.prod()))
        columns = np.ascontiguousarray(axes[order].T)
        return cls(
            starts_of(counts),
            numbers[order].astype(np.uint32),
            columns,
            shares[order],
        )

    def covering(self, colour: Oklab, *, least: float, end: int) -> BitMap:
        """Documents, of ``end``, of which ``colour`` and what looks like it cover that share."""
        covered = np.zeros(end, dtype=np.int32)
        reach = REACH * REACH
        for some in self._around(colour):
            lighter, redder, yellower = (
                axis - wanted
                for axis, wanted in zip(self.axes[:, some].astype(np.float64), colour, strict=True)
            )
            near = lighter * lighter + redder * redder + yellower * yellower <= reach
            np.add.at(covered, self.numbers[some][near], self.shares[some][near])
        return of_mask(covered >= ceil(round(least * _MILLION, 3)))

    def _around(self, colour: Oklab) -> Iterator[slice]:
        """Where the colours of the cells are that reach to ``colour``, row by row."""
        wanted = np.array(colour)
        low, high = _cell(np.array([wanted - REACH, wanted + REACH])).tolist()
        for lightness, green_red in product(range(low[0], high[0] + 1), range(low[1], high[1] + 1)):
            row = int(lightness * _WEIGHTS[0] + green_red * _WEIGHTS[1])
            begin, end = self.starts[row + low[2]], self.starts[row + high[2] + 1]
            if begin < end:
                yield slice(begin.item(), end.item())


def _cell(colours: NDArray[Any]) -> NDArray[np.int64]:
    at = np.floor((colours - _ORIGIN) / _STEP).astype(np.int64)
    within: NDArray[np.int64] = np.clip(at, 0, _CELLS - 1)
    return within
