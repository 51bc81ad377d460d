"""Sending a large file in parts, straight to where the site stores them."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PART_BYTES = 8 * 1024**2
"""How long every part but the last is, as the site's API has it."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a file that is still to be sent.

    Attributes:
        number: From 1.
        start: Where it begins in the file.
        length: In bytes.
        url: Where to.
        headers: What must be sent with it, exactly.
    """

    number: int
    start: int
    length: int
    url: str
    headers: dict[str, str]

    def read(self, path: Path, on_read: Callable[[int], object]) -> Iterator[bytes]:
        """Its bytes; ``on_read`` is told how far in the file each chunk ends."""
        with path.open("rb") as file:
            file.seek(self.start)
            left = self.length
            while left and (chunk := file.read(min(_CHUNK, left))):
                left -= len(chunk)
                yield chunk
                on_read(file.tell())


def part_hashes(path: Path) -> list[str]:
    """The SHA-256 of each part of a file, in order."""
    with path.open("rb") as file:
        return [
            hashlib.sha256(part).hexdigest() for part in iter(lambda: file.read(PART_BYTES), b"")
        ]


def missing(progress: Mapping[str, Any]) -> list[Slice]:
    """What is still to be sent, as the site tells it."""
    return [
        Slice(
            number=part["number"],
            start=(part["number"] - 1) * progress["part_size"],
            length=part["bytes"],
            url=part["url"],
            headers=part["headers"],
        )
        for part in progress["parts"]
        if not part["arrived"]
    ]
