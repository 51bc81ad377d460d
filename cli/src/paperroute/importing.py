"""Import files: look at each, leave out what the site has, send the rest."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path
from threading import Event, Lock

import httpx

from paperroute.client import Client, Kept, Refused, SiteUnreachable, Upload
from paperroute.finding import Found
from paperroute.hashing import media_type, sha256
from paperroute.journal import Entry, Journal
from paperroute.parts import PART_BYTES

_FEW, _MANY = 16, 500
"""How many files the site is asked about at once, at first and at most."""


class Status(StrEnum):
    """What became of a file."""

    ADDED = "added"
    ALREADY = "already here"
    ALIKE = "look-alike"
    """The site has a wallpaper that looks the same, and did not take this one."""
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
        near: Whether to send pictures that look the same as a wallpaper that the site has.
    """

    describe: Callable[[Path], Mapping[str, str]]
    journal: Callable[[Found], Journal | None]
    depth: Depth = Depth.SEND
    jobs: int = 4
    near: bool = False


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
    _hashes: dict[Path, str] = field(default_factory=dict)
    _checked: dict[str, str | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def run(self, files: Iterable[Found]) -> Iterator[Outcome]:
        """What became of each of ``files``, as it becomes known; fewer if stopped."""
        waiting = self._asked_about(files)
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

    def _asked_about(self, files: Iterable[Found]) -> Iterator[Found]:
        """``files``, after asking the site which of them it has, many at a time."""
        waiting, count = iter(files), _FEW
        while some := list(islice(waiting, count)):
            count = min(_MANY, count * 4)  # so that sending begins soon
            if self.plan.depth is Depth.SEND:
                self._ask_about(some)
            yield from some

    def _ask_about(self, files: Iterable[Found]) -> None:
        asked = {digest for each in files if (digest := self._unknown(each))}
        if not asked:
            return
        try:
            there = self.client.check(sorted(asked))
        except (Refused, SiteUnreachable):
            return  # each is asked about, or sent, by itself: that says what is wrong
        self._checked |= {digest: there.get(digest) for digest in asked}

    def _unknown(self, found: Found) -> str | None:
        """The hash of a picture of which the journal does not say that the site has it."""
        if self.stopping.is_set():
            return None
        try:
            if media_type(found.path) is None:
                return None
            journal = self.plan.journal(found)
            known = journal.recall(found.path) if journal else None
            if known is not None and known.wallpaper_id:
                return None
            digest = known.sha256 if known else sha256(found.path)
        except OSError:
            return None  # its turn comes, and then it is said
        self._hashes[found.path] = digest
        return digest

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
        digest = known.sha256 if known else self._hashes.get(path) or sha256(path)
        with self._lock:
            first = self._first.setdefault(digest, path)
        if first != path:
            return Outcome(path, Status.REPEATED, digest, detail=f"the same picture as {first}")
        if known and known.wallpaper_id:
            return Outcome(path, Status.ALREADY, digest, known.wallpaper_id)

        if known and known.alike and not self.plan.near:
            return Outcome(path, Status.ALIKE, digest, known.alike)

        upload = Upload(path, digest, kind, self.plan.describe(path), near=self.plan.near)
        wallpaper_id, status = self._settle(upload, journal, known)
        if journal and self.plan.depth is Depth.SEND:
            alike = wallpaper_id if status is Status.ALIKE else None
            entry = Entry(digest, None if alike else wallpaper_id, alike=alike)
            journal.note(path, entry)
        return Outcome(path, status, digest, wallpaper_id)

    def _settle(
        self, upload: Upload, journal: Journal | None, known: Entry | None
    ) -> tuple[str | None, Status]:
        """See to it that the site has a file, as far as the plan goes."""
        if self.plan.depth is Depth.LOOK:
            return None, Status.NEW
        if there := self._find(upload.sha256):
            return there, Status.ALREADY
        if self.plan.depth is Depth.CHECK:
            return None, Status.NEW
        self._go_on()
        kept = self._send(upload, journal, known)
        if kept.alike:
            return kept.id, Status.ALIKE
        return kept.id, Status.ADDED if kept.added else Status.ALREADY

    def _send(self, upload: Upload, journal: Journal | None, known: Entry | None) -> Kept:
        def on_read(sent: int) -> None:
            self._go_on()
            self.on_read(upload.path, sent)

        def on_begun(upload_id: str) -> None:
            if journal:
                journal.note(upload.path, Entry(upload.sha256, None, upload_id))

        if upload.path.stat().st_size <= PART_BYTES:
            return self.client.upload(upload, on_read=on_read)
        begun = known.upload_id if known else None
        return self.client.upload_in_parts(upload, begun=begun, on_begun=on_begun, on_read=on_read)

    def _find(self, digest: str) -> str | None:
        if digest in self._checked:
            return self._checked[digest]
        try:
            return self.client.find(digest)
        except (Refused, SiteUnreachable):
            if self.plan.depth is Depth.CHECK:
                raise
            return None  # search is resting; media will say so if it has the file

    def _go_on(self) -> None:
        if self.stopping.is_set():
            raise Stopped
