"""Arrays with names in one file, which processes map instead of reading it."""

import json
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Any, NamedTuple
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

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
    """

    arrays: Arrays
    texts: Texts


def write(file: Path, arrays: Arrays, texts: Iterable[bytes] = ()) -> None:
    """Make ``file``, which is there whole or not at all.

    ``texts``, one after the other, become the array of bytes ``texts``, and where each begins,
    and the last one ends, becomes ``texts.starts``. They are not held in memory.

    The format: eight bytes that say what it is, arrays, a table of them as JSON, its length as
    eight bytes, and the first eight bytes again.
    """
    beginning = file.with_suffix(".part")
    table: dict[str, tuple[str, list[int], int]] = {}
    with beginning.open("wb") as out:
        out.write(_MAGIC)
        for name, array in arrays.items():
            table[name] = (array.dtype.str, list(array.shape), _aligned(out))
            np.ascontiguousarray(array).tofile(out)
        starts = [0]
        at = _aligned(out)
        for text in texts:
            out.write(text)
            starts.append(starts[-1] + len(text))
        table["texts"] = ("|u1", [starts[-1]], at)
        table["texts.starts"] = ("<i8", [len(starts)], _aligned(out))
        np.array(starts, dtype=np.int64).tofile(out)
        said = json.dumps(table).encode()
        out.write(said + _END.pack(len(said), _MAGIC))
    beginning.replace(file)


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
            return Opened(arrays, Texts(os.dup(source.fileno()), begin, starts))
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


def _product(shape: list[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product
