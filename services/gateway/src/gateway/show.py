"""Puts together what a page shows, with what is left when search or media rests."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from gateway.ask import Found, QueryRefused, find_wallpapers, get_wallpaper
from gateway.domain.query import quoted
from gateway.domain.service import MediaResting, SearchResting, Service
from gateway.domain.wallpaper import Wallpaper
from gateway.ports import Upstream
from gateway.remember import Recent

PAGE = 60
_FRESH = 24
_ALIKE = 8
_TAGS = 3
_NOBODY: frozenset[Service] = frozenset()
_FRESH_ONES = ("", _FRESH, None)


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
        daily = recent.recall((_of_the_day(today), 1, None)) or Found()
        return _home(kept, daily, resting=frozenset({Service.SEARCH}))
    return _home(fresh, daily)


def show_results(
    query: str, search: Upstream, recent: Recent[Found], *, cursor: str | None = None
) -> Results:
    """One page of what ``query`` finds.

    Raises:
        QueryRefused: If search will not try.
    """
    try:
        return Results(_remembering(query, search, recent, limit=PAGE, cursor=cursor))
    except SearchResting:
        return Results(
            recent.recall((query, PAGE, cursor)),
            instead=lately(recent),
            resting=frozenset({Service.SEARCH}),
        )


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


def _home(fresh: Found, daily: Found, resting: frozenset[Service] = _NOBODY) -> Home:
    shown = daily.wallpapers or fresh.wallpapers
    topics = Counter(tag for wallpaper in fresh.wallpapers for tag in wallpaper.tags)
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
    query: str, search: Upstream, recent: Recent[Found], *, limit: int, cursor: str | None = None
) -> Found:
    found = find_wallpapers(query, search, limit=limit, cursor=cursor)
    recent.keep((query, limit, cursor), found)
    return found


def _known(wallpaper_id: str, search: Upstream, recent: Recent[Found]) -> Wallpaper | None:
    """The wallpaper as search knows it, or as we have seen it lately."""
    try:
        seen = find_wallpapers(f"id:{wallpaper_id}", search, limit=1).wallpapers
    except (SearchResting, QueryRefused):
        seen = (*(recent.recall(wallpaper_id) or Found()).wallpapers, *lately(recent))
    return next((wallpaper for wallpaper in seen if wallpaper.id == wallpaper_id), None)


def _alike(wallpaper: Wallpaper, search: Upstream) -> tuple[Wallpaper, ...]:
    """Others that share its first tags, those that share most of all its tags first."""
    if wallpaper.tags:
        query = f"tag:{','.join(map(quoted, wallpaper.tags[:_TAGS]))}"
    elif wallpaper.palette:
        query = f"color:{wallpaper.palette[0].hex}"
    else:
        return ()
    found: Iterable[Wallpaper] = find_wallpapers(query, search, limit=3 * _ALIKE).wallpapers
    others = (other for other in found if other.id != wallpaper.id)
    tags = set(wallpaper.tags)
    return tuple(sorted(others, key=lambda other: -len(tags.intersection(other.tags))))[:_ALIKE]
