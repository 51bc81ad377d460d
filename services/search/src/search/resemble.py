"""Finds wallpapers that look like another, or like a picture that is shown."""

import json
from dataclasses import dataclass
from datetime import datetime

from search.domain.query import Clause
from search.domain.ranking import distance, looks
from search.domain.values import Look, Text
from search.domain.wallpaper import Wallpaper
from search.find import Found, find_wallpapers
from search.ports import Check, Index, no_check
from search.resolve import Audience, resolve

_BIT = 1_000_000


class WallpaperNotFound(Exception):
    """There is no wallpaper with that id, or none that may be seen."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a wallpaper is from a look.

    Attributes:
        id: Which wallpaper.
        bits: How many of 128 bits of both hashes differ.
        palette: How far the colours are from each other, 0 to 1.
    """

    id: str
    bits: int
    palette: float


def find_similar(
    id_: str,
    index: Index,
    *,
    audience: Audience,
    limit: int,
    now: datetime,
    check: Check = no_check,
) -> tuple[Found, tuple[Distance, ...]]:
    """What looks like the wallpaper ``id_``, the most alike first.

    Raises:
        WallpaperNotFound: If there is none that ``audience`` may see.
        TooSlow: From ``check``.
    """
    clause = Clause("similar", (Text(id_),))
    question = resolve(str(clause), index, audience=audience, now=now, check=check)
    if not looks(question.wanted):
        raise WallpaperNotFound(f"There is no wallpaper '{id_}'.")
    found = find_wallpapers(question, index, limit=limit, check=check)
    return found, distances(found)


def distances(found: Found) -> tuple[Distance, ...]:
    """How far each wallpaper on a page is from the nearest look that was asked for."""
    wanted: tuple[Look, ...] = looks(found.question.wanted)
    wallpapers = (Wallpaper.of(json.loads(document)) for document in found.page.documents)
    return tuple(
        Distance(each.id, far // _BIT, far % _BIT / _BIT)
        for each, far in ((each, distance(each, wanted)) for each in wallpapers)
    )
