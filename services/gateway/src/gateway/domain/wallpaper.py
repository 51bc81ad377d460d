"""A wallpaper as pages show it, read from the record that media and search send."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

_ID = re.compile(r"[a-z0-9]{1,32}")
_EDITION = re.compile(r"[0-9a-f]{8}")
_WIDTH = re.compile(r"w[0-9]{2,4}")
_HEX = re.compile(r"#[0-9a-f]{6}")
_LQIP = re.compile(r"data:image/webp;base64,[A-Za-z0-9+/=]{1,4000}")
_WEB = re.compile(r"https?://[^\s\x00-\x1f]{1,2000}")
_NARROWEST, _WIDEST = 0.62, 2.40


class NotARecord(ValueError):
    """What was sent as a wallpaper cannot be shown as one."""


@dataclass(frozen=True, slots=True)
class Colour:
    """One colour of a palette.

    Attributes:
        hex: ``#`` and six lower-case hex digits.
        share: Of the picture, 0 to 1.
    """

    hex: str
    share: float


@dataclass(frozen=True, slots=True)
class Rendition:
    """The picture at one width.

    Attributes:
        url: Of the WebP.
        width: In pixels.
    """

    url: str
    width: int

    def as_type(self, extension: str) -> str:
        """The address of the same in another format.

        Example:
            >>> Rendition("/i/pine/w320.webp", 320).as_type("avif")
            '/i/pine/w320.avif'
        """
        path, mark, edition = self.url.partition("?")
        return f"{path.removesuffix('webp')}{extension}{mark}{edition}"


@dataclass(frozen=True, slots=True)
class Wallpaper:
    """What a page shows of a wallpaper; the record's words, checked and bounded.

    Whatever would be dangerous in a page is not here: links are ``http`` or ``https``, addresses
    of pictures are ours, colours are six digits.
    """

    id: str
    title: str
    description: str | None
    tags: tuple[str, ...]
    category: str
    width: int
    height: int
    bytes: int
    type: str
    creator: str | None
    creator_url: str | None
    uploader: str
    source: str | None
    license: str
    ai: str
    palette: tuple[Colour, ...]
    focal: tuple[float, float]
    lqip: str | None
    created_at: datetime
    renditions: tuple[Rendition, ...]

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read a record.

        Raises:
            NotARecord: If it is none.
        """
        try:
            identity = _matching(_ID, record["id"])
            width, height = int(record["width"]), int(record["height"])
            if identity is None or min(width, height) < 1:
                raise NotARecord("a wallpaper needs an id and a size")
            lqip = record.get("lqip")
            return cls(
                id=identity,
                title=str(record["title"]) or identity,
                description=_text(record.get("description")),
                tags=tuple(map(str, record["tags"])),
                category=str(record["category"]),
                width=width,
                height=height,
                bytes=int(record["bytes"]),
                type=str(record["type"]),
                creator=_text(record.get("creator")),
                creator_url=_matching(_WEB, record.get("creator_url")),
                uploader=str(record["uploader"]),
                source=_matching(_WEB, record.get("source")),
                license=str(record["license"]),
                ai=str(record["ai"]),
                palette=tuple(
                    Colour(found, float(colour["share"]))
                    for colour in record["palette"]
                    if (found := _matching(_HEX, colour["hex"]))
                ),
                focal=(_unit(record["focal"]["x"]), _unit(record["focal"]["y"])),
                lqip=_matching(_LQIP, lqip),
                created_at=datetime.fromisoformat(record["created_at"]),
                renditions=tuple(_renditions(identity, width, record["links"]["images"])),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotARecord(f"not a record: {error}") from error

    @property
    def alt(self) -> str:
        """The picture in words: its title and its tags.

        Whoever cannot see it hears no more than this, so the tags are all there.
        """
        return f"{self.title}: {', '.join(self.tags)}" if self.tags else self.title

    def image(self, name: str) -> str:
        """The address of the picture as ``name`` has it, such as ``w640.jpg``.

        What caches keep for a year of an original that was replaced has another.
        """
        _, mark, edition = self.renditions[0].url.partition("?") if self.renditions else ("",) * 3
        return f"/i/{self.id}/{name}{mark}{edition}"

    @property
    def shape(self) -> float:
        """Width by height, held between the shapes that a grid can carry."""
        return min(max(self.width / self.height, _NARROWEST), _WIDEST)

    @property
    def breadth(self) -> float:
        """How many times wider it is than the widest tile; 1 for all but panoramas."""
        return max(1.0, self.width / self.height / _WIDEST)

    @property
    def badge(self) -> str | None:
        """What a tile should say at once: that it is very wide, or made by a model."""
        ratio = self.width / self.height
        if ratio >= 3.2:
            return "32:9"
        if ratio >= 2.1:
            return "21:9"
        return "AI" if self.ai == "yes" else None


def _renditions(identity: str, width: int, images: Mapping[str, Any]) -> list[Rendition]:
    """From the narrowest to the widest; the last is the first as wide as the picture."""
    found = []
    for name, url in images.items():
        path, mark, edition = str(url).partition("?v=")
        ours = path == f"/i/{identity}/{name}.webp" and (not mark or _EDITION.fullmatch(edition))
        if ours and _WIDTH.fullmatch(name):
            found.append(Rendition(url, min(int(name[1:]), width)))
    return sorted(found, key=lambda rendition: rendition.width)


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None


def _text(value: object) -> str | None:
    return str(value) if value else None


def _unit(value: object) -> float:
    return min(max(float(str(value)), 0.0), 1.0)
