"""In which order wallpapers are shown, and where in that order one stands."""

from collections.abc import Callable
from typing import NamedTuple

from search.domain.ranking import colourfulness, distance, hotness, points, relevance
from search.domain.sort import Relevance, Sort, Until
from search.domain.values import Look, Shade
from search.domain.wallpaper import Wallpaper, mark

_MASK = 2**32 - 1
Measure = Callable[[Wallpaper], float]


class Place(NamedTuple):
    """Where a wallpaper stands in an order; smaller places come first, the newest among equals.

    It does not depend on what else there is: a page can go on after the place of a wallpaper
    that is no longer there.

    Attributes:
        key: What the order is by.
        newer: Seconds from its creation to 1970.
        id: Its id.
    """

    key: float
    newer: float
    id: str


def place(sort: Sort) -> Callable[[Wallpaper], Place]:
    """Tells the place of a wallpaper in the order of ``sort``, whose seed and basis are chosen."""
    measure = _measure(sort)
    sign = 1 if sort.ascending else -1
    return lambda wallpaper: Place(
        sign * measure(wallpaper), -wallpaper.created.timestamp(), wallpaper.id
    )


def _measure(sort: Sort) -> Measure:
    """What wallpapers are measured by, the most of it first."""
    match sort.mode, sort.basis:
        case "random", _:
            spread = factor(sort.seed or "")
            return lambda wallpaper: -(wallpaper.mark * spread & _MASK)
        case "relevance", Relevance() as basis:
            return lambda wallpaper: relevance(wallpaper, basis)
        case "color", tuple() as wanted:
            shades = [shade for shade in wanted if isinstance(shade, Shade)]
            return lambda wallpaper: colourfulness(wallpaper, shades)
        case "similar", tuple() as wanted:
            looks = [look for look in wanted if isinstance(look, Look)]
            return lambda wallpaper: -distance(wallpaper, looks)
        case "top", Until() as until:
            return lambda wallpaper: points(wallpaper, sort.period or "all", until)
        case mode, _:
            return _MEASURES[mode]


def factor(seed: str) -> int:
    """What the marks of wallpapers are multiplied with for the random order of ``seed``.

    The marks are hashes; an odd factor, modulo 2**32, takes each to another place and no two to
    one. That is a single instruction for several at a time, where they are in a column.

    Source:
        M. Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem"
        (1997), multiplicative hashing.
    """
    return mark(seed) | 1


_MEASURES: dict[str, Measure] = {
    "new": lambda wallpaper: wallpaper.created.timestamp(),
    "hot": hotness,
    "views": lambda wallpaper: wallpaper.views,
    "downloads": lambda wallpaper: wallpaper.downloads,
    "favs": lambda wallpaper: wallpaper.favorites,
    "res": lambda wallpaper: wallpaper.width * wallpaper.height,
    "size": lambda wallpaper: wallpaper.bytes,
    "ratio": lambda wallpaper: wallpaper.ratio,
}
