"""What media needs from outside, and how it can fail."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Protocol

from media.domain.claim import Claim
from media.domain.feed import Changes, Cursor
from media.domain.likeness import Neighbour
from media.domain.multipart import Parcel, Part
from media.domain.oklab import Pixels
from media.domain.renditions import Format, Rendition, Variant
from media.domain.visits import Batch, Visit
from media.domain.wallpaper import Look, Original, Size, Wallpaper


class WallpaperNotFound(Exception):
    """No wallpaper has this id."""

    def __init__(self, wallpaper_id: str) -> None:
        super().__init__(f"There is no wallpaper '{wallpaper_id[:64]}'.")


class DuplicateOriginal(Exception):
    """A wallpaper with exactly these bytes is here already.

    Attributes:
        wallpaper_id: The one that is.
    """

    def __init__(self, wallpaper_id: str) -> None:
        super().__init__(f"This very file is here already, as wallpaper '{wallpaper_id}'.")
        self.wallpaper_id = wallpaper_id


class NearDuplicate(Exception):
    """A wallpaper that looks the same is here already.

    Attributes:
        wallpaper_id: The one that is.
        distance: How far apart the two look, from 0.
    """

    def __init__(self, neighbour: Neighbour) -> None:
        super().__init__(
            f"This picture looks the same as wallpaper '{neighbour.wallpaper_id}'. "
            "Send it again with ?near=accept if both should be here."
        )
        self.wallpaper_id = neighbour.wallpaper_id
        self.distance = neighbour.distance


class Overtaken(Exception):
    """A picture that may look the same has been published since the neighbours were looked up."""


class VersionMismatch(Exception):
    """The wallpaper was changed by someone else in the meantime.

    Attributes:
        version: The one it has now.
    """

    def __init__(self, version: int) -> None:
        super().__init__(f"The wallpaper has been changed since; it is at version {version}.")
        self.version = version


class CatalogueUnavailable(Exception):
    """The records cannot be read or written at the moment."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The live wallpapers that look nearly like a picture.

    Attributes:
        nearest: No further apart than ``likeness.SIMILAR``, the nearest first.
        mark: As of when; means something to the catalogue alone.
    """

    nearest: tuple[Neighbour, ...]
    mark: object


class Catalogue(Protocol):
    """Every wallpaper's record, and the order they changed in.

    Whatever one call has written, the next sees; ``get`` alone may answer from a cache.
    Every method can raise ``CatalogueUnavailable``.
    """

    def get(self, wallpaper_id: str, *, fresh: bool = False) -> Wallpaper:
        """One wallpaper, or its tombstone.

        Args:
            wallpaper_id: Which one.
            fresh: Whether it must be as it is now; otherwise it may be up to a minute old.

        Raises:
            WallpaperNotFound: If there never was one with this id.
        """

    def holder(self, sha256: str) -> str | None:
        """The id of the wallpaper that has these bytes and is not deleted."""

    def holders(self, sha256s: Iterable[str]) -> Mapping[str, str]:
        """Likewise for many, by their SHA-256; what nobody has is left out."""

    def claim(self, claim: Claim, *, now: datetime) -> str | None:
        """Take an upload's key, for ``claim.LEASE``; one whose lease has run out is taken over.

        Returns:
            ``None`` if the upload is now ours to run, or the id of the wallpaper that an upload
            with this key has made in the last 24 hours.

        Raises:
            KeyReused: If the key stands for another upload.
            KeyInUse: If the same upload is running.
        """

    def release(self, claim: Claim) -> None:
        """Give the key back after an upload that made nothing; never undoes one that did."""

    def neighbours(self, look: Look) -> Neighbours:
        """The live wallpapers that look nearly like a picture with this look, all of them."""

    def publish(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        """Keep a new wallpaper and settle the claim it was uploaded under, both or neither.

        Args:
            wallpaper: The new one.
            claim: What it was uploaded under.
            among: Its neighbours, if none may have come in the meantime that looks the same.

        Raises:
            DuplicateOriginal: If another that is not deleted has the same bytes.
            KeyInUse: If the claim has meanwhile been taken over.
            Overtaken: If a neighbour may have come that looks the same. One that comes while this
                is being published is told the same: of two, never both stay unaware.
        """

    def update(
        self, wallpaper: Wallpaper, claim: Claim | None = None, *, among: Neighbours | None = None
    ) -> None:
        """Put ``wallpaper`` in place of the version before it, whose counts of visits stay.

        A deleted one lets go of its bytes, and so does one that has got others: they can be
        published anew. ``claim`` and ``among`` are as in ``publish``, for one that got others.

        Raises:
            WallpaperNotFound: If there is none with this id.
            VersionMismatch: If the one here is not the version before it.
            DuplicateOriginal, KeyInUse, Overtaken: As in ``publish``.
        """

    def restore(self, wallpaper: Wallpaper) -> None:
        """Put a lost wallpaper back as it was, unless this or a later word on it is here.

        Raises:
            DuplicateOriginal: If another that is not deleted has the same bytes.
        """

    def begin_anew(self) -> None:
        """Begin a new life of the feed: every cursor given before has expired.

        Due before the first ``restore``: a table that was put back as it was at an earlier time
        gives numbers a second time.
        """

    def count(self, batch: Batch) -> tuple[Wallpaper, ...]:
        """Add visits to the records that are here and not deleted, each batch once.

        Not a new version, but a change for the feed. It may be done again if it fails halfway.

        Returns:
            Those that it was added to now.
        """

    def place_anew(self, wallpaper_id: str) -> None:
        """Put a record that the feed has lost at its end; the record itself stays as it is."""

    def records(self, wallpaper_ids: Iterable[str]) -> Mapping[str, Wallpaper]:
        """Those of these wallpapers that are here, as they are now, by their id."""

    def changes(self, after: Cursor | None, *, limit: int, now: datetime) -> Changes:
        """What has changed after ``after``, or all there is.

        Each wallpaper stands in the feed once, at its latest change; deleted ones for 30 days at
        least. A follower that always carries on from the cursor it was given misses nothing, and
        may see one twice. It sees the changes of one wallpaper in their order.

        Raises:
            CursorExpired: If the cursor belongs to another life of the feed, or is older than 30
                days.
        """

    def await_change(self, after: Cursor, *, within: timedelta) -> None:
        """Return once something may have changed after ``after``, or ``within`` has passed."""


class Tally(Protocol):
    """Visits that were counted and are not in the records yet. Never raises: it counts less."""

    def add(self, visit: Visit) -> None:
        """Count ``visit``, unless it was counted before, by this task or another."""

    def batches(self) -> Iterator[Batch]:
        """What is to be added to the records now: what is left of earlier batches first."""

    def settled(self, batch: Batch) -> None:
        """``batch`` is in the records; it must not be given out again."""


SPOOLED = timedelta(days=1)
"""How long a visit may wait; whose it was is known for longer."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A bundle of visits that wait.

    Attributes:
        name: Theirs alone.
        visits: In no order.
    """

    name: str
    visits: tuple[Visit, ...]


class Spool(Protocol):
    """Visits that cannot be counted yet, where the end of a task does not lose them.

    Every method can raise ``CatalogueUnavailable``.
    """

    def keep(self, visits: Sequence[Visit], *, now: datetime) -> None:
        """Keep ``visits`` for a day, unless they are dropped earlier. Some may be if it raises."""

    def kept(self, *, limit: int, now: datetime) -> Iterator[Spooled]:
        """At most ``limit`` bundles that any task has kept, the oldest first."""

    def drop(self, bundle: Spooled) -> None:
        """Forget a bundle; nothing happens if that has been done."""


class OriginalNotFound(Exception):
    """The original is not where it was kept."""


class StorageUnavailable(Exception):
    """Files cannot be read or written at the moment."""


class Originals(Protocol):
    """The uploaded bytes, by their SHA-256, each with its record beside it (the sidecar).

    Every method but ``link`` can raise ``StorageUnavailable``.
    """

    def put(self, original: Original, file: IO[bytes]) -> bool:
        """Keep ``file``, read from its start and checked against its hash.

        Returns:
            Whether that was needed: ``False`` if the same bytes are kept already.
        """

    def read(self, original: Original) -> bytes:
        """The very bytes that were uploaded.

        Raises:
            OriginalNotFound: If they are not here.
        """

    def link(self, original: Original, *, file_name: str, lifetime: timedelta) -> str:
        """An address from which a browser can download it, under this name, for so long."""

    def holds(self, sha256: str) -> bool:
        """Whether the bytes with this hash are here now."""

    def digest(self, sha256: str) -> str:
        """The SHA-256 of what is kept as the bytes with this one, read from end to end.

        Raises:
            OriginalNotFound: If they are not here.
        """

    def holdings(self, after: str = "") -> Iterator["Holding"]:
        """What is here, in the order of the hashes, from behind ``after`` on."""

    def retire(self, sha256: str) -> "Retired":
        """Take bytes out of sight; they stay 30 days, for operators."""

    def retired(self, sha256: str) -> "Retired | None":
        """What would bring these bytes back, if they are out of sight and can be brought back."""

    def reinstate(self, retired: "Retired") -> None:
        """Undo ``retire``."""

    def describe(self, wallpaper: Wallpaper) -> None:
        """Write the sidecar of ``wallpaper``, unless the one there is a later word on its bytes."""

    def descriptions(self) -> Iterator[Wallpaper]:
        """Every wallpaper that a sidecar describes, in no order; unreadable ones are logged."""

    def described(self, sha256: str) -> Wallpaper | None:
        """The wallpaper that the sidecar of these bytes describes, if there is one to be read."""

    def forget(self, sha256: str) -> None:
        """Take the sidecar of these bytes out of sight."""

    def bookmark(self) -> str:
        """Where the scrub got to: what ``keep_bookmark`` was last given, at first nothing."""

    def keep_bookmark(self, place: str) -> None:
        """Remember where the scrub got to."""


@dataclass(frozen=True, slots=True)
class Retired:
    """Bytes out of sight, and what must be known to bring them back."""

    sha256: str
    marker: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept under one hash.

    Attributes:
        sha256: The hash, in hexadecimal.
        has_bytes: Whether the original is there.
        is_described: Whether its sidecar is.
        since: When the latest of them was written, by storage's clock.
    """

    sha256: str
    has_bytes: bool
    is_described: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Image:
    """A rendition's bytes.

    Attributes:
        digest: SHA-256 of them, in hexadecimal.
    """

    body: bytes
    format: Format
    digest: str

    @classmethod
    def of(cls, body: bytes, kind: Format) -> "Image":
        """An image of these bytes."""
        return cls(body, kind, hashlib.sha256(body).hexdigest())


