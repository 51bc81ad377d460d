"""The wallpaper: what was uploaded, how it is described, how it looks, and what became of it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

_ID_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another
_ID = re.compile(f"[{_ID_LETTERS}]{{8}}")
_MOST_DAYS = 366


class PictureType(StrEnum):
    """The kinds of picture we take, by their media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"

    @property
    def extension(self) -> str:
        """What a file of this type is called by, without the dot."""
        return {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}[self.value]


class Rating(StrEnum):
    """Who may be shown a wallpaper; visitors without an account see what is safe."""

    SAFE = "safe"
    SKETCHY = "sketchy"
    EXPLICIT = "explicit"


class Ai(StrEnum):
    """Whether a machine made the picture."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """Where a wallpaper stands; only what is live is shown and found."""

    PROCESSING = "processing"
    PENDING = "pending"
    LIVE = "live"
    REJECTED = "rejected"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def pixels(self) -> int:
        """How many pixels there are."""
        return self.width * self.height

    def is_shaped_like(self, other: "Size") -> bool:
        """Whether both have the same shape, give or take 1 %."""
        mine, theirs = self.width * other.height, other.width * self.height
        return abs(mine - theirs) <= 0.01 * max(mine, theirs)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a picture: 0, 0 is its top left corner, 1, 1 its bottom right."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour, ``#rrggbb``, and the share of the picture that has it, 0 to 1."""

    hex: str
    share: float


@dataclass(frozen=True, slots=True)
class Original:
    """The uploaded bytes, which never change.

    Attributes:
        sha256: Of the bytes, in hexadecimal.
        type: What they are.
        bytes: How many they are.
        size: Of the picture as it is meant to be seen, after any EXIF orientation.
    """

    sha256: str
    type: PictureType
    bytes: int
    size: Size


@dataclass(frozen=True, slots=True)
class Description:
    """What people say of a wallpaper: everything that its uploader may change, but the focal point.

    Attributes:
        tags: Canonical, lower-case; shown sorted.
        license: An SPDX-like id in lower case, ``unknown`` if nobody said.
    """

    title: str
    description: str | None = None
    tags: frozenset[str] = frozenset()
    category: str = "general"
    rating: Rating = Rating.SAFE
    license: str = "unknown"
    creator: str | None = None
    creator_url: str | None = None
    source: str | None = None
    ai: Ai = Ai.UNKNOWN


@dataclass(frozen=True, slots=True)
class Look:
    """What the picture itself tells.

    Attributes:
        palette: Up to eight colours, the most common first.
        lum: Mean OKLab lightness, 0 (black) to 1 (white).
        sat: Mean OKLab chroma, 0 (grey) to 1 (the most colourful that sRGB has).
        oled: Share of near-black pixels, 0 to 1.
        focal: Where the eye goes first, unless a person has said otherwise.
        dhash: 64 bits as 16 hexadecimal digits; close for pictures that look alike.
        phash: Likewise, by another method.
        thumbhash: About 25 bytes in base64 from which a blurred copy can be drawn.
        lqip: A copy 16 pixels wide, as a ``data:`` URL.
    """

    palette: tuple[Swatch, ...]
    lum: float
    sat: float
    oled: float
    focal: Point
    dhash: str
    phash: str
    thumbhash: str
    lqip: str


