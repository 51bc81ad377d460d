"""What imports have done so far, so that the next one does not do it again."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

FILE_NAME = ".paperroute-import.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a file.

    Attributes:
        sha256: Of its bytes.
        wallpaper_id: What the site calls it; ``None`` as long as the site does not have it.
        upload_id: The upload in parts that was begun, as long as it is not completed.
        alike: The wallpaper that looks the same, because of which the site did not take it.
    """

    sha256: str
    wallpaper_id: str | None
    upload_id: str | None = None
    alike: str | None = None


@dataclass(frozen=True, slots=True)
class _Key:
    site: str
    path: str
    size: int
    changed: int


class Journal:
    """A file of JSON lines, one for each file that was looked at; the last one counts.

    What a line says holds for one site, and for a file whose size and time of change are the same
    as then. A journal that cannot be read or written costs time, never an import.
    """

    def __init__(self, path: Path, site: str) -> None:
        self._path = path
        self._site = site
        self._lock = Lock()
        self._entries = dict(self._read())

    def recall(self, file: Path) -> Entry | None:
        """What is known of ``file`` as it is now."""
        return self._entries.get(self._key(file))

    def note(self, file: Path, entry: Entry) -> None:
        """Remember ``entry`` for ``file`` as it is now, also if we are killed right after."""
        key = self._key(file)
        line = json.dumps(
            {
                "site": key.site,
                "path": key.path,
                "size": key.size,
                "mtime_ns": key.changed,
                "sha256": entry.sha256,
                "id": entry.wallpaper_id,
                **({"upload": entry.upload_id} if entry.upload_id else {}),
                **({"alike": entry.alike} if entry.alike else {}),
            }
        )
        with self._lock:
            if self._entries.get(key) == entry:
                return
            self._entries[key] = entry
            try:
                with self._path.open("ab") as file_of_lines:
                    # Whole lines only, and never behind half a line that a crash left.
                    start = b"" if self._ends_whole() else b"\n"
                    file_of_lines.write(start + line.encode() + b"\n")
            except OSError:
                return

    def _key(self, file: Path) -> _Key:
        facts = file.stat()
        try:
            path = file.absolute().relative_to(self._path.absolute().parent)
        except ValueError:
            path = file.absolute()
        return _Key(self._site, path.as_posix(), facts.st_size, facts.st_mtime_ns)

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as lines:
            if lines.seek(0, os.SEEK_END) == 0:
                return True
            lines.seek(-1, os.SEEK_END)
            return lines.read() == b"\n"

    def _read(self) -> Iterator[tuple[_Key, Entry]]:
        try:
            lines = self._path.read_bytes().splitlines()
        except OSError:
            return
        for line in lines:
            try:
                said = json.loads(line)
                key = _Key(said["site"], said["path"], said["size"], said["mtime_ns"])
                yield (
                    key,
                    Entry(said["sha256"], said["id"], said.get("upload"), said.get("alike")),
                )
            except (ValueError, KeyError, TypeError):
                continue


def journal_in(folder: Path, site: str) -> Journal | None:
    """The journal that lives in ``folder``; none if we may not write there."""
    return Journal(folder / FILE_NAME, site) if os.access(folder, os.W_OK) else None
