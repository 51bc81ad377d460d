"""Snapshots of an index of columns: its files in blocks that are named after what they hold."""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self
from uuid import uuid4

import zstandard

from search.adapters.columns.archive import Damaged
from search.adapters.columns.contents import Manifest
from search.adapters.columns_folder import OLDEST, ColumnsFolder
from search.adapters.columns_index import ColumnsIndex
from search.ports import (
    Index,
    ObjectAbsent,
    ObjectChanged,
    Objects,
    ObjectsUnavailable,
    SnapshotUnavailable,
)

log = logging.getLogger(__name__)

_LIST = "snapshots.json"
_BLOCKS = "blocks/"
_BLOCK = 16 * 1024 * 1024
_LEVEL = 1
"""Of compression: 2.6 times smaller at 450 MB/s, and back at 800 MB/s."""
_KEPT = 3
_GRACE = timedelta(hours=1)
"""A block that no snapshot names may belong to one that is just being made."""
_READERS = 4
_WITHIN = 300.0
"""Seconds for reading a snapshot; to read the feed instead takes a million records as long."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Of one task at one moment.

    Attributes:
        taken_at: In seconds since 1970.
        task: Which task has saved it.
        manifest: Of the index.
        files: The name of each file, and the SHA-256 of each of its blocks, in order.
    """

    taken_at: float
    task: str
    manifest: Manifest
    files: dict[str, tuple[str, ...]]

    @classmethod
    def parse(cls, said: Any) -> Self:
        """Understand what ``json`` has loaded; ``Damaged`` if that is none."""
        try:
            files = {str(name): tuple(map(str, blocks)) for name, blocks in said["files"].items()}
            taken_at, task = float(said["taken_at"]), str(said["task"])
            manifest = Manifest.parse(said["manifest"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Damaged(f"this is no snapshot: {error!r}") from error
        if set(files) != set(manifest.files):
            raise Damaged("this snapshot does not say what its files hold")
        return cls(taken_at, task, manifest, files)


class ColumnsSnapshots:
    """The last snapshots of all tasks, in a list that is swapped against the one that was read.

    ======================  ==========================================================
    key                     holds
    ======================  ==========================================================
    ``snapshots.json``      the last snapshots, the newest first: manifests and blocks
    ``blocks/<sha256>``     at most 16 MiB of a file with that hash, compressed
    ======================  ==========================================================

    A task that has saved before saves again after ``every``; any other only when twice as long
    has passed: the files of two tasks differ, and those of one are mostly there already.
    """

    def __init__(
        self,
        objects: Objects,
        folder: Path,
        *,
        every: timedelta,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._objects = objects
        self._folder = folder
        self._every = every.total_seconds()
        self._clock = clock
        self._task = uuid4().hex
        self._hashed: dict[str, tuple[str, ...]] = {}
        """The blocks of each file that was read before: files never change."""

    def save(self, index: Index) -> bool:
        """Put the blocks that are not there, then the list, then delete what nothing names."""
        if not isinstance(index, ColumnsIndex):
            raise TypeError("only an index of columns can be saved")
        known, tag = self._list()
        if known and not self._is_time(known[0], index.position):
            return False
        contents = index.contents
        there = {block for each in known for blocks in each.files.values() for block in blocks}
        try:
            files = self._put_files(contents.files, there)
        except FileNotFoundError:
            return False  # merged into another one, which will be published in a moment
        snapshot = _Snapshot(self._clock(), self._task, Manifest.of(contents), files)
        kept = [snapshot, *known[: _KEPT - 1]]
        try:
            self._objects.swap(
                _LIST, json.dumps([asdict(each) for each in kept]).encode(), before=tag
            )
        except ObjectChanged:
            return False  # another task was faster: that will do
        self._collect(kept)
        return True

    def restore(self) -> None:
        """The newest one that is whole."""
        known, _ = self._list()
        for snapshot in known:
            if snapshot.taken_at < self._clock() - OLDEST.total_seconds():
                break
            try:
                self._get_files(snapshot)
                ColumnsFolder(self._folder).adopt(snapshot.manifest)
            except (Damaged, ObjectAbsent) as error:
                log.warning("snapshot not used: %s", error)
            else:
                return
        raise SnapshotUnavailable("there is no snapshot that can be used")

    def _is_time(self, last: _Snapshot, position: str | None) -> bool:
        due = self._every if last.task == self._task else 2 * self._every
        return self._clock() >= last.taken_at + due and last.manifest.position != position

    def _list(self) -> tuple[list[_Snapshot], str | None]:
        """The snapshots that can be understood, and the tag of the list; ``None`` without one."""
        try:
            body, tag = self._objects.get(_LIST)
        except ObjectAbsent:
            return [], None
        return list(_parsed(body)), tag

    def _put_files(self, files: Iterable[Path], there: set[str]) -> dict[str, tuple[str, ...]]:
        """The blocks of each file, which are in the store after this."""
        with ExitStack() as opened:  # all at once, before any of them can be deleted
            sources = [(file.name, opened.enter_context(file.open("rb"))) for file in files]
            blocks = {name: self._put_file(name, source, there) for name, source in sources}
        self._hashed = blocks
        return blocks

    def _put_file(self, name: str, source: IO[bytes], there: set[str]) -> tuple[str, ...]:
        hashed = self._hashed.get(name)
        if hashed is not None and there.issuperset(hashed):
            return hashed
        blocks = []
        while block := source.read(_BLOCK):
            sha256 = hashlib.sha256(block).hexdigest()
            if sha256 not in there:
                self._objects.put(_BLOCKS + sha256, _compressed(block))
                there.add(sha256)
            blocks.append(sha256)
        return tuple(blocks)

    def _collect(self, kept: Iterable[_Snapshot]) -> None:
        named = {_BLOCKS + block for each in kept for some in each.files.values() for block in some}
        before = datetime.fromtimestamp(self._clock(), UTC) - _GRACE
        for key, put_at in self._objects.keys(_BLOCKS).items():
            if key not in named and put_at < before:
                self._objects.delete(key)

    def _get_files(self, snapshot: _Snapshot) -> None:
        """Have the files of ``snapshot``; ``Damaged`` if the store has other bytes."""
        with ExitStack() as opened, ThreadPoolExecutor(_READERS) as readers:
            beginnings = {name: self._folder / f"{name}.part" for name in snapshot.files}
            jobs = []
            for name, beginning in beginnings.items():
                out = opened.enter_context(beginning.open("wb"))
                for at, sha256 in enumerate(snapshot.files[name]):
                    last = at + 1 == len(snapshot.files[name])
                    jobs.append(readers.submit(self._get_block, out, at, sha256, last=last))
            wait(jobs, timeout=_WITHIN, return_when=FIRST_EXCEPTION)
            for job in jobs:
                job.cancel()
            for job in jobs:
                _result(job)
        for name, beginning in beginnings.items():
            beginning.replace(self._folder / name)

    def _get_block(self, out: IO[bytes], at: int, sha256: str, *, last: bool) -> None:
        body, _ = self._objects.get(_BLOCKS + sha256)
        block = _decompressed(body)
        if hashlib.sha256(block).hexdigest() != sha256 or (len(block) < _BLOCK and not last):
            raise Damaged(f"the block '{sha256}' is not what it was")
        os.pwrite(out.fileno(), block, at * _BLOCK)


def _parsed(body: bytes) -> Iterator[_Snapshot]:
    try:
        said = json.loads(body)
        every = list(said)
    except (ValueError, TypeError, RecursionError) as error:
        log.warning("list of snapshots not understood: %s", error)
        return
    for each in every:
        try:
            yield _Snapshot.parse(each)
        except Damaged as error:
            log.info("snapshot left out: %s", error)


def _result(job: Future[None]) -> None:
    try:
        job.result(0)
    except (CancelledError, TimeoutError) as error:
        raise ObjectsUnavailable("a snapshot was not read in time") from error


def _compressed(block: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(block)


def _decompressed(body: bytes) -> bytes:
    """At most what a block may have, and a byte more, whatever ``body`` says it will become."""
    try:
        with zstandard.ZstdDecompressor().stream_reader(body) as reader:
            return reader.read(_BLOCK + 1)
    except zstandard.ZstdError as error:
        raise Damaged(f"a block cannot be read: {error}") from error
