"""A wallpaper as far as it is searched; the rest of its record is kept as it came."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from search.domain.colour import Oklab, Rgb
from search.domain.text import fold, label, words

T = TypeVar("T")
_FOLLOWED = frozenset({"counted", "days"})
_tag_words = lru_cache(1 << 16)(words)
_label = lru_cache(1 << 16)(label)
"""Tags and names come again and again in a feed."""
_JSON = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
DOWNLOAD_POINTS = 10
"""How many views a download is worth where one number stands for both."""


class InvalidRecord(Exception):
    """This is not the record of a wallpaper."""


@dataclass(frozen=True, slots=True, eq=False)
class Wallpaper:
    """A live wallpaper, ready to be compared. Two versions of one are two wallpapers.

    Attributes:
        id: Its id.
        version: Goes up with every change of its record, and when its visits are counted.
        document: Its record as it is handed out, as JSON.
        texts: The words of its title, of its description and of each tag.
        words: All of those words.
        tags: Its tags, as labels.
        palette: Its colours, each with the share of the picture it covers.
        days: Of the days on which it was looked at, the ordinal and the points it got: one for
            a view, ten for a download. The oldest first.
        has: Which of ``HAVING`` it has.
        mark: 32 bits that stand for its id in a random order.
    """

    id: str
    version: int
    document: str
    texts: tuple[tuple[str, ...], ...]
    words: frozenset[str]
    tags: frozenset[str]
    uploader: str
    category: str
    rating: str
    width: int
    height: int
    bytes: int
    type: str
    license: str
    ai: str
    creator: tuple[str, ...]
    source: str
    sha256: str
    palette: tuple[tuple[Oklab, float], ...]
    lum: float
    sat: float
    oled: float
    created: datetime
    dhash: int
    phash: int
    views: int
    downloads: int
    favorites: int
    days: tuple[tuple[int, int], ...]
    has: frozenset[str]
    mark: int

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The wallpaper that ``record`` describes.

        Raises:
            InvalidRecord: If anything that is searched is missing or of another type.
        """
        try:
            return cls._of(record)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRecord(f"the record cannot be searched: {error!r}") from error

    @classmethod
    def _of(cls, record: Mapping[str, Any]) -> Self:
        tags = [_typed(tag, str) for tag in _typed(record["tags"], list)]
        texts = (
            words(_typed(record["title"], str)),
            words(_typed(record["description"] or "", str)),
            *map(_tag_words, tags),
        )
        return cls(
            id=_typed(record["id"], str),
            version=_version(record),
            document=_JSON.encode(_shown(record)),
            texts=texts,
            words=frozenset(chain.from_iterable(texts)),
            tags=frozenset(map(_label, tags)),
            uploader=_label(_typed(record["uploader"], str)),
            category=_label(_typed(record["category"], str)),
            rating=_typed(record["rating"], str),
            width=_positive(record["width"]),
            height=_positive(record["height"]),
            bytes=_typed(record["bytes"], int),
            type=_typed(record["type"], str).removeprefix("image/").replace("jpeg", "jpg"),
            license=fold(_typed(record["license"], str)),
            ai=_typed(record["ai"], str),
            creator=words(_typed(record["creator"] or "", str)),
            source=urlsplit(_typed(record["source"] or "", str)).hostname or "",
            sha256=_typed(record["sha256"], str),
            palette=palette(record),
            lum=float(record["lum"]),
            sat=float(record["sat"]),
            oled=float(record["oled"]),
            created=_moment(record["created_at"]),
            dhash=_bits(record["dhash"]),
            phash=_bits(record["phash"]),
            views=_counter(record["views"]),
            downloads=_counter(record["downloads"]),
            favorites=_counter(record["favorites"]),
            days=tuple(sorted(_days(record.get("days") or {}))),
            has=frozenset(name for name in HAVING if _has(record, name)),
            mark=mark(_typed(record["id"], str)),
        )

    @property
    def ratio(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    @property
    def points(self) -> int:
        """What it got since it came: one for each view, ten for each download."""
        return self.views + DOWNLOAD_POINTS * self.downloads


HAVING = ("title", "description", "tags", "creator", "source", "license")
"""What a wallpaper can have or lack; an unknown licence is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a wallpaper.

    Attributes:
        id: Which one.
        version: Of its record; a change is older news than one of a higher version.
        wallpaper: As it is now; ``None`` when it is not, or no longer, to be found.
    """

    id: str
    version: int
    wallpaper: Wallpaper | None = None

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The change that leaves ``record`` behind; only what is live is to be found.

        Raises:
            InvalidRecord: If it is no record of a wallpaper.
        """
        try:
            id_, version = _typed(record["id"], str), _version(record)
            live = _typed(record["status"], str) == "live"
        except (KeyError, TypeError) as error:
            raise InvalidRecord(f"the record cannot be followed: {error!r}") from error
        return cls(id_, version, Wallpaper.of(record) if live else None)


def palette(record: Mapping[str, Any]) -> tuple[tuple[Oklab, float], ...]:
    """The colours of a wallpaper, each with the share of the picture that it covers."""
    return tuple(
        (Rgb.parse(colour["hex"]).oklab, float(colour["share"]))
        for colour in _typed(record["palette"], list)
    )


def mark(text: str) -> int:
    """32 bits that stand for ``text``, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it is handed out, without what only followers are told."""
    return {name: value for name, value in record.items() if name not in _FOLLOWED}


def _version(record: Mapping[str, Any]) -> int:
    """Higher for the later of two records: each write makes one of the two numbers one higher."""
    return _typed(record["version"], int) + _typed(record.get("counted", 0), int)


def _typed(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
    return value


def _positive(value: Any) -> int:
    if (number := _typed(value, int)) <= 0:
        raise ValueError("expected a positive number")
    return number


def _counter(value: Any) -> int:
    if (number := _typed(value, int)) < 0:
        raise ValueError("expected a number that is not negative")
    return number


def _bits(value: Any) -> int:
    digits = _typed(value, str)
    if len(digits) != 16:
        raise ValueError("expected 64 bits in hexadecimal digits")
    return int(digits, 16)


def _days(counted: Any) -> Iterator[tuple[int, int]]:
    for day, (views, downloads) in _typed(counted, dict).items():
        points = _counter(views) + DOWNLOAD_POINTS * _counter(downloads)
        yield date.fromisoformat(day).toordinal(), points


def _has(record: Mapping[str, Any], name: str) -> bool:
    value = record[name]
    if name == "license":
        return fold(value) != "unknown"
    return bool(value.strip() if isinstance(value, str) else value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_typed(value, str))
    if moment.tzinfo is None:
        raise ValueError("expected a moment with its time zone")
    return moment.astimezone(UTC)
