"""What documents have in common, each with the documents that have it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns.archive import Arrays, Writing
from search.adapters.columns.bitmaps import Numbers, of_sorted, of_unsorted, weight
from search.adapters.columns.lists import Starts, spread, starts_of, staying, stretches
from search.adapters.columns.names import Names, arrays_of
from search.adapters.columns.recent import Recent
from search.adapters.columns.strengths import Strengths
from search.domain.ranking import FULL

_ARRAYS = (
    *("names", "names.starts", "terms.starts", "terms.numbers", "terms.strengths"),
    *("leaders.terms", "leaders.starts", "leaders.numbers"),
    *("bitmaps.terms", "bitmaps.starts", "bitmaps"),
)
_AFTER_ALL = "\U0010ffff"
_MAPPED_FROM = 512
"""Of a term that so many documents have, the bitmap is written down, too: it is soon read."""
_KEPT, _KEPT_EACH = 1 << 20, 16
"""Bytes of those bitmaps that are kept for the next query, and more for each document."""
_LED_FROM = 1024
"""Of a term that so many documents or fewer have, all are looked at to find the strongest."""
_LEADERS = 8192
"""Of any other, so many of the strongest are written down."""
_SLICE = 1_000_000
"""How many postings are sorted at a time: it bounds the memory that merging takes."""


def named(kind: str, term: str) -> str:
    """How ``term`` is called among terms of every kind."""
    return f"{kind}:{term}"


class Terms:
    """Terms in the order of their names, so that those which begin alike stand together.

    The documents of a term ascend. How much each is about it is a number from 0 to 255. Of terms
    that many documents are about, those that are most about it are written down, too.
    """

    def __init__(self, arrays: Arrays, end: int) -> None:
        """Those of ``arrays``, of ``end`` documents."""
        self.arrays = {name: arrays[name] for name in _ARRAYS}
        self.names = Names(arrays)
        self._starts: Starts = arrays["terms.starts"]
        self._numbers: Numbers = arrays["terms.numbers"]
        self._strengths: Strengths = arrays["terms.strengths"]
        self._led: Numbers = arrays["leaders.terms"]
        self._leaders_start: Starts = arrays["leaders.starts"]
        self._leaders: Numbers = arrays["leaders.numbers"]
        self._mapped: Numbers = arrays["bitmaps.terms"]
        self._maps_start: Starts = arrays["bitmaps.starts"]
        self._maps: NDArray[np.uint8] = arrays["bitmaps"]
        self._end = end
        self.token = object()
        self._elsewhere: Recent[tuple[object, str], NDArray[np.int64]] = Recent(8)
        self._kept: Recent[int, BitMap] = Recent(_KEPT + _KEPT_EACH * end, weight)

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
        leaders = _leaders(self._starts, self._numbers, every)
        return type(self)({**self.arrays, "terms.strengths": every, **leaders}, self._end)

    @classmethod
    def merged(
        cls, parts: Sequence[tuple["Terms", NDArray[np.int64]]], out: Writing
    ) -> list[NDArray[np.int64]]:
        """Write one for all of ``parts``, each with the new numbers of its documents (-1: none).

        Returns:
            The new place of each term, for each part; -1 if nothing has it any more.
        """
        names = sorted(set().union(*(terms.names for terms, _ in parts)))
        place = {name: at for at, name in enumerate(names)}
        places = [
            np.fromiter(map(place.__getitem__, terms.names), np.int64, len(terms.names))
            for terms, _ in parts
        ]
        counts = np.zeros(len(names), dtype=np.int64)
        left = sum(staying(terms.arrays["terms.numbers"], new) for terms, new in parts)
        numbers = out.room("terms.numbers", np.uint32, left)
        strengths = out.room("terms.strengths", np.uint8, left)
        leaders, bitmaps = [], []
        for first, last in stretches(_sizes(parts, places, len(names)), _SLICE):
            keys = np.concatenate([
                _keys(terms, renumbered, at, first, last)
                for (terms, renumbered), at in zip(parts, places, strict=True)
            ])  # fmt: skip
            keys.sort()
            counts[first:last] = np.bincount((keys >> 40).astype(np.int64), minlength=last - first)
            starts = starts_of(counts[first:last])
            some, strong = (
                (keys >> 8 & 0xFFFFFFFF).astype(np.uint32),
                (keys & FULL).astype(np.uint8),
            )
            numbers.fill(some)
            strengths.fill(strong)
            leaders.append((first, _leaders(starts, some, strong)))
            bitmaps.append((first, _bitmaps(starts, some)))
        there = counts > 0
        onward = np.where(there, np.cumsum(there) - 1, -1)
        out.add(arrays_of([name for name, some in zip(names, there.tolist(), strict=True) if some]))
        out.add({"terms.starts": starts_of(counts[there])})
        _join("leaders", "leaders.numbers", leaders, onward, out)
        _join("bitmaps", "bitmaps", bitmaps, onward, out)
        return [onward[at] for at in places]

    @classmethod
    def _made(
        cls,
        names: list[str],
        lengths: NDArray[Any] | list[int],
        numbers: Numbers,
        strengths: Strengths,
        end: int,
    ) -> Self:
        starts = starts_of(lengths)
        held: Arrays = {
            "terms.starts": starts,
            "terms.numbers": numbers,
            "terms.strengths": strengths,
            **_leaders(starts, numbers, strengths),
            **_bitmaps(starts, numbers),
        }
        return cls({**arrays_of(names), **held}, end)

    def postings(self, first: int, last: int) -> tuple[Starts, Numbers, Strengths]:
        """Of the terms from ``first`` up to ``last`` where each begins, the documents, how much."""
        starts = self._starts[first : last + 1]
        some = slice(starts[0], starts[-1])
        return starts - starts[0], self._numbers[some], self._strengths[some]

    def weighty(self, kind: str, term: str) -> tuple[Numbers, Strengths]:
        """The documents that have ``term``, and how much each is about it."""
        at = self.place(kind, term)
        _, numbers, strengths = self.postings(0, 0) if at is None else self.postings(at, at + 1)
        return numbers, strengths

    def strongest(self, kind: str, term: str, count: int) -> tuple[Numbers, int] | None:
        """The ``count`` documents that are most about ``term``, and how much others can be.

        Returns:
            Those first that are most about it, by their numbers if as much; if they are all that
            have it, in any order. ``None`` if so many are not written down.
        """
        at = self.place(kind, term)
        _, numbers, strengths = self.postings(0, 0) if at is None else self.postings(at, at + 1)
        if len(numbers) <= count:
            return numbers, 0
        led = int(np.searchsorted(self._led, at or 0))
        if led == len(self._led) or self._led[led] != at:
            return None
        begin, end = self._leaders_start[led : led + 2].tolist()
        if end - begin < count:
            return None
        leaders = self._leaders[begin : begin + count]
        last = int(np.searchsorted(numbers, leaders[-1]))
        return leaders, int(strengths[last])

    def count(self, kind: str, term: str) -> int:
        """How many documents have ``term``."""
        at = self.place(kind, term)
        return 0 if at is None else int(self._starts[at + 1] - self._starts[at])

    def place(self, kind: str, term: str) -> int | None:
        """Where ``term`` stands; ``None`` if nothing has it."""
        return self.names.place(named(kind, term))

    def beginning(self, kind: str, prefix: str) -> range:
        """Where all terms stand that begin with ``prefix``."""
        name = named(kind, prefix)
        return range(self.names.first_from(name), self.names.first_from(name + _AFTER_ALL))

    def places_in(self, other: "Terms", kind: str) -> NDArray[np.int64]:
        """Where each term of ``kind`` stands in ``other``; -1 if it does not."""
        return self._elsewhere.answer((other.token, kind), lambda: self._sought(other, kind))

    def _sought(self, other: "Terms", kind: str) -> NDArray[np.int64]:
        there = other.beginning(kind, "")
        place = dict(zip(other.names.among(there), there, strict=True))
        names = self.names.among(self.beginning(kind, ""))
        return np.array([place.get(name, -1) for name in names], dtype=np.int64)

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
        _, numbers, _ = self.postings(at, at + 1)
        if len(numbers) < _MAPPED_FROM:
            return of_sorted(numbers)
        return self._kept.answer(at, lambda: self._read(at))

    def _read(self, at: int) -> BitMap:
        mapped = int(np.searchsorted(self._mapped, at))
        begin, end = self._maps_start[mapped : mapped + 2].tolist()
        return BitMap.deserialize(self._maps[begin:end].tobytes())


def _bitmaps(starts: Starts, numbers: Numbers) -> Arrays:
    """The bitmaps of the terms that many documents have, in the format that the library reads."""
    mapped = np.flatnonzero(np.diff(starts) >= _MAPPED_FROM)
    made = [
        of_sorted(numbers[begin:end]).serialize()
        for begin, end in zip(starts[mapped].tolist(), starts[mapped + 1].tolist(), strict=True)
    ]
    return {
        "bitmaps.terms": mapped.astype(np.uint32),
        "bitmaps.starts": starts_of(list(map(len, made))),
        "bitmaps": np.frombuffer(b"".join(made), dtype=np.uint8),
    }


def _leaders(starts: Starts, numbers: Numbers, strengths: Strengths) -> Arrays:
    """Of the terms that many documents are about, the documents that are most about each."""
    led = np.flatnonzero(np.diff(starts) > _LED_FROM)
    led = led[strengths[starts[led]] > 0]
    some: list[Numbers] = [np.zeros(0, dtype=np.uint32)]
    for begin, end in zip(starts[led].tolist(), starts[led + 1].tolist(), strict=True):
        order = np.argsort(FULL - strengths[begin:end], kind="stable")
        some.append(numbers[begin + order[:_LEADERS]])
    return {
        "leaders.terms": led.astype(np.uint32),
        "leaders.starts": starts_of(list(map(len, some[1:]))),
        "leaders.numbers": np.concatenate(some),
    }


def _join(
    kind: str,
    values: str,
    some: Sequence[tuple[int, Arrays]],
    onward: NDArray[np.int64],
    out: Writing,
) -> None:
    """Write what stretches of terms have of a ``kind``, each with the first of its terms."""
    terms = np.concatenate([first + each[f"{kind}.terms"].astype(np.int64) for first, each in some])
    starts = starts_of(np.concatenate([np.diff(each[f"{kind}.starts"]) for _, each in some]))
    out.add({f"{kind}.terms": onward[terms].astype(np.uint32), f"{kind}.starts": starts})
    room = out.room(values, some[0][1][values].dtype, int(starts[-1]))
    for _, each in some:
        room.fill(each[values])


def _sizes(
    parts: Sequence[tuple[Terms, NDArray[np.int64]]], places: list[NDArray[np.int64]], end: int
) -> NDArray[np.int64]:
    """How many postings there are of each term."""
    sizes = np.zeros(end, dtype=np.int64)
    for (terms, _), at in zip(parts, places, strict=True):
        sizes[at] += np.diff(terms.arrays["terms.starts"])
    return sizes


def _keys(
    terms: Terms, renumbered: NDArray[np.int64], at: NDArray[np.int64], first: int, last: int
) -> NDArray[Any]:
    """What is left of the postings of some terms, in the order that they are to stand in.

    Each is the new term, counted from ``first``, in the upper 24 bits, then the new number in 32,
    and in 8 how much it is about the term.
    """
    begin, end = np.searchsorted(at, [first, last]).tolist()
    starts, numbers, strengths = terms.postings(begin, end)
    now = renumbered[numbers]
    term = np.repeat(at[begin:end] - first, np.diff(starts))
    left = now >= 0
    keys: NDArray[Any] = (
        term[left].astype(np.uint64) << np.uint64(40)
        | now[left].astype(np.uint64) << np.uint64(8)
        | strengths[left].astype(np.uint64)
    )
    return keys
