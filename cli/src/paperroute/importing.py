"""Import files: look at each, leave out what the site has, send the rest."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from threading import Event, Lock

import httpx

from paperroute.client import Client, Refused, SiteUnreachable, Upload
from paperroute.finding import Found
from paperroute.hashing import media_type, sha256
from paperroute.journal import Entry, Journal


class Status(StrEnum):
    """What became of a file."""

    ADDED = "added"
    ALREADY = "already here"
    NEW = "new"
    """The site does not have it, and was not to get it now."""
    REPEATED = "repeated"
    """The same bytes as another file of this import, which stands for both."""
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: The file.
        status: What became of it.
        sha256: Of its bytes, if they were read.
        wallpaper_id: What the site calls it, if the site has it.
        detail: Why, if that is not plain.
    """

    path: Path
    status: Status
    sha256: str | None = None
    wallpaper_id: str | None = None
    detail: str | None = None


class Depth(StrEnum):
    """How far an import goes."""

    LOOK = "look"
    """Only look at the files; ask nobody anything."""
    CHECK = "check"
    """Ask the site what it has, and send it nothing."""
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to import.

    Attributes:
        describe: The fields of the upload form for a file, but for the file itself.
        journal: The journal for a file, if there is one.
        depth: How far to go.
        jobs: How many files to work on at once.
    """

    describe: Callable[[Path], Mapping[str, str]]
    journal: Callable[[Found], Journal | None]
    depth: Depth = Depth.SEND
    jobs: int = 4


class Stopped(Exception):
    """We were asked to stop."""


OnRead = Callable[[Path, int], object]
"""Told how many bytes of a file were sent so far."""


@dataclass(slots=True)
class Import:
    """One import.

    Attributes:
        client: Talks to the site.
        plan: How to import.
        on_read: Told how far the sending of each file is.
        stopping: Set to stop: what is being sent is dropped, and nothing begun.
        reason: Why it stopped, if it did: a clause that ends in a full stop.
    """

    client: Client
    plan: Plan
    on_read: OnRead = lambda _path, _sent: None
    stopping: Event = field(default_factory=Event)
    reason: str | None = None
    _first: dict[str, Path] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def run(self, files: Iterable[Found]) -> Iterator[Outcome]:
        """What became of each of ``files``, as it becomes known; fewer if stopped."""
        waiting = iter(files)
        with ThreadPoolExecutor(self.plan.jobs) as pool:
            try:
                first = islice(waiting, self.plan.jobs)
                working = {pool.submit(self._one, found) for found in first}
                while working:
                    done, working = wait(working, return_when=FIRST_COMPLETED)
                    if not self.stopping.is_set():
                        fresh = islice(waiting, len(done))
                        working |= {pool.submit(self._one, found) for found in fresh}
                    yield from filter(None, map(Future.result, done))
            finally:
                self.stopping.set()

    def stop(self, reason: str) -> None:
        """Begin nothing more and drop what is being sent; what the site has got it may answer."""
        self.reason = self.reason or reason
        self.stopping.set()

    def _one(self, found: Found) -> Outcome | None:
        """What became of one file; nothing if we stopped before that was known."""
        try:
            return self._import(found)
        except Stopped:
            return None
        except Refused as refused:
            if refused.status == httpx.codes.UNAUTHORIZED:
                self.stop(str(refused))
            return Outcome(found.path, Status.FAILED, detail=str(refused))
        except SiteUnreachable as error:
            self.stop(str(error))
            return Outcome(found.path, Status.FAILED, detail=str(error))
        except OSError as error:
            reason = error.strerror or str(error)
            return Outcome(found.path, Status.FAILED, detail=f"The file cannot be read: {reason}.")

    def _import(self, found: Found) -> Outcome:
        path = found.path
        self._go_on()
        if (kind := media_type(path)) is None:
            return Outcome(path, Status.SKIPPED, detail="not JPEG, PNG or WebP")
        journal = self.plan.journal(found)
        known = journal.recall(path) if journal else None
        digest = known.sha256 if known else sha256(path)
        with self._lock:
            first = self._first.setdefault(digest, path)
        if first != path:
            return Outcome(path, Status.REPEATED, digest, detail=f"the same picture as {first}")
        if known and known.wallpaper_id:
            return Outcome(path, Status.ALREADY, digest, known.wallpaper_id)

        upload = Upload(path, digest, kind, self.plan.describe(path))
        wallpaper_id, status = self._settle(upload)
        if journal and self.plan.depth is Depth.SEND:
            journal.note(path, Entry(digest, wallpaper_id))
        return Outcome(path, status, digest, wallpaper_id)

    def _settle(self, upload: Upload) -> tuple[str | None, Status]:
        """See to it that the site has a file, as far as the plan goes."""
        if self.plan.depth is Depth.LOOK:
            return None, Status.NEW
        if there := self._find(upload.sha256):
            return there, Status.ALREADY
        if self.plan.depth is Depth.CHECK:
            return None, Status.NEW
        self._go_on()

        def on_read(sent: int) -> None:
            self._go_on()
            self.on_read(upload.path, sent)

        kept = self.client.upload(upload, on_read=on_read)
        return kept.id, Status.ADDED if kept.added else Status.ALREADY

    def _find(self, digest: str) -> str | None:
        try:
            return self.client.find(digest)
        except (Refused, SiteUnreachable):
            if self.plan.depth is Depth.CHECK:
                raise
            return None  # search is resting; media will say so if it has the file

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Stopped
