"""A record as JSON, for places that keep it as one text: the sidecar and the cache.

What is written once must stay readable: a member may be added, absent in what was written before;
anything else is a new form with a new number, and the old one's reader stays for as long as
anything written in it does.
"""

import json
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

_FORM = 1


class Unreadable(Exception):
    """This is no record in a form that we know."""


def write(wallpaper: Wallpaper) -> str:
    """``wallpaper``, all of it."""
    original, said, look = wallpaper.original, wallpaper.description, wallpaper.look
    return json.dumps(
        {
            "form": _FORM,
            "id": wallpaper.id,
            "uploader": wallpaper.uploader,
            "sha256": original.sha256,
            "type": original.type,
            "bytes": original.bytes,
            "size": [original.size.width, original.size.height],
            "title": said.title,
            "description": said.description,
            "tags": sorted(said.tags),
            "category": said.category,
            "rating": said.rating,
            "license": said.license,
            "creator": said.creator,
            "creator_url": said.creator_url,
            "source": said.source,
            "ai": said.ai,
            "palette": [[swatch.hex, swatch.share] for swatch in look.palette],
            "tone": [look.lum, look.sat, look.oled],
            "focal": [look.focal.x, look.focal.y],
            "dhash": look.dhash,
            "phash": look.phash,
            "thumbhash": look.thumbhash,
            "lqip": look.lqip,
            "counters": [
                wallpaper.counters.views,
                wallpaper.counters.downloads,
                wallpaper.counters.favorites,
            ],
            "status": wallpaper.status,
            "status_reason": wallpaper.status_reason,
            "created_at": wallpaper.created_at.isoformat(),
            "changed_at": wallpaper.changed_at.isoformat(),
            "version": wallpaper.version,
            "days": [[day.date.isoformat(), day.views, day.downloads] for day in wallpaper.days],
            "counted": wallpaper.counted,
            "former": _former(wallpaper.former),
        },
        ensure_ascii=False,
    )


def _former(original: Original | None) -> list[Any] | None:
    if original is None:
        return None
    size = original.size
    return [original.sha256, original.type, original.bytes, size.width, size.height]


def read(text: str | bytes) -> Wallpaper:
    """The wallpaper that ``write`` wrote.

    Raises:
        Unreadable: If it did not.
    """
    try:
        found = json.loads(text)
        if found["form"] != _FORM:
            raise Unreadable(f"form {found['form']} is not known")
        return _wallpaper(found)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise Unreadable(f"not a record: {type(error).__name__}") from error


def _wallpaper(found: dict[str, Any]) -> Wallpaper:
    return Wallpaper(
        id=found["id"],
        uploader=found["uploader"],
        original=Original(
            sha256=found["sha256"],
            type=PictureType(found["type"]),
            bytes=found["bytes"],
            size=Size(*found["size"]),
        ),
        description=Description(
            title=found["title"],
            description=found["description"],
            tags=frozenset(found["tags"]),
            category=found["category"],
            rating=Rating(found["rating"]),
            license=found["license"],
            creator=found["creator"],
            creator_url=found["creator_url"],
            source=found["source"],
            ai=Ai(found["ai"]),
        ),
        look=_look(found),
        counters=Counters(*found["counters"]),
        status=Status(found["status"]),
        status_reason=found["status_reason"],
        created_at=datetime.fromisoformat(found["created_at"]),
        changed_at=datetime.fromisoformat(found["changed_at"]),
        version=found["version"],
        days=tuple(
            Day(date.fromisoformat(at), views, downloads)
            for at, views, downloads in found.get("days", ())
        ),
        counted=found.get("counted", 0),
        former=_former_from(found.get("former")),  # absent from what was written before there were
    )


def _former_from(found: list[Any] | None) -> Original | None:
    if found is None:
        return None
    sha256, kind, length, width, height = found
    return Original(sha256, PictureType(kind), bytes=length, size=Size(width, height))


def _look(found: dict[str, Any]) -> Look:
    lum, sat, oled = found["tone"]
    return Look(
        palette=tuple(Swatch(*swatch) for swatch in found["palette"]),
        lum=lum,
        sat=sat,
        oled=oled,
        focal=Point(*found["focal"]),
        dhash=found["dhash"],
        phash=found["phash"],
        thumbhash=found["thumbhash"],
        lqip=found["lqip"],
    )
