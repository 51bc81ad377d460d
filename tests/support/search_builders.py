"""Records, wallpapers and applications of search, saying only what matters to a test."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from chassis.identity import Identities, Identity, Role
from chassis.seal import Sealer
from search.adapters.memory_index import MemoryIndex
from search.app import create_app
from search.domain.parser import parse_query
from search.domain.query import Query, Sort
from search.domain.wallpaper import Change, Wallpaper
from search.follow import Following
from search.ports import Page

SECRET = "a secret of the tests, long enough for them"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PLAIN: dict[str, Any] = {
    "id": "22222222",
    "sha256": "0" * 64,
    "width": 3840,
    "height": 2160,
    "bytes": 2_500_000,
    "type": "image/jpeg",
    "title": "Plain",
    "description": None,
    "tags": [],
    "category": "general",
    "rating": "safe",
    "creator": None,
    "creator_url": None,
    "source": None,
    "license": "cc0-1.0",
    "ai": "no",
    "uploader": "ada",
    "palette": [{"hex": "#808080", "share": 1.0}],
    "lum": 0.5,
    "sat": 0.1,
    "oled": 0.0,
    "focal": {"x": 0.5, "y": 0.5},
    "dhash": "0123456789abcdef",
    "phash": "fedcba9876543210",
    "thumbhash": "3OcRJYB4d3h/iIeHeEh3eIhw+j3A",
    "lqip": "data:image/webp;base64,UklGRg==",
    "views": 0,
    "downloads": 0,
    "favorites": 0,
    "status": "live",
    "status_reason": None,
    "created_at": "2026-11-01T00:00:00.000Z",
    "changed_at": "2026-11-01T00:00:00.000Z",
    "version": 1,
    "links": {
        "page": "/w/22222222",
        "original": "/api/v1/wallpapers/22222222/original",
        "images": {"w320": "/i/22222222/w320.webp"},
    },
}


def an_id(number: int) -> str:
    """The ``number``-th id, in the order of ids."""
    digits = []
    for _ in range(8):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def a_record(**changes: Any) -> dict[str, Any]:
    """A record like any other, except for ``changes``."""
    return deepcopy(_PLAIN) | changes


def a_tombstone(id_: str, *, version: int) -> dict[str, Any]:
    """All that media tells of a wallpaper that was deleted."""
    changed_at = "2026-11-02T00:00:00.000Z"
    return {"id": id_, "version": version, "status": "deleted", "changed_at": changed_at}


def a_wallpaper(**changes: Any) -> Wallpaper:
    """A wallpaper like any other, except for ``changes`` of its record."""
    return Wallpaper.of(a_record(**changes))


def an_index(*records: dict[str, Any]) -> MemoryIndex:
    """An index that has what ``records`` say."""
    index = MemoryIndex()
    index.apply(map(Change.of, records), position="1")
    return index


def a_query(text: str) -> Query:
    """The query that ``text`` is, in the order it says or the newest first."""
    query = parse_query(text).query
    return query.sorted_by(query.sort or Sort())


def ids(page: Page) -> list[str]:
    """The ids of the wallpapers on ``page``."""
    return [Wallpaper.of(_loaded(document)).id for document in page.documents]


def an_app(*records: dict[str, Any], clock: Callable[[], datetime] = lambda: NOW) -> Flask:
    """Search with an index that has caught up with ``records``."""
    following = Following()
    following.caught_up(an_index(*records))
    return create_app(following, IDENTITIES, clock)


def signed(role: Role = Role.CONTRIBUTOR, path: str = "/search") -> dict[str, str]:
    """The headers of a call that someone with ``role`` makes."""
    return IDENTITIES.sign(Identity("ada", role), "GET", path)


IDENTITIES = Identities(Sealer((SECRET,)))


def _loaded(document: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(document)
    return record
