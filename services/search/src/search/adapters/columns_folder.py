"""An index of columns in a folder: one process keeps it up, every process searches it."""

import json
import logging
import os
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from search.adapters.columns.archive import Damaged
from search.adapters.columns.contents import Contents, Manifest
from search.adapters.columns_index import ColumnsIndex
from search.ports import Index, Published, Reconciled

log = logging.getLogger(__name__)

OLDEST = timedelta(days=25)
"""Media remembers for 30 days what was deleted: from an older state one cannot catch up."""
_MANIFEST = "manifest.json"
_REPORT = "reconciled.json"
_CURRENT = "current"
"""An empty file: it was last touched when the index had all there was."""


class ColumnsFolder:
    """Files that never change, and a manifest that says which of them are the index now.

    The manifest is replaced whole: who reads it has the old one or the new one. What it no
    longer names is deleted; processes that still search in it have it mapped.
    """

    def __init__(self, folder: Path) -> None:
        """On ``folder``, which is made if it is not there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._manifest = folder / _MANIFEST
        self._current = folder / _CURRENT
        self._report = folder / _REPORT
        self._seen: os.stat_result | None = None
        self._contents = Contents()
        self._index = ColumnsIndex(folder)
        self._written = ""

    def begin(self) -> None:
        """Forget until when the index was up to date: it is to catch up again."""
        self._current.unlink(missing_ok=True)

    def open(self) -> ColumnsIndex:
        """What was published last, for the one process that keeps it up; else an empty one."""
        try:
            self._contents = Contents() if self._is_too_old() else self._read()
        except Damaged as error:
            log.warning("index not taken up again: %s", error)
            self._contents = Contents()
        self._sweep()
        return ColumnsIndex(self._folder, self._contents)

    def adopt(self, manifest: Manifest) -> None:
        """Publish what ``manifest`` says, whose files have been put into the folder.

        Raises:
            Damaged: If they have not, or are not whole.
        """
        self._contents = manifest.contents(self._folder, Contents())
        self._write(manifest)

    def empty(self) -> ColumnsIndex:
        """Another one, which is not published yet."""
        return ColumnsIndex(self._folder)

    def publish(self, index: Index, *, current: bool) -> None:
        """Let every process search what ``index`` has now."""
        if not isinstance(index, ColumnsIndex):
            raise TypeError("only an index of this folder can be published")
        contents = index.contents
        self._write(Manifest.of(contents))
        before, self._contents = self._contents, contents
        for file in {*before.files, *index.dropped()} - set(contents.files):
            file.unlink(missing_ok=True)
        if current:
            self._current.touch()
            index.unite()

    def newest(self) -> Published | None:
        """What was published last, for any process; ``None`` if nothing was, or is readable."""
        with suppress(Damaged):
            self._look()
        if self._seen is None:
            return None
        return Published(self._index, self._current_at())

    def report(self, done: Reconciled) -> None:
        """Beside the index: it goes no further than the task."""
        beginning = self._report.with_suffix(".part")
        beginning.write_text(json.dumps(asdict(done)))
        beginning.replace(self._report)

    def reconciled(self) -> Reconciled | None:
        """What was reported last, if it can be read."""
        with suppress(OSError, ValueError, TypeError):
            return Reconciled(**json.loads(self._report.read_text()))
        return None

    def _look(self) -> None:
        """Take up the manifest if it is another one than last time."""
        try:
            there = self._manifest.stat()
        except FileNotFoundError:
            return
        if self._seen and _same(there, self._seen):
            return
        self._contents = self._read()
        self._index = ColumnsIndex(self._folder, self._contents)
        self._seen = there

    def _read(self) -> Contents:
        try:
            manifest = Manifest.parse(json.loads(self._manifest.read_text()))
        except FileNotFoundError:
            return Contents()
        except (ValueError, RecursionError) as error:
            raise Damaged(f"the manifest cannot be read: {error}") from error
        return manifest.contents(self._folder, self._contents)

    def _write(self, manifest: Manifest) -> None:
        text = json.dumps(asdict(manifest))
        if text == self._written:
            return
        beginning = self._manifest.with_suffix(".part")
        beginning.write_text(text)
        beginning.replace(self._manifest)
        self._written = text

    def _current_at(self) -> float | None:
        try:
            return self._current.stat().st_mtime
        except FileNotFoundError:
            return None

    def _is_too_old(self) -> bool:
        with suppress(FileNotFoundError):
            return time.time() - self._manifest.stat().st_mtime > OLDEST.total_seconds()
        return False

    def _sweep(self) -> None:
        """Delete what somebody who was killed has left behind."""
        used = set(self._contents.files)
        for kind in ("*.segment", "*.gone", "*.part"):
            for file in set(self._folder.glob(kind)) - used:
                file.unlink(missing_ok=True)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_ino, one.st_mtime_ns) == (other.st_ino, other.st_mtime_ns)
