"""Finds the terms that begin so, those of the most documents first, over several segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from pyroaring import BitMap

from search.adapters.columns.rankings import Column, least
from search.adapters.columns.terms import Terms, named

_DEEPER = 8


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

    def of(self, name: str) -> int:
        """How many have the term ``name``, without its kind."""
        at = self.terms.place(self.kind, name)
        if at is None:
            return 0
        count = int(self.counts[at - self.first])
        return (
            count - self.dead.intersection_cardinality(self._having(name)) if self.dead else count
        )

    def most(self, prefix: str, depth: int) -> tuple[dict[str, int], int]:
        """The ``depth`` most frequent that begin so, with how many documents have or had each.

        Returns:
            Also how many the next has at most.
        """
        places = self.terms.beginning(self.kind, prefix)
        begin = places.start + (not prefix and self.terms.place(self.kind, "") is not None)
        some = self.counts[begin - self.first : places.stop - self.first]
        top = least(~some, depth + 1).tolist()  # which turns the order of unsigned numbers round
        beyond = int(some[top[depth]]) if len(top) > depth else 0
        length = len(named(self.kind, ""))
        return {self.terms.names[begin + at][length:]: int(some[at]) for at in top[:depth]}, beyond

    def _having(self, name: str) -> BitMap:
        return self.terms.having(self.kind, name)


def most_frequent(parts: Sequence[Counted], prefix: str, limit: int) -> list[tuple[str, int]]:
    """At most ``limit`` terms that begin so, the most frequent first, with their counts."""
    depth = limit
    alone = len(parts) == 1 and not parts[0].dead
    while True:
        tops = [part.most(prefix, depth) for part in parts]
        counts = {name: count for some, _ in tops for name, count in some.items()}
        if not alone:
            counts = {name: sum(part.of(name) for part in parts) for name in counts}
        beyond = sum(next_ for _, next_ in tops)
        best = nlargest(limit, counts.values())
        # in one segment, of those as frequent the first by name have been looked at
        if not beyond or (len(best) == limit and best[-1] >= beyond + (not alone)):
            ordered = ((-count, name) for name, count in counts.items() if count)
            return [(name, -count) for count, name in nsmallest(limit, ordered)]
        depth *= _DEEPER
