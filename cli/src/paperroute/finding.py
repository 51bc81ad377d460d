"""Which files there are to import."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and the folder in which it was found; ``None`` if it was named itself."""

    path: Path
    folder: Path | None


def find_files(places: Iterable[Path], *, recursive: bool) -> Iterator[Found]:
    """The files among and within ``places``, in order of their names, each once.

    Hidden files and folders are left out, unless they are named themselves. A link to a file
    stands for the file; a link to a folder is not followed, so that no loop can catch us.
    """
    seen: set[tuple[int, int]] = set()
    for place in places:
        within = _within(place, recursive=recursive) if place.is_dir() else [Found(place, None)]
        for found in within:
            try:
                facts = found.path.stat()
            except OSError:
                yield found  # whoever opens it will say what is wrong
                continue
            if (facts.st_dev, facts.st_ino) not in seen:
                seen.add((facts.st_dev, facts.st_ino))
                yield found


def _within(folder: Path, *, recursive: bool) -> Iterator[Found]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and recursive)
        for name in sorted(names):
            path = Path(here, name)
            if not name.startswith(".") and (path.is_file() or path.is_symlink()):
                yield Found(path, folder)
