"""Finds the terms that begin so, those of the most documents first, over several segments."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.rankings import Column, least
from search.adapters.columns.terms import Terms, named

_DEEPER = 4


@dataclass(frozen=True, slots=True)
class Counted:
    """The terms of a kind in a segment, with how many documents have each.

    Attributes:
        terms: All terms of the segment.
        kind: Which kind.
        first: Where the first of its terms stands.
        counts: Of each of its terms, in their order.
        dead: Documents that were counted and do not count.
    """

    terms: Terms
    kind: str
    first: int
    counts: Column
    dead: BitMap

    def beginning(self, prefix: str) -> slice:
        """Which of its terms begin so; the empty one begins with nothing."""
        places = self.terms.beginning(self.kind, prefix)
        begin = places.start + (not prefix and self.terms.place(self.kind, "") is not None)
        return slice(begin - self.first, places.stop - self.first)

    def name(self, at: int) -> str:
        """What one of its terms is called, without its kind."""
        return self.terms.names[self.first + at][len(named(self.kind, "")) :]

    def uncounted(self, name: str) -> int:
        """How many of the dead have the term ``name``."""
        if not self.dead:
            return 0
        return self.dead.intersection_cardinality(self.terms.having(self.kind, name))


def most_frequent(parts: Sequence[Counted], prefix: str, limit: int) -> list[tuple[str, int]]:
    """At most ``limit`` terms that begin so, the most frequent first, with their counts.

    The dead are counted at first: of terms in the order of those counts, only so many are counted
    again without them that no other can come before the last of the best.
    """
    if not parts:
        return []
    largest = max(parts, key=lambda part: len(part.counts))
    some = largest.beginning(prefix)
    counts = largest.counts[some].astype(np.int64)
    others: Counter[str] = Counter()
    for part in parts:
        if part is not largest:
            others.update(_added(part, part.beginning(prefix), counts, largest, some.start))
    beside = sorted((-count, name) for name, count in others.items() if count)
    depth = limit
    while True:
        top = least(-counts, depth).tolist()
        likely = [(-int(counts[at]), largest.name(some.start + at)) for at in top if counts[at]]
        likely = sorted([*likely, *beside[:depth]])[:depth]
        exact = [
            (count + sum(part.uncounted(name) for part in parts), name) for count, name in likely
        ]
        best = sorted(each for each in exact if each[0])[:limit]
        if len(likely) < depth or (len(best) == limit and best[-1] <= likely[-1]):
            return [(name, -count) for count, name in best]
        depth *= _DEEPER


def _added(
    part: Counted, some: slice, counts: NDArray[np.int64], to: Counted, begin: int
) -> dict[str, int]:
    """Add the counts of ``part`` to those of ``to``, which begin there.

    Returns:
        The counts of terms that are not in ``to``.
    """
    at = part.terms.places_in(to.terms, part.kind)[some]
    there = at >= 0
    counts[at[there] - (to.first + begin)] += part.counts[some][there]
    apart = np.flatnonzero(~there).tolist()
    return {part.name(some.start + each): int(part.counts[some.start + each]) for each in apart}
