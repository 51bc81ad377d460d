"""What documents got on single days."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from search.adapters.columns.archive import Arrays, Writing
from search.adapters.columns.lists import Origins, Starts, starts_of


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """The days of each document, one document after the other.

    Attributes:
        starts: Where the days of each document begin.
        ordinals: Which days, as ``date.toordinal`` counts them.
        points: What the document got on each.
    """

    starts: Starts
    ordinals: NDArray[np.uint32]
    points: NDArray[np.uint32]

    @classmethod
    def among(cls, arrays: Arrays) -> Self:
        """Those that ``arrays`` of a segment hold."""
        return cls(*(arrays[f"days.{field.name}"] for field in fields(cls)))

    @property
    def arrays(self) -> Arrays:
        """What ``among`` takes."""
        return {f"days.{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of(cls, days: Sequence[Sequence[tuple[int, int]]]) -> Self:
        """The days of documents, each with its points."""
        ordinals = [ordinal for some in days for ordinal, _ in some]
        points = [points for some in days for _, points in some]
        return cls._kept(list(map(len, days)), np.array(ordinals), np.array(points))

    @classmethod
    def merged(cls, parts: Sequence["Days"], origins: Origins, out: Writing) -> None:
        """Write one for all of ``parts``."""
        lists = [days.starts for days in parts]
        starts = starts_of(origins.gathered([np.diff(each) for each in lists]))
        out.add({"days.starts": starts})
        for name in ("ordinals", "points"):
            room = out.room(f"days.{name}", np.uint32, int(starts[-1]))
            for moves in origins.moved(lists, starts):
                values = np.empty(sum(len(old) for old, _ in moves), dtype=np.uint32)
                for days, (old, new) in zip(parts, moves, strict=True):
                    values[new] = getattr(days, name)[old]
                room.fill(values)

    @classmethod
    def _kept(
        cls, lengths: NDArray[Any] | list[int], ordinals: NDArray[Any], points: NDArray[Any]
    ) -> Self:
        return cls(starts_of(lengths), ordinals.astype(np.uint32), points.astype(np.uint32))

    def between(self, first: int, last: int) -> NDArray[np.int64]:
        """What each document got on the days from ``first`` to ``last``, both counted."""
        within = (self.ordinals >= first) & (self.ordinals <= last)
        total = starts_of(np.where(within, self.points, 0))
        got: NDArray[np.int64] = total[self.starts[1:]] - total[self.starts[:-1]]
        return got