@dataclass(frozen=True, slots=True)
class Counters:
    """How often a wallpaper was opened, downloaded and kept by someone."""

    views: int = 0
    downloads: int = 0
    favorites: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """How many different visitors opened and downloaded a wallpaper on one day, in UTC."""

    date: date
    views: int = 0
    downloads: int = 0

    def __add__(self, other: "Day") -> "Day":
        return Day(self.date, self.views + other.views, self.downloads + other.downloads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallpaper:
    """One wallpaper's record.

    Attributes:
        id: Eight random characters, never used again.
        uploader: The account that it belongs to.
        status_reason: Why it has its status, for a person; ``None`` when that needs no words.
        created_at: UTC, whole milliseconds.
        changed_at: Likewise, of the latest change.
        version: From 1, one more with each change; guards every update.
        days: Those of its views and downloads on which there were any, the latest 366, oldest
            first.
        counted: How often visits were added to the record; that is no change of the version, so
            that nobody who edits it is told that somebody else did.
        former: The original that a better one has replaced, if one has.
    """

    id: str
    uploader: str
    original: Original
    description: Description
    look: Look
    created_at: datetime
    changed_at: datetime
    counters: Counters = Counters()
    status: Status = Status.LIVE
    status_reason: str | None = None
    version: int = 1
    days: tuple[Day, ...] = ()
    counted: int = 0
    former: Original | None = None

    @property
    def is_deleted(self) -> bool:
        """Whether only its tombstone is left."""
        return self.status is Status.DELETED

    def revised(self, description: Description, focal: Point, *, now: datetime) -> "Wallpaper":
        """The next version, described differently."""
        look = replace(self.look, focal=focal)
        return replace(
            self,
            description=description,
            look=look,
            changed_at=_milliseconds(now),
            version=self.version + 1,
        )

    def improved(self, original: Original, look: Look, *, now: datetime) -> "Wallpaper":
        """The next version, with a better original of the same picture.

        Its focal point stays where it is, if the shape does: a person may have chosen it.
        """
        stays = original.size.is_shaped_like(self.original.size)
        return replace(
            self,
            original=original,
            look=replace(look, focal=self.look.focal) if stays else look,
            former=self.original,
            changed_at=_milliseconds(now),
            version=self.version + 1,
        )

    @property
    def superseded(self) -> "Wallpaper":
        """What is to be said beside the former original: that no wallpaper has it any more."""
        return replace(
            self, original=self.former or self.original, status=Status.DELETED, former=None
        )

    def deleted(self, *, now: datetime) -> "Wallpaper":
        """The next version, and the last: its tombstone."""
        return replace(
            self,
            status=Status.DELETED,
            changed_at=_milliseconds(now),
            version=self.version + 1,
        )

    def visited(self, more: Mapping[date, Day]) -> "Wallpaper":
        """The same version, with ``more`` visits counted."""
        days = {day.date: day for day in self.days}
        days.update({at: days.get(at, Day(at)) + day for at, day in more.items()})
        return replace(
            self,
            counters=replace(
                self.counters,
                views=self.counters.views + sum(day.views for day in more.values()),
                downloads=self.counters.downloads + sum(day.downloads for day in more.values()),
            ),
            days=tuple(days[at] for at in sorted(days)[-_MOST_DAYS:]),
            counted=self.counted + 1,
        )

    def counted_as(self, other: "Wallpaper") -> "Wallpaper":
        """The same, with the visits that ``other`` knows of."""
        return replace(self, counters=other.counters, days=other.days, counted=other.counted)

    def supersedes(self, other: "Wallpaper") -> bool:
        """Whether this is the later word than ``other`` on the same original.

        Two records of one original exist when it was deleted and uploaded again: then the one
        that still stands counts, or else the one made later.
        """
        if self.id == other.id:
            return (self.version, self.counted) > (other.version, other.counted)
        if self.is_deleted is not other.is_deleted:
            return other.is_deleted
        return self.created_at > other.created_at


def publish(
    original: Original, description: Description, look: Look, *, uploader: str, now: datetime
) -> Wallpaper:
    """A new wallpaper, live from ``now``, with an id of its own."""
    moment = _milliseconds(now)
    return Wallpaper(
        id=new_id(),
        uploader=uploader,
        original=original,
        description=description,
        look=look,
        created_at=moment,
        changed_at=moment,
    )


def new_id() -> str:
    """Eight random characters; some 850 thousand million are possible."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(8))


def is_id(text: str) -> bool:
    """Whether ``text`` could be the id of a wallpaper.

    Example:
        >>> is_id("7kq2m9xz"), is_id("7kq2m9xl")
        (True, False)
    """
    return _ID.fullmatch(text) is not None


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
