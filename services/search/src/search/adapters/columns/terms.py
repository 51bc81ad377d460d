"""What documents have in common, each with the documents that have it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.archive import Arrays
from search.adapters.columns.bitmaps import Numbers, of_sorted, of_unsorted
from search.adapters.columns.lists import Starts, spread, starts_of
from search.adapters.columns.names import Names, arrays_of
from search.adapters.columns.strengths import Strengths
from search.domain.ranking import FULL

_ARRAYS = ("names", "names.starts", "terms.starts", "terms.numbers", "terms.strengths")
_AFTER_ALL = "\U0010ffff"
_KEPT_FROM = 2048
"""A bitmap of so many documents is kept once it was made; of fewer, it is soon made again."""
_SLICE = 4_000_000
"""How many postings are sorted at a time: it bounds the memory that merging takes."""


def named(kind: str, term: str) -> str:
    """How ``term`` is called among terms of every kind."""
    return f"{kind}:{term}"


class Terms:
    """Terms in the order of their names, so that those which begin alike stand together.

    The documents of a term stand in the order of how much they are about it, which is a number
    from 0 to 255, those that are about it as much by their own numbers.
    """

    def __init__(self, arrays: Arrays, end: int) -> None:
        """Those of ``arrays``, of ``end`` documents."""
        self.arrays = {name: arrays[name] for name in _ARRAYS}
        self.names = Names(arrays)
        self._starts: Starts = arrays["terms.starts"]
        self._numbers: Numbers = arrays["terms.numbers"]
        self._strengths: Strengths = arrays["terms.strengths"]
        self._end = end
        self._kept: dict[int, BitMap] = {}

    @classmethod
    def of(cls, having: Sequence[Iterable[str]]) -> tuple[Self, dict[str, int]]:
        """The terms that each document is said to have, and the place of each."""
        lists: defaultdict[str, list[int]] = defaultdict(list)
        for number, terms in enumerate(having):
            for term in terms:
                lists[term].append(number)
        names = sorted(lists)
        lengths = [len(lists[name]) for name in names]
        held = np.fromiter(chain.from_iterable(map(lists.__getitem__, names)), np.uint32)
        made = cls._made(names, lengths, held, np.zeros(len(held), np.uint8), len(having))
        return made, {name: at for at, name in enumerate(names)}

    def weighed(self, pairs: NDArray[np.int64], strengths: Strengths) -> Self:
        """The same, with how much documents are about some terms.

        Args:
            pairs: The place of a term, shifted left by 32 bits, and a document that has it; they
                ascend.
            strengths: How much, for each of ``pairs``.
        """
        term = np.repeat(np.arange(len(self.names)), np.diff(self._starts))
        every = np.zeros(len(term), dtype=np.uint8)
        every[np.searchsorted(term << 32 | self._numbers, pairs)] = strengths
        order = np.lexsort((self._numbers, FULL - every, term))
        return type(self)(
            {
                **self.arrays,
                "terms.numbers": self._numbers[order],
                "terms.strengths": every[order],
            },
            self._end,
        )

    @classmethod
    def merged(
        cls, parts: Sequence[tuple["Terms", NDArray[np.int64]]], end: int
    ) -> tuple[Self, list[NDArray[np.int64]]]:
        """One for all of ``parts``, each with the new numbers of its documents (-1: none).

        Returns:
            Also the new place of each term, for each part; -1 if nothing has it any more.
        """
        names = sorted(set().union(*(terms.names for terms, _ in parts)))
        place = {name: at for at, name in enumerate(names)}
        places = [
            np.fromiter(map(place.__getitem__, terms.names), np.int64, len(terms.names))
            for terms, _ in parts
        ]
        counts = np.zeros(len(names), dtype=np.int64)
        numbers: list[Numbers] = []
        strengths: list[Strengths] = []
        for first, last in _slices(parts, places, len(names)):
            keys = np.sort(np.concatenate([
                _keys(terms, renumbered, at, first, last)
                for (terms, renumbered), at in zip(parts, places, strict=True)
            ]))  # fmt: skip
            numbers.append((keys & 0xFFFFFFFF).astype(np.uint32))
            strengths.append(FULL - (keys >> 32 & FULL).astype(np.uint8))
            counts[first:last] = np.bincount((keys >> 40).astype(np.int64), minlength=last - first)
        left = counts > 0
        onward = np.where(left, np.cumsum(left) - 1, -1)
        merged = cls._made(
            [name for name, some in zip(names, left.tolist(), strict=True) if some],
            counts[left],
            np.concatenate(numbers),
            np.concatenate(strengths),
            end,
        )
        return merged, [onward[at] for at in places]

    @classmethod
    def _made(
        cls,
        names: list[str],
        lengths: NDArray[Any] | list[int],
        numbers: Numbers,
        strengths: Strengths,
        end: int,
    ) -> Self:
        held: Arrays = {
            "terms.starts": starts_of(lengths),
            "terms.numbers": numbers,
            "terms.strengths": strengths,
        }
        return cls({**arrays_of(names), **held}, end)

    def postings(self, first: int, last: int) -> tuple[Starts, Numbers, Strengths]:
        """Of the terms from ``first`` up to ``last`` where each begins, the documents, how much."""
        starts = self._starts[first : last + 1]
        some = slice(starts[0], starts[-1])
        return starts - starts[0], self._numbers[some], self._strengths[some]

    def strongest(self, kind: str, term: str) -> tuple[Numbers, Strengths]:
        """The documents that have ``term``, those first that are most about it, and how much."""
        at = self.place(kind, term)
        _, numbers, strengths = self.postings(0, 0) if at is None else self.postings(at, at + 1)
        return numbers, strengths

    def place(self, kind: str, term: str) -> int | None:
        """Where ``term`` stands; ``None`` if nothing has it."""
        return self.names.place(named(kind, term))

    def beginning(self, kind: str, prefix: str) -> range:
        """Where all terms stand that begin with ``prefix``."""
        name = named(kind, prefix)
        return range(self.names.first_from(name), self.names.first_from(name + _AFTER_ALL))

    def counts(self, kind: str, among: BitMap) -> NDArray[np.uint32]:
        """How many of ``among`` have each term of ``kind``."""
        places = self.beginning(kind, "")
        starts, numbers, _ = self.postings(places.start, places.stop)
        if not places:
            return np.zeros(0, dtype=np.uint32)
        having = np.zeros(self._end, dtype=np.uint8)
        having[among.to_array()] = 1
        counts: NDArray[np.uint32] = np.add.reduceat(having[numbers], starts[:-1], dtype=np.uint32)
        return counts

    def having(self, kind: str, term: str) -> BitMap:
        """The documents that have ``term``. Not to be changed."""
        at = self.place(kind, term)
        return BitMap() if at is None else self._bitmap(at)

    def having_any(self, places: Iterable[int]) -> BitMap:
        """The documents that have any of the terms at ``places``. Not to be changed."""
        at = np.fromiter(places, np.int64)
        if len(at) < 2:
            return self._bitmap(int(at[0])) if len(at) else BitMap()
        starts = self._starts[at]
        return of_unsorted(self._numbers[spread(starts, self._starts[at + 1] - starts)], self._end)

    def _bitmap(self, at: int) -> BitMap:
        if (kept := self._kept.get(at)) is not None:
            return kept
        _, numbers, strengths = self.postings(at, at + 1)
        weighed = len(numbers) and strengths[0] != 0
        made = of_unsorted(numbers, self._end) if weighed else of_sorted(numbers)
        if len(made) >= _KEPT_FROM:
            self._kept[at] = made
        return made


def _slices(
    parts: Sequence[tuple[Terms, NDArray[np.int64]]], places: list[NDArray[np.int64]], end: int
) -> list[tuple[int, int]]:
    """The terms in stretches of about as many postings as are sorted at a time."""
    sizes = np.zeros(end, dtype=np.int64)
    for (terms, _), at in zip(parts, places, strict=True):
        sizes[at] += np.diff(terms.postings(0, len(at))[0])
    stretch = np.cumsum(sizes) // _SLICE
    edges = [0, *(np.flatnonzero(np.diff(stretch)) + 1).tolist(), end]
    return list(pairwise(edges))


def _keys(
    terms: Terms, renumbered: NDArray[np.int64], at: NDArray[np.int64], first: int, last: int
) -> NDArray[Any]:
    """What is left of the postings of some terms, in the order that they are to stand in.

    Each is the new term, counted from ``first``, in the upper 24 bits, then by how much it is
    less than the strongest, in 8, and the new number in 32.
    """
    begin, end = np.searchsorted(at, [first, last]).tolist()
    starts, numbers, strengths = terms.postings(begin, end)
    now = renumbered[numbers]
    term = np.repeat(at[begin:end] - first, np.diff(starts))
    left = now >= 0
    keys: NDArray[Any] = (
        term[left].astype(np.uint64) << np.uint64(40)
        | (FULL - strengths[left]).astype(np.uint64) << np.uint64(32)
        | now[left].astype(np.uint64)
    )
    return keys
