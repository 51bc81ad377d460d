"""Records as they came, in a file without a name: they need not be in memory."""

import tempfile
from array import array
from collections.abc import Iterable
from mmap import ACCESS_READ, mmap
from typing import Self


class Documents:
    """Texts, read one at a time; gone from the disk when nobody holds them any more."""

    def __init__(self, texts: mmap, starts: "array[int]") -> None:
        self._texts = texts
        self._starts = starts

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> Self:
        """Keep ``texts``, of which there is at least one."""
        starts = array("q", [0])
        with tempfile.TemporaryFile(prefix="paperroute-search-") as file:
            for text in texts:
                file.write(text)
                starts.append(starts[-1] + len(text))
            file.flush()
            return cls(mmap(file.fileno(), 0, access=ACCESS_READ), starts)

    def read(self, number: int) -> bytes:
        """The text that was given as the ``number``-th. May be called by many threads."""
        return self._texts[self._starts[number] : self._starts[number + 1]]
