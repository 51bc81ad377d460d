"""The colours of documents, by where they lie in Oklab."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from math import ceil
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.archive import Arrays, Writing
from search.adapters.columns.bitmaps import of_mask
from search.adapters.columns.lists import Starts, starts_of, staying, stretches
from search.domain.colour import REACH, Oklab
from search.domain.values import Shade

_STEP = REACH / 6
"""How wide a cell is: of finer ones there are too many, of coarser ones too much lies in each."""
_ORIGIN = np.array([0.0, -0.4, -0.4])
_CELLS = np.array([61, 48, 48])
"""How many cells there are along each axis: what sRGB can show lies within."""
_WEIGHTS = np.array([2304, 48, 1])
_STRIDE = 1 << 18
"""So many colours are measured or sorted at a time: it bounds the memory that merging takes."""
_MILLION = 1_000_000
_REACHED = np.float32(REACH * REACH)


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """Each colour of each document, those of one cell of Oklab together.

    A cell that lies within reach of a colour altogether is taken as it stands; what lies in cells
    at the edge is measured. Cells without colours are not kept.

    Attributes:
        starts: Where the colours of each cell begin, and where the last one's end.
        low: The least of each axis in a cell.
        high: The most of each axis in a cell.
        numbers: Whose colour it is.
        axes: Its lightness, green-red and blue-yellow axis.
        shares: How many millionths of the picture it covers.
    """

    starts: Starts
    low: NDArray[np.float32]
    high: NDArray[np.float32]
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
    def merged(cls, parts: Sequence[tuple["Colours", NDArray[np.int64]]], out: Writing) -> None:
        """Write one for all of ``parts``, each with the new numbers of its documents (-1: none)."""
        total = sum(staying(colours.numbers, new) for colours, new in parts)
        numbers = out.room("colours.numbers", np.uint32, total)
        axes = out.room("colours.axes", np.float32, 3, total)
        shares = out.room("colours.shares", np.int32, total)
        cells: list[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = []
        for some in cls._some_together(parts):
            numbers.fill(some.numbers)
            shares.fill(some.shares)
            for row, axis in enumerate(some.axes):
                axes.fill(axis, row)
            cells.append((np.diff(some.starts), some.low, some.high))
        lengths, low, high = (np.concatenate(some, axis=-1) for some in zip(*cells, strict=True))
        out.add({"colours.starts": starts_of(lengths), "colours.low": low, "colours.high": high})

    @classmethod
    def _some_together(cls, parts: Sequence[tuple["Colours", NDArray[np.int64]]]) -> Iterator[Self]:
        """Those of all ``parts``, the colours of some cells at a time."""
        cells = [_cells(colours.low.T) for colours, _ in parts]
        every = np.unique(np.concatenate(cells))
        sizes = np.zeros(len(every), dtype=np.int64)
        for (colours, _), mine in zip(parts, cells, strict=True):
            sizes[np.searchsorted(every, mine)] += np.diff(colours.starts)
        edges = np.append(every, _WEIGHTS[0] * _CELLS[0])
        for begin, end in stretches(sizes, _STRIDE):
            numbers, axes, shares = [], [], []
            for (colours, new), mine in zip(parts, cells, strict=True):
                first, last = np.searchsorted(mine, edges[[begin, end]]).tolist()
                some = slice(colours.starts[first], colours.starts[last])
                now = new[colours.numbers[some]]
                left = now >= 0
                numbers.append(now[left])
                axes.append(colours.axes[:, some][:, left].T)
                shares.append(colours.shares[some][left])
            yield cls._sorted(np.concatenate(numbers), np.concatenate(axes), np.concatenate(shares))

    @classmethod
    def _sorted(
        cls, numbers: NDArray[Any], axes: NDArray[np.float32], shares: NDArray[np.int32]
    ) -> Self:
        cells = _cells(axes)
        order = np.lexsort((numbers, cells))
        cells, columns = cells[order], np.ascontiguousarray(axes[order].T)
        edges = np.flatnonzero(np.diff(cells)) + 1
        starts = np.concatenate(([0], edges, [len(cells)])) if len(cells) else np.zeros(1, np.int64)
        return cls(
            starts.astype(np.int64),
            np.minimum.reduceat(columns, starts[:-1], axis=1),
            np.maximum.reduceat(columns, starts[:-1], axis=1),
            numbers[order].astype(np.uint32),
            columns,
            shares[order],
        )

    def covering(self, colour: Oklab, *, least: float, end: int) -> BitMap:
        """Documents, of ``end``, of which ``colour`` and what looks like it cover that share."""
        covered = np.zeros(end, dtype=np.int32)
        inside, edge, apart = self._within_reach(colour)
        shares = _joined(self.shares, [*edge, *inside])
        shares[: len(apart)] *= apart <= _REACHED
        np.add.at(covered, _joined(self.numbers, [*edge, *inside]).astype(np.intp), shares)
        return of_mask(covered >= ceil(round(least * _MILLION, 3)))

    def fit(self, shades: Sequence[Shade], end: int) -> NDArray[np.int64]:
        """How well the colours of documents, of ``end``, are ``shades``: a million for each."""
        total = np.zeros(end)
        for shade in shades:
            numbers, shares, apart = self._near(shade.rgb.oklab)
            parts = shares / _MILLION
            near = np.bincount(numbers, parts * (1 - apart / REACH), end)
            if shade.share is not None:
                covered = np.bincount(numbers, parts, end)
                missed = np.abs(covered - float(shade.share) / 100)
                near = near / np.where(covered > 0, covered, 1) * (1 - missed)
            total += near
        return np.floor(total * _MILLION + 0.5).astype(np.int64)

    def _near(
        self, colour: Oklab
    ) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.float64]]:
        """Colours within reach of ``colour``: whose they are, their shares, how far they are."""
        inside, edge, apart = self._within_reach(colour)
        near = apart <= _REACHED

        def chosen(values: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate((_joined(values, inside), _joined(values, edge)[near]))

        far = np.concatenate((self._apart(inside, colour), apart[near]))
        return (
            chosen(self.numbers).astype(np.intp),
            chosen(self.shares),
            np.sqrt(far.astype(np.float64)),
        )

    def _within_reach(self, colour: Oklab) -> tuple[list[slice], list[slice], NDArray[np.float32]]:
        """Colours of cells that are within reach of ``colour`` altogether, and those at the edge.

        The latter with the squares of how far they are.
        """
        some = self._as_light(colour)
        low, high = self.low[:, some], self.high[:, some]
        wanted = np.array(colour, dtype=np.float32)[:, np.newaxis]
        nearest = np.maximum(np.maximum(low - wanted, wanted - high), 0)
        farthest = np.maximum(wanted - low, high - wanted)
        within = (farthest * farthest).sum(axis=0) <= _REACHED
        edge = ((nearest * nearest).sum(axis=0) <= _REACHED) & ~within
        starts = self.starts[some.start : some.stop + 1]
        measured = _stretches(starts, edge)
        return _stretches(starts, within), measured, self._apart(measured, colour)

    def _as_light(self, colour: Oklab) -> slice:
        """The cells that are as light as ``colour``, within reach: they stand together."""
        layer = self.low[0] // np.float32(_STEP)
        least, most = (colour.lightness + side * (REACH + _STEP) for side in (-1, 1))
        begin = np.searchsorted(layer, np.floor(least / _STEP), side="left")
        end = np.searchsorted(layer, np.floor(most / _STEP), side="right")
        return slice(int(begin), int(end))

    def _apart(self, some: list[slice], wanted: Oklab) -> NDArray[np.float32]:
        """The squares of the distances of some colours from the one ``wanted``."""
        total = np.zeros(1, dtype=np.float32)
        for axis, at in zip(self.axes, wanted, strict=True):
            apart = _joined(axis, some)
            apart -= np.float32(at)
            apart *= apart
            total = total + apart
        return total


def _joined(values: NDArray[Any], some: list[slice]) -> NDArray[Any]:
    return np.concatenate([values[each] for each in some])


def _stretches(starts: Starts, cells: NDArray[np.bool_]) -> list[slice]:
    """Where the colours of ``cells`` are, neighbours in one; at least one, if empty."""
    turns = np.flatnonzero(np.diff(cells, prepend=False, append=False))
    ends = starts[turns].tolist()
    return [slice(0), *map(slice, ends[::2], ends[1::2])]


def _cells(colours: NDArray[Any]) -> NDArray[np.uint32]:
    """The cell of each colour."""
    cells = np.empty(len(colours), dtype=np.uint32)
    for begin in range(0, len(colours), _STRIDE):
        some = colours[begin : begin + _STRIDE]
        at = np.floor((some - _ORIGIN) / _STEP).astype(np.int64)
        cells[begin : begin + _STRIDE] = np.clip(at, 0, _CELLS - 1) @ _WEIGHTS
    return cells
