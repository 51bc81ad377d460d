"""The record as media promises it to its callers; changes only with ``openapi.yaml``."""

from datetime import datetime
from typing import Any

from flask import Response, jsonify

from media.domain.feed import Changes
from media.domain.renditions import widths_for
from media.domain.wallpaper import Look, Original, Wallpaper
from media.ports import Catalogue
from media.web.versions import etag


def represent(wallpaper: Wallpaper) -> dict[str, Any]:
    """``wallpaper`` as JSON."""
    original, said, look = wallpaper.original, wallpaper.description, wallpaper.look
    # What was cached under the plain address for a year shows the original that was replaced.
    edition = f"?v={original.sha256[:8]}" if wallpaper.former else ""
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
        "created_at": moment(wallpaper.created_at),
        "changed_at": moment(wallpaper.changed_at),
        "version": wallpaper.version,
        "links": {
            "page": f"/w/{wallpaper.id}",
            "original": f"{address(wallpaper.id)}/original",
            "images": {
                f"w{width}": f"/i/{wallpaper.id}/w{width}.webp{edition}"
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


def represented(wallpaper: Wallpaper, **more: Any) -> Response:
    """``wallpaper`` as an answer, with ``more`` members."""
    response = jsonify(represent(wallpaper) | more)
    response.set_etag(etag(wallpaper))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def represented_new(wallpaper: Wallpaper, catalogue: Catalogue) -> Response:
    """A wallpaper that has just come in as an answer, with those that look nearly like it."""
    near = [
        {"id": each.wallpaper_id, "distance": each.distance}
        for each in catalogue.neighbours(wallpaper.look).nearest
        if each.wallpaper_id != wallpaper.id
    ]
    response = represented(wallpaper, **({"near": near} if near else {}))
    response.status_code = 201
    response.location = address(wallpaper.id)
    return response


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


def moment(moment: datetime) -> str:
    """A moment as RFC 3339 has it: UTC with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
