"""Many names in the order of their letters, in two arrays that processes can share."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np

from search.adapters.columns.archive import Arrays
from search.adapters.columns.lists import starts_of

_TOGETHER = 64
_BETWEEN = b"\xff"
"""Is nowhere in UTF-8."""


class Names(Sequence[str]):
    """Names stand in groups, of which only the first of each is held as an object of its own.

    So a million names cost a process a megabyte, and one is found in two microseconds.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Those that ``arrays_of`` was given."""
        self._texts = arrays["names"].data
        self._starts: list[int] = arrays["names.starts"].tolist()
        self._firsts = [
            self._group(at)[1:].partition(_BETWEEN)[0] for at in range(len(self._starts) - 1)
        ]
        last = len(self._firsts) - 1
        self._count = last * _TOGETHER + len(self._named(last)) if self._firsts else 0

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(self._count))]
        if not 0 <= at < self._count:
            raise IndexError(at)
        group, within = divmod(at, _TOGETHER)
        return _text(self._named(group)[within])

    def __iter__(self) -> Iterator[str]:
        for group in range(len(self._firsts)):
            yield from map(_text, self._named(group))

    def among(self, which: range) -> Iterator[str]:
        """The names at ``which`` places, one after the other; each group is read once."""
        for group in range(which.start // _TOGETHER, -(-which.stop // _TOGETHER)):
            begin = group * _TOGETHER
            some = self._named(group)[max(which.start - begin, 0) : which.stop - begin]
            yield from map(_text, some)

    def place(self, name: str) -> int | None:
        """Where ``name`` stands; ``None`` if it is not there."""
        wanted = _bytes(name)
        group = bisect_right(self._firsts, wanted) - 1
        if group < 0:
            return None
        texts = self._group(group)
        at = texts.find(_BETWEEN + wanted + _BETWEEN)
        return None if at < 0 else group * _TOGETHER + texts.count(_BETWEEN, 0, at)

    def first_from(self, name: str) -> int:
        """Where the first stands that is not before ``name``."""
        wanted = _bytes(name)
        group = bisect_left(self._firsts, wanted) - 1
        if group < 0:
            return 0
        return group * _TOGETHER + bisect_left(self._named(group), wanted)

    def _group(self, at: int) -> bytes:
        return bytes(self._texts[self._starts[at] : self._starts[at + 1]])

    def _named(self, group: int) -> list[bytes]:
        return self._group(group)[1:-1].split(_BETWEEN)


def arrays_of(names: Sequence[str]) -> Arrays:
    """``names``, which ascend, as arrays."""
    groups = [_group(names[begin : begin + _TOGETHER]) for begin in range(0, len(names), _TOGETHER)]
    return {
        "names": np.frombuffer(b"".join(groups), dtype=np.uint8),
        "names.starts": starts_of(list(map(len, groups))),
    }


def _group(names: Iterable[str]) -> bytes:
    return _BETWEEN + _BETWEEN.join(map(_bytes, names)) + _BETWEEN


def _bytes(name: str) -> bytes:
    """In UTF-8, whose order is that of letters; half a pair of surrogates may stand alone."""
    return name.encode(errors="surrogatepass")


def _text(name: bytes) -> str:
    return name.decode(errors="surrogatepass")
