"""Records as they came, in a file without a name: they take no memory of ours."""

import os
import tempfile
from collections.abc import Iterable
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray


class Documents:
    """Texts, read one at a time; gone from the disk when nobody holds them any more."""

    def __init__(self, file: IO[bytes], starts: NDArray[np.int64]) -> None:
        self._file = file
        self._starts = starts

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> Self:
        """Keep ``texts``."""
        file = tempfile.TemporaryFile(prefix="paperroute-search-")  # noqa: SIM115 - closed with us
        starts = [0]
        for text in texts:
            file.write(text)
            starts.append(starts[-1] + len(text))
        file.flush()
        return cls(file, np.array(starts, dtype=np.int64))

    def read(self, number: int) -> bytes:
        """The text that was given as the ``number``-th. May be called by many threads."""
        begin = self._starts[number].item()
        length = self._starts[number + 1].item() - begin
        text = os.pread(self._file.fileno(), length, begin)
        if len(text) != length:
            raise OSError(f"document {number} was cut short: {len(text)} of {length} bytes")
        return text
