"""In which order wallpapers are shown, and where in that order one stands."""

from collections.abc import Callable
from typing import NamedTuple

from search.domain.query import Sort
from search.domain.wallpaper import Wallpaper, mark

_MASK = 2**32 - 1


class Place(NamedTuple):
    """Where a wallpaper stands in an order; smaller places come first.

    It does not depend on what else there is: a page can go on after the place of a wallpaper
    that is no longer there.
    """

    key: float
    id: str


def place(sort: Sort) -> Callable[[Wallpaper], Place]:
    """Tells the place of a wallpaper in the order of ``sort``, whose seed is chosen."""
    if sort.mode == "random":
        spread = factor(sort.seed or "")
        return lambda wallpaper: Place(wallpaper.mark * spread & _MASK, wallpaper.id)
    measure = _MEASURES[sort.mode]
    sign = 1 if sort.ascending else -1
    return lambda wallpaper: Place(sign * measure(wallpaper), wallpaper.id)


def factor(seed: str) -> int:
    """What the marks of wallpapers are multiplied with for the random order of ``seed``.

    The marks are hashes; an odd factor, modulo 2**32, takes each to another place and no two to
    one. That is a single instruction for several at a time, where they are in a column.

    Source:
        M. Dietzfelbinger et al., "A reliable randomized algorithm for the closest-pair problem"
        (1997), multiplicative hashing.
    """
    return mark(seed) | 1


_MEASURES: dict[str, Callable[[Wallpaper], float]] = {
    "new": lambda wallpaper: wallpaper.created.timestamp(),
    "res": lambda wallpaper: wallpaper.width * wallpaper.height,
    "size": lambda wallpaper: wallpaper.bytes,
    "ratio": lambda wallpaper: wallpaper.ratio,
}
