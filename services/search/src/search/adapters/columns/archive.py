"""Arrays with names in one file, which processes map instead of reading it."""

import json
import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from mmap import ACCESS_READ, MADV_DONTNEED, mmap
from pathlib import Path
from typing import IO, Any, NamedTuple
from weakref import finalize

import numpy as np
from numpy.typing import DTypeLike, NDArray

_MAGIC = b"PRcols01"
_ALIGNED = 64
"""Bytes; what processors load at once begins at such a place."""
_NEAR = 4
"""Texts that stand so near to each other are read at once."""
_END = struct.Struct("<Q8s")

Arrays = Mapping[str, NDArray[Any]]


class Damaged(Exception):
    """This is not a whole file of arrays."""


class Texts:
    """The texts of a file, read from it one by one.

    They are most of it, and few of them are wanted together: mapped, each would take sixteen
    pages of memory, and the time of entering them, for the kilobyte that is read.
    """

    def __init__(self, descriptor: int, begin: int, starts: NDArray[Any]) -> None:
        """Those that begin at the byte ``begin`` of an open file, which is closed with them."""
        finalize(self, os.close, descriptor)
        self._descriptor = descriptor
        self._begin = begin
        self._starts = starts

    def chosen(self, which: Sequence[int]) -> list[bytes]:
        """Some of them; neighbours are read at once, with the few that stand in between."""
        texts: dict[int, bytes] = {}
        for run in _runs(sorted(which)):
            starts = self._starts[run[0] : run[-1] + 2].tolist()
            begin = starts[0]
            read = os.pread(self._descriptor, starts[-1] - begin, self._begin + begin)
            for number in run:
                at = number - run[0]
                texts[number] = read[starts[at] - begin : starts[at + 1] - begin]
        return [texts[number] for number in which]


class Opened(NamedTuple):
    """What a file holds; it stays readable after the file has been deleted.

    Attributes:
        arrays: Mapped into memory and not to be changed.
        texts: Read when they are asked for.
        mapped: What the arrays lie in.
    """

    arrays: Arrays
    texts: Texts
    mapped: mmap

    def let_go(self) -> None:
        """Hold none of the pages that were looked at; they come back when they are wanted."""
        self.mapped.madvise(MADV_DONTNEED)


class Room:
    """The place of an array in a file that is being written, filled little by little."""

    def __init__(
        self, descriptor: int, at: int, dtype: np.dtype[Any], shape: Sequence[int]
    ) -> None:
        """From the byte ``at``; ``shape`` is of one or two dimensions."""
        self._descriptor = descriptor
        self._dtype = dtype
        self._ends = [at + row * shape[-1] * dtype.itemsize for row in range(_product(shape[:-1]))]

    def fill(self, values: NDArray[Any], row: int = 0) -> None:
        """Put ``values`` after those that are in a row already."""
        left = np.ascontiguousarray(values, dtype=self._dtype).view(np.uint8).data
        while len(left):
            written = os.pwrite(self._descriptor, left, self._ends[row])
            self._ends[row] += written
            left = left[written:]


class Writing:
    """A file of arrays that is being written; none of them is held in memory."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._table: dict[str, tuple[str, list[int], int]] = {}
        out.write(_MAGIC)

    def add(self, arrays: Arrays) -> None:
        """Write ``arrays``."""
        for name, each in arrays.items():
            self._table[name] = (each.dtype.str, list(each.shape), _aligned(self._out))
            np.ascontiguousarray(each).tofile(self._out)

    def room(self, name: str, dtype: DTypeLike, *shape: int) -> Room:
        """The place of an array that is filled later; what is not filled is zero."""
        kind = np.dtype(dtype)
        at = _aligned(self._out)
        self._table[name] = (kind.str, list(shape), at)
        self._out.seek(at + _product(shape) * kind.itemsize)
        return Room(self._out.fileno(), at, kind, shape)

    def end(self, texts: Iterable[bytes]) -> None:
        """Write ``texts``, and what each name stands for."""
        starts = array("q", [0])
        at = _aligned(self._out)
        for text in texts:
            self._out.write(text)
            starts.append(starts[-1] + len(text))
        self._table["texts"] = ("|u1", [starts[-1]], at)
        self.add({"texts.starts": np.frombuffer(starts, dtype=np.int64)})
        said = json.dumps(self._table).encode()
        self._out.write(said + _END.pack(len(said), _MAGIC))


@contextmanager
def writing(file: Path) -> Iterator[Writing]:
    """Make ``file``, which is there whole, or not at all if anything is raised.

    Texts, one after the other, become the array of bytes ``texts``, and where each begins, and
    the last one ends, becomes ``texts.starts``.

    The format: eight bytes that say what it is, arrays, a table of them as JSON, its length as
    eight bytes, and the first eight bytes again.
    """
    beginning = file.with_suffix(".part")
    try:
        with beginning.open("wb") as out:
            yield Writing(out)
    except BaseException:
        beginning.unlink()
        raise
    beginning.replace(file)


def write(file: Path, arrays: Arrays, texts: Iterable[bytes] = ()) -> None:
    """Make ``file`` of ``arrays`` and ``texts``."""
    with writing(file) as out:
        out.add(arrays)
        out.end(texts)


def opened(file: Path) -> Opened:
    """The arrays and texts in ``file``.

    Raises:
        Damaged: If it is not there, was not written by ``write``, or has another length now.
    """
    try:
        with file.open("rb") as source:
            held = mmap(source.fileno(), 0, access=ACCESS_READ)
            table = _table(held)
            arrays = {
                name: np.frombuffer(held, dtype, _product(shape), at).reshape(shape)
                for name, (dtype, shape, at) in table.items()
            }
            begin, starts = table["texts"][2], arrays["texts.starts"]
            return Opened(arrays, Texts(os.dup(source.fileno()), begin, starts), held)
    except (OSError, ValueError, TypeError, KeyError, struct.error) as error:
        raise Damaged(f"'{file.name}' is not a whole file of arrays: {error}") from error


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """``numbers``, which ascend, in stretches without large gaps."""
    if not numbers:
        return
    run = [numbers[0]]
    for number in numbers[1:]:
        if number - run[-1] > _NEAR:
            yield run
            run = []
        run.append(number)
    yield run


def _aligned(out: IO[bytes]) -> int:
    out.write(b"\0" * (-out.tell() % _ALIGNED))
    return out.tell()


def _table(held: mmap) -> dict[str, tuple[str, list[int], int]]:
    length, magic = _END.unpack(held[-_END.size :])
    if magic != _MAGIC or held[: len(_MAGIC)] != _MAGIC:
        raise ValueError("its first and last bytes are not ours")
    table: dict[str, tuple[str, list[int], int]] = json.loads(
        held[-_END.size - length : -_END.size]
    )
    return table


def _product(shape: Sequence[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