class Renditions(Protocol):
    """Renditions that were made before. Every method can raise ``StorageUnavailable``."""

    def get(self, key: str, kind: Format) -> Image | None:
        """The rendition kept by this key, whole, or ``None``."""

    def put(self, key: str, image: Image) -> bool:
        """Keep a rendition, unless one is kept by this key already.

        Returns:
            Whether it was kept; ``False`` if ``get`` has another, which is then the one to deliver.
        """

    def clear(self, prefix: str) -> None:
        """Have none whose key begins with ``prefix``, as far as they are kept when this begins."""


class Leases(Protocol):
    """Who is at some work, so that others need not do it, too.

    A lease saves work and decides nothing: while whatever keeps them is away, everybody has one.
    """

    def take(self, name: str, *, lifetime: timedelta) -> str | None:
        """A token if the work is now ours, for so long at most; ``None`` if others are at it."""

    def give_back(self, name: str, token: str) -> None:
        """Say that we are done; nothing happens if the lease has ended and is another's now."""


Data = bytes | bytearray


class PicturesBusy(Exception):
    """All cores are at work and enough is waiting."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What one decode of a picture shows.

    Attributes:
        size: As it is meant to be seen, after any EXIF orientation.
        small: A copy of at most 256 pixels a side in sRGB, with opacity if it has any.
        lqip: A copy 16 pixels wide, as a ``data:`` URL.
        images: The variants that were to be made on the way.
        claims: What the file says of where it comes from, by the names of our fields.
    """

    size: Size
    small: Pixels
    lqip: str
    images: Mapping[Variant, Image] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)


