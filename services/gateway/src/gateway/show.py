"""Puts together what a page shows, with what is left when search or media rests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from gateway.ask import (
    Found,
    QueryRefused,
    Suggested,
    find_similar,
    find_wallpapers,
    get_wallpaper,
    suggest,
)
from gateway.domain.query import quoted
from gateway.domain.service import MediaResting, SearchResting, Service
from gateway.domain.wallpaper import Wallpaper
from gateway.domain.words import called
from gateway.ports import Upstream
from gateway.remember import Recent

PAGE = 60
_FRESH = 24
_ALIKE = 8
_TAGS = 3
_SHELVES = 48
_SHAPES = frozenset({"phone", "portrait", "landscape", "ultrawide", "panorama"})
"""Tags that are no topics: the first page has a filter for each."""
_NOBODY: frozenset[Service] = frozenset()
_FRESH_ONES = ("", _FRESH, 1)


@dataclass(frozen=True, slots=True)
class Home:
    """The first page: today's wallpaper, what is new, and what much of it is about."""

    today: Wallpaper | None
    fresh: tuple[Wallpaper, ...]
    total: int
    topics: tuple[str, ...]
    resting: frozenset[Service] = _NOBODY


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results.

    Attributes:
        found: What was found; ``None`` when search rests and we do not remember either.
        instead: What to look at meanwhile.
        resting: Who rests.
    """

    found: Found | None
    instead: tuple[Wallpaper, ...] = ()
    resting: frozenset[Service] = _NOBODY


@dataclass(frozen=True, slots=True)
class Shelf:
    """One way into the collection: what it is called, what finds it, how much that is."""

    name: str
    query: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Explore:
    """Ways into the collection, by what wallpapers have in common."""

    total: int
    tags: tuple[Shelf, ...]
    people: tuple[Shelf, ...]
    shapes: tuple[Shelf, ...]
    categories: tuple[Shelf, ...]
    resting: frozenset[Service] = _NOBODY


@dataclass(frozen=True, slots=True)
class Opened:
    """One wallpaper, and others like it."""

    wallpaper: Wallpaper
    alike: tuple[Wallpaper, ...] = ()
    resting: frozenset[Service] = _NOBODY


def show_home(search: Upstream, recent: Recent[Found], today: date) -> Home:
    """What the first page shows on the day ``today``."""
    try:
        fresh = _remembering("", search, recent, limit=_FRESH)
        daily = _remembering(_of_the_day(today), search, recent, limit=1)
    except (SearchResting, QueryRefused):
        kept = recent.recall(_FRESH_ONES) or Found()
        daily = recent.recall((_of_the_day(today), 1, 1)) or Found()
        return _home(kept, daily, resting=frozenset({Service.SEARCH}))
    return _home(fresh, daily)


def show_results(query: str, search: Upstream, recent: Recent[Found], *, page: int = 1) -> Results:
    """One page of what ``query`` finds, from the first, 1.

    Raises:
        QueryRefused: If search will not try.
    """
    try:
        return Results(_remembering(query, search, recent, limit=PAGE, page=page, facets=True))
    except SearchResting:
        return Results(
            recent.recall((query, PAGE, page)),
            instead=lately(recent),
            resting=frozenset({Service.SEARCH}),
        )


def show_explore(search: Upstream, recent: Recent[Found]) -> Explore:
    """The most frequent tags, people, shapes and categories; none of them when search rests."""
    try:
        found = _remembering("", search, recent, limit=1, facets=True)
        return Explore(
            found.total,
            tags=_shelves(suggest("tag:", search, limit=_SHELVES)),
            people=tuple(
                replace(shelf, name=shelf.name.title())  # search knows people in lower case
                for shelf in _shelves(suggest("creator:", search, limit=_SHELVES))
            ),
            shapes=_facets(found, "ratio"),
            categories=_facets(found, "category"),
        )
    except (SearchResting, QueryRefused):
        return Explore(0, (), (), (), (), resting=frozenset({Service.SEARCH}))


def show_wallpaper(
    wallpaper_id: str, search: Upstream, media: Upstream, recent: Recent[Found]
) -> Opened:
    """One wallpaper, from media, or else from what search knows or we remember.

    Raises:
        WallpaperNotFound: If there is none.
        WallpaperDeleted: If there was one.
        MediaResting: If nobody can say.
    """
    resting: set[Service] = set()
    try:
        wallpaper = get_wallpaper(wallpaper_id, media)
        recent.keep(wallpaper_id, Found((wallpaper,)))
    except MediaResting:
        resting.add(Service.MEDIA)
        if (known := _known(wallpaper_id, search, recent)) is None:
            raise
        wallpaper = known
    try:
        alike = _alike(wallpaper, search)
    except (SearchResting, QueryRefused):
        resting.add(Service.SEARCH)
        alike = ()
    return Opened(wallpaper, alike, frozenset(resting))


def lately(recent: Recent[Found]) -> tuple[Wallpaper, ...]:
    """What was new when we last knew; asks nobody."""
    kept = recent.recall(_FRESH_ONES)
    return kept.wallpapers if kept else ()


def _shelves(suggested: Iterable[Suggested]) -> tuple[Shelf, ...]:
    return tuple(Shelf(each.text, each.clause, each.count) for each in suggested)


def _facets(found: Found, kind: str) -> tuple[Shelf, ...]:
    return tuple(
        Shelf(called(kind, facet.value, facet.value), facet.query, facet.count)
        for facet in found.facets.get(kind, ())
        if facet.count
    )


def _home(fresh: Found, daily: Found, resting: frozenset[Service] = _NOBODY) -> Home:
    shown = daily.wallpapers or fresh.wallpapers
    topics = Counter(
        tag for wallpaper in fresh.wallpapers for tag in wallpaper.tags if tag not in _SHAPES
    )
    return Home(
        today=shown[0] if shown else None,
        fresh=fresh.wallpapers,
        total=fresh.total,
        topics=tuple(tag for tag, _ in topics.most_common(_TAGS)),
        resting=resting,
    )


def _of_the_day(today: date) -> str:
    # Not too light: white words stand on it.
    return f"ratio:landscape res:>=1920x1080 lum:..60 sort:random:{today:%Y%m%d}"


def _remembering(
    query: str,
    search: Upstream,
    recent: Recent[Found],
    *,
    limit: int,
    page: int = 1,
    facets: bool = False,
) -> Found:
    found = find_wallpapers(query, search, limit=limit, page=page, facets=facets)
    recent.keep((query, limit, page), found)
    return found


def _known(wallpaper_id: str, search: Upstream, recent: Recent[Found]) -> Wallpaper | None:
    """The wallpaper as search knows it, or as we have seen it lately."""
    try:
        seen = find_wallpapers(f"id:{wallpaper_id}", search, limit=1).wallpapers
    except (SearchResting, QueryRefused):
        seen = (*(recent.recall(wallpaper_id) or Found()).wallpapers, *lately(recent))
    return next((wallpaper for wallpaper in seen if wallpaper.id == wallpaper_id), None)


def _alike(wallpaper: Wallpaper, search: Upstream) -> tuple[Wallpaper, ...]:
    """Others that look like it, then those that share most of its tags."""
    similar = find_similar(wallpaper.id, search, limit=_ALIKE)
    known = {wallpaper.id, *(each.id for each in similar)}
    kin: list[Wallpaper] = []
    if wallpaper.tags and len(similar) < _ALIKE:
        query = f"tag:{','.join(map(quoted, wallpaper.tags[:_TAGS]))}"
        found = find_wallpapers(query, search, limit=3 * _ALIKE).wallpapers
        tags = set(wallpaper.tags)
        kin = [other for other in found if other.id not in known]
        kin.sort(key=lambda other: -len(tags.intersection(other.tags)))
    return (*similar, *kin)[:_ALIKE]
