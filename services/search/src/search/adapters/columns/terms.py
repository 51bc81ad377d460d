"""What documents have in common, each with the documents that have it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.archive import Arrays
from search.adapters.columns.bitmaps import Numbers, of_sorted, of_unsorted
from search.adapters.columns.lists import Starts, spread, starts_of
from search.adapters.columns.names import Names, arrays_of

_ARRAYS = ("names", "names.starts", "terms.starts", "terms.numbers")
_AFTER_ALL = "\U0010ffff"
_KEPT_FROM = 2048
"""A bitmap of so many documents is kept once it was made; of fewer, it is soon made again."""
_SLICE = 4_000_000
"""How many postings are sorted at a time: it bounds the memory that merging takes."""


def named(kind: str, term: str) -> str:
    """How ``term`` is called among terms of every kind."""
    return f"{kind}:{term}"


class Terms:
    """Terms in the order of their names, so that those which begin alike stand together."""

    def __init__(self, arrays: Arrays, end: int) -> None:
        """Those of ``arrays``, of ``end`` documents."""
        self.arrays = {name: arrays[name] for name in _ARRAYS}
        self.names = Names(arrays)
        self._starts: Starts = arrays["terms.starts"]
        self._numbers: Numbers = arrays["terms.numbers"]
        self._end = end
        self._kept: dict[int, BitMap] = {}

    @classmethod
    def of(cls, having: Sequence[Iterable[str]]) -> Self:
        """The terms that each document is said to have."""
        lists: dict[str, list[int]] = {}
        for number, terms in enumerate(having):
            for term in terms:
                lists.setdefault(term, []).append(number)
        names = sorted(lists)
        numbers = [number for name in names for number in lists[name]]
        lengths = [len(lists[name]) for name in names]
        return cls._made(names, lengths, np.array(numbers, dtype=np.uint32), len(having))

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
        sorted_: list[Numbers] = []
        for first, last in _slices(parts, places, len(names)):
            keys = np.sort(np.concatenate([
                _keys(terms, renumbered, at, first, last)
                for (terms, renumbered), at in zip(parts, places, strict=True)
            ]))  # fmt: skip
            sorted_.append((keys & 0xFFFFFFFF).astype(np.uint32))
            counts += np.bincount((keys >> 32).astype(np.int64), minlength=len(names))
        left = counts > 0
        onward = np.where(left, np.cumsum(left) - 1, -1)
        merged = cls._made(
            [name for name, some in zip(names, left.tolist(), strict=True) if some],
            counts[left],
            np.concatenate(sorted_),
            end,
        )
        return merged, [onward[at] for at in places]

    @classmethod
    def _made(
        cls, names: list[str], lengths: NDArray[Any] | list[int], numbers: Numbers, end: int
    ) -> Self:
        held: Arrays = {"terms.starts": starts_of(lengths), "terms.numbers": numbers}
        return cls({**arrays_of(names), **held}, end)

    def postings(self, first: int, last: int) -> tuple[Starts, Numbers]:
        """The documents of the terms from ``first`` up to ``last``, and where each begins."""
        starts = self._starts[first : last + 1]
        return starts - starts[0], self._numbers[starts[0] : starts[-1]]

    def place(self, kind: str, term: str) -> int | None:
        """Where ``term`` stands; ``None`` if nothing has it."""
        return self.names.place(named(kind, term))

    def beginning(self, kind: str, prefix: str) -> range:
        """Where all terms stand that begin with ``prefix``."""
        name = named(kind, prefix)
        return range(self.names.first_from(name), self.names.first_from(name + _AFTER_ALL))

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
        made = of_sorted(self._numbers[self._starts[at] : self._starts[at + 1]])
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
    """What is left of the postings of some terms, each as its new term and new number."""
    begin, end = np.searchsorted(at, [first, last]).tolist()
    starts, numbers = terms.postings(begin, end)
    now = renumbered[numbers]
    term = np.repeat(at[begin:end], np.diff(starts))
    left = now >= 0
    return (term[left].astype(np.uint64) << np.uint64(32)) | now[left].astype(np.uint64)
