"""A wallpaper as the attributes of an item in DynamoDB, and back."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from media.domain.wallpaper import (
    Ai,
    Counters,
    Day,
    Description,
    Look,
    Original,
    PictureType,
    Point,
    Rating,
    Size,
    Status,
    Swatch,
    Wallpaper,
)

Item = dict[str, Any]


def attributes(wallpaper: Wallpaper) -> Item:
    """``wallpaper`` as attributes; what is ``None`` is absent."""
    original, said, look = wallpaper.original, wallpaper.description, wallpaper.look
    absent_or_text = {
        "description": said.description,
        "creator": said.creator,
        "creator_url": said.creator_url,
        "source": said.source,
        "status_reason": wallpaper.status_reason,
    }
    return {
        "id": {"S": wallpaper.id},
        "uploader": {"S": wallpaper.uploader},
        **_original(original),
        "title": {"S": said.title},
        "tags": {"L": [{"S": tag} for tag in sorted(said.tags)]},
        "category": {"S": said.category},
        "rating": {"S": said.rating},
        "license": {"S": said.license},
        "ai": {"S": said.ai},
        **{name: {"S": text} for name, text in absent_or_text.items() if text is not None},
        "palette": {
            "L": [
                {"M": {"hex": {"S": swatch.hex}, "share": {"N": str(swatch.share)}}}
                for swatch in look.palette
            ]
        },
        "lum": {"N": str(look.lum)},
        "sat": {"N": str(look.sat)},
        "oled": {"N": str(look.oled)},
        "focal": {"M": {"x": {"N": str(look.focal.x)}, "y": {"N": str(look.focal.y)}}},
        "dhash": {"S": look.dhash},
        "phash": {"S": look.phash},
        "thumbhash": {"S": look.thumbhash},
        "lqip": {"S": look.lqip},
        "views": {"N": str(wallpaper.counters.views)},
        "downloads": {"N": str(wallpaper.counters.downloads)},
        "favorites": {"N": str(wallpaper.counters.favorites)},
        "status": {"S": wallpaper.status},
        "created_at": {"S": wallpaper.created_at.isoformat()},
        "changed_at": {"S": wallpaper.changed_at.isoformat()},
        "version": {"N": str(wallpaper.version)},
        "days": {
            "M": {
                day.date.isoformat(): {"L": [{"N": str(day.views)}, {"N": str(day.downloads)}]}
                for day in wallpaper.days
            }
        },
        "counted": {"N": str(wallpaper.counted)},
        **({} if wallpaper.former is None else {"former": {"M": _original(wallpaper.former)}}),
    }


def wallpaper_from(item: Item) -> Wallpaper:
    """The wallpaper whose ``attributes`` are in ``item``."""

    def text_or_none(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    return Wallpaper(
        id=item["id"]["S"],
        uploader=item["uploader"]["S"],
        original=_original_from(item),
        description=Description(
            title=item["title"]["S"],
            description=text_or_none("description"),
            tags=frozenset(tag["S"] for tag in item["tags"]["L"]),
            category=item["category"]["S"],
            rating=Rating(item["rating"]["S"]),
            license=item["license"]["S"],
            creator=text_or_none("creator"),
            creator_url=text_or_none("creator_url"),
            source=text_or_none("source"),
            ai=Ai(item["ai"]["S"]),
        ),
        look=_look(item),
        counters=Counters(
            views=int(item["views"]["N"]),
            downloads=int(item["downloads"]["N"]),
            favorites=int(item["favorites"]["N"]),
        ),
        status=Status(item["status"]["S"]),
        status_reason=text_or_none("status_reason"),
        created_at=datetime.fromisoformat(item["created_at"]["S"]),
        changed_at=datetime.fromisoformat(item["changed_at"]["S"]),
        version=int(item["version"]["N"]),
        days=tuple(_days(item)),
        counted=int(item["counted"]["N"]) if "counted" in item else 0,
        former=_original_from(item["former"]["M"]) if "former" in item else None,
    )


def _original(original: Original) -> Item:
    return {
        "sha256": {"S": original.sha256},
        "type": {"S": original.type},
        "bytes": {"N": str(original.bytes)},
        "width": {"N": str(original.size.width)},
        "height": {"N": str(original.size.height)},
    }


def _original_from(item: Item) -> Original:
    return Original(
        sha256=item["sha256"]["S"],
        type=PictureType(item["type"]["S"]),
        bytes=int(item["bytes"]["N"]),
        size=Size(int(item["width"]["N"]), int(item["height"]["N"])),
    )


def _days(item: Item) -> Iterator[Day]:
    for at, counts in sorted(item["days"]["M"].items() if "days" in item else ()):
        views, downloads = (int(count["N"]) for count in counts["L"])
        yield Day(date.fromisoformat(at), views, downloads)


def _look(item: Item) -> Look:
    focal = item["focal"]["M"]
    return Look(
        palette=tuple(
            Swatch(swatch["M"]["hex"]["S"], float(swatch["M"]["share"]["N"]))
            for swatch in item["palette"]["L"]
        ),
        lum=float(item["lum"]["N"]),
        sat=float(item["sat"]["N"]),
        oled=float(item["oled"]["N"]),
        focal=Point(float(focal["x"]["N"]), float(focal["y"]["N"])),
        dhash=item["dhash"]["S"],
        phash=item["phash"]["S"],
        thumbhash=item["thumbhash"]["S"],
        lqip=item["lqip"]["S"],
    )
