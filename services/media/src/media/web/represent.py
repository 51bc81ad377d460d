"""The record as media promises it to its callers; changes only with ``openapi.yaml``."""

from datetime import datetime
from typing import Any

from media.domain.feed import Changes
from media.domain.renditions import widths_for
from media.domain.wallpaper import Look, Original, Wallpaper


def represent(wallpaper: Wallpaper) -> dict[str, Any]:
    """``wallpaper`` as JSON."""
    original, said, look = wallpaper.original, wallpaper.description, wallpaper.look
    return {
        "id": wallpaper.id,
        "sha256": original.sha256,
        "width": original.size.width,
        "height": original.size.height,
        "bytes": original.bytes,
        "type": original.type,
        "title": said.title,
        "description": said.description,
        "tags": sorted(said.tags),
        "category": said.category,
        "rating": said.rating,
        "creator": said.creator,
        "creator_url": said.creator_url,
        "source": said.source,
        "license": said.license,
        "ai": said.ai,
        "uploader": wallpaper.uploader,
        **_look(look),
        "views": wallpaper.counters.views,
        "downloads": wallpaper.counters.downloads,
        "favorites": wallpaper.counters.favorites,
        "status": wallpaper.status,
        "status_reason": wallpaper.status_reason,
        "created_at": _moment(wallpaper.created_at),
        "changed_at": _moment(wallpaper.changed_at),
        "version": wallpaper.version,
        "links": {
            "page": f"/w/{wallpaper.id}",
            "original": f"{address(wallpaper.id)}/original",
            "images": {
                f"w{width}": f"/i/{wallpaper.id}/w{width}.webp"
                for width in widths_for(original.size)
            },
        },
    }


def represent_look(original: Original, look: Look) -> dict[str, Any]:
    """What a picture is and shows, as JSON."""
    return {
        "sha256": original.sha256,
        "width": original.size.width,
        "height": original.size.height,
        "bytes": original.bytes,
        "type": original.type,
        **_look(look),
    }


def represent_changes(page: Changes) -> dict[str, Any]:
    """A page of the feed as JSON."""
    return {
        "data": [{"record": _with_days(change.wallpaper)} for change in page.items],
        "meta": {"cursor": str(page.cursor), "caught_up": page.caught_up},
    }


def _with_days(wallpaper: Wallpaper) -> dict[str, Any]:
    """The record as followers get it, who rank by the visits of some days."""
    days = {day.date.isoformat(): [day.views, day.downloads] for day in wallpaper.days}
    return {**represent(wallpaper), "counted": wallpaper.counted, "days": days}


def address(wallpaper_id: str) -> str:
    """Where the public finds a wallpaper's record."""
    return f"/api/v1/wallpapers/{wallpaper_id}"


def _look(look: Look) -> dict[str, Any]:
    return {
        "palette": [{"hex": swatch.hex, "share": swatch.share} for swatch in look.palette],
        "lum": look.lum,
        "sat": look.sat,
        "oled": look.oled,
        "focal": {"x": look.focal.x, "y": look.focal.y},
        "dhash": look.dhash,
        "phash": look.phash,
        "thumbhash": look.thumbhash,
        "lqip": look.lqip,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
