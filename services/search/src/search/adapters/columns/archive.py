"""Arrays with names in one file, which processes map instead of reading it."""

import json
import struct
from collections.abc import Iterable, Mapping
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"PRcols01"
_ALIGNED = 64
"""Bytes; what processors load at once begins at such a place."""
_END = struct.Struct("<Q8s")

Arrays = Mapping[str, NDArray[Any]]


class Damaged(Exception):
    """This is not a whole file of arrays."""


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


def opened(file: Path) -> Arrays:
    """The arrays in ``file``, mapped into memory and not to be changed.

    They stay readable after the file has been deleted.

    Raises:
        Damaged: If it is not there, was not written by ``write``, or has another length now.
    """
    try:
        with file.open("rb") as source:
            held = mmap(source.fileno(), 0, access=ACCESS_READ)
        table = _table(held)
        return {
            name: np.frombuffer(held, dtype, _product(shape), at).reshape(shape)
            for name, (dtype, shape, at) in table.items()
        }
    except (OSError, ValueError, TypeError, struct.error) as error:
        raise Damaged(f"'{file.name}' is not a whole file of arrays: {error}") from error


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