class Pictures(Protocol):
    """Decodes and encodes. At most one picture a core; ``PicturesBusy`` when too many wait."""

    def look_inside(self, data: Data, *, making: Sequence[Variant] = ()) -> Inside:
        """Decode all of a picture that has passed ``container.examine``, once.

        Args:
            data: The picture's bytes.
            making: Variants of the whole picture, at most 1920 pixels wide, to make of what was
                decoded.

        Raises:
            PictureRefused: If it cannot be decoded without an error, or not within limits.
        """

    def render(self, source: Data, rendition: Rendition) -> Image:
        """Make a rendition: of exactly its size, in sRGB, with nothing but pixels in it.

        Args:
            source: A picture, of which ``rendition.part`` is a part.
            rendition: What to make.

        Raises:
            PictureRefused: If that takes more than it may.
        """

    def unfit(self) -> str | None:
        """Why the decoder must not be used, or ``None`` if it passed its test at start."""


class UploadNotFound(Exception):
    """No upload in parts has this id, or it has expired."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such upload. Those that are not completed within a day expire."
        )


class UploadIncomplete(Exception):
    """Not every part has arrived.

    Attributes:
        missing: The numbers of those that have not.
    """

    def __init__(self, missing: Sequence[int]) -> None:
        numbers = ", ".join(map(str, missing))
        super().__init__(f"Send what is missing first: part {numbers}. GET the upload for links.")
        self.missing = tuple(missing)


class ChecksumMismatch(Exception):
    """The bytes that came are not those that were announced."""


class Parcels(Protocol):
    """Files that are sent straight into storage, in parts; what is left of them expires by itself.

    Every method but ``link`` can raise ``StorageUnavailable``.
    """

    def announce(self, parcel: Parcel) -> Parcel:
        """Make ready to take in the parts of ``parcel``, which gets its handle."""

    def find(self, parcel_id: str) -> Parcel:
        """The parcel with this id.

        Raises:
            UploadNotFound: If there is none, or it has been discarded.
        """

    def arrived(self, parcel: Parcel) -> frozenset[int]:
        """The numbers of the parts that are here, each of the length and hash announced."""

    def link(self, parcel: Parcel, part: Part, *, lifetime: timedelta) -> "PartLink":
        """How a browser can send a part, for so long."""

    def open(self, parcel: Parcel) -> IO[bytes]:
        """All of it, on disk, from its first byte; gone once it is closed.

        Raises:
            UploadIncomplete: If parts are missing.
            ChecksumMismatch: If what came is not what was announced.
        """

    def settle(self, parcel: Parcel) -> None:
        """Keep what has become of ``parcel``, and let go of its bytes."""

    def discard(self, parcel: Parcel) -> None:
        """Let go of all of it, for good."""


@dataclass(frozen=True, slots=True)
class PartLink:
    """How a part is sent: a ``PUT`` of its bytes.

    Attributes:
        url: Where to, absolute.
        headers: What must be sent with it, exactly; storage refuses other bytes than these say.
    """

    url: str
    headers: Mapping[str, str]
