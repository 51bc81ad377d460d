"""What an index consists of, in memory and as text that names files."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from pyroaring import BitMap

from search.adapters.columns.archive import Damaged
from search.adapters.columns.gone import Gone
from search.adapters.columns.segment import LAYOUT, Segment

_FILE = re.compile(r"[0-9a-f]{32}\.(segment|gone)")


class Part(NamedTuple):
    """A segment, and those in it that are deleted or of which a newer segment knows more."""

    segment: Segment
    dead: BitMap

    @property
    def size(self) -> int:
        """How many wallpapers it has that can be found."""
        return self.segment.size - len(self.dead)

    def find(self, ids: tuple[str, ...]) -> dict[str, int]:
        """The numbers of those of ``ids`` that live here."""
        found = self.segment.find(ids)
        return {id_: number for id_, number in found.items() if number not in self.dead}


@dataclass(frozen=True, slots=True)
class Contents:
    """What an index consists of at one moment.

    Attributes:
        parts: Its segments, the oldest first.
        gone: What was deleted.
        position: Where the feed goes on.
    """

    parts: tuple[Part, ...] = ()
    gone: Gone = field(default_factory=Gone)
    position: str | None = None

    @property
    def size(self) -> int:
        """How many wallpapers can be found."""
        return sum(part.size for part in self.parts)

    @property
    def files(self) -> tuple[Path, ...]:
        """Where all of this is."""
        segments = tuple(part.segment.file for part in self.parts)
        return (*segments, self.gone.file) if self.gone.file else segments


@dataclass(frozen=True, slots=True)
class Manifest:
    """Contents as text: the names of files, and what is too small for one.

    Attributes:
        parts: The name of each segment's file, and the bitmap of its dead in base64.
        gone: The name of the file that says what was deleted, if there is one.
        recent: What else was deleted, with its version.
        position: Where the feed goes on.
        layout: Of the files; one of another layout cannot be read.
    """

    parts: tuple[tuple[str, str], ...]
    gone: str | None
    recent: dict[str, int]
    position: str | None
    layout: int = LAYOUT

    @classmethod
    def of(cls, contents: Contents) -> Self:
        """What to write of ``contents``."""
        gone = contents.gone
        return cls(
            tuple(
                (part.segment.file.name, b64encode(part.dead.serialize()).decode())
                for part in contents.parts
            ),
            gone.file.name if gone.file else None,
            gone.recent,
            contents.position,
        )

    @classmethod
    def parse(cls, said: Any) -> Self:
        """Understand what ``json`` has loaded.

        Raises:
            Damaged: If ``json`` has written none of ours, or one of another layout.
        """
        try:
            held = cls(
                tuple((str(name), str(dead)) for name, dead in said["parts"]),
                None if said["gone"] is None else str(said["gone"]),
                {str(id_): int(version) for id_, version in said["recent"].items()},
                None if said["position"] is None else str(said["position"]),
                int(said["layout"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Damaged(f"this is no manifest: {error!r}") from error
        if held.layout != LAYOUT or not all(map(_FILE.fullmatch, held.files)):
            raise Damaged("this is a manifest of files that we cannot read")
        return held

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all files."""
        names = tuple(name for name, _ in self.parts)
        return (*names, self.gone) if self.gone else names

    def contents(self, folder: Path, known: Contents) -> Contents:
        """What lies in ``folder``; what ``known`` has open of it is not opened again.

        Raises:
            Damaged: If a file is missing, or not whole.
        """
        open_ = {part.segment.file.name: part for part in known.parts}
        parts = []
        for name, dead in self.parts:
            part = open_.get(name)
            segment = part.segment if part else Segment(folder / name)
            parts.append(Part(segment, _bitmap(dead)))
        file = folder / self.gone if self.gone else None
        return Contents(tuple(parts), Gone(file, self.recent), self.position)


def _bitmap(text: str) -> BitMap:
    try:
        return BitMap.deserialize(b64decode(text, validate=True))
    except ValueError as error:
        raise Damaged(f"a bitmap of the manifest cannot be read: {error}") from error
