"""In which order wallpapers are shown, and where in that order one stands."""

from collections.abc import Callable
from typing import NamedTuple

from search.domain.query import Sort
from search.domain.wallpaper import Wallpaper, mark

_MASK = 2**64 - 1


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
        seed = mark(sort.seed or "")
        return lambda wallpaper: Place(_mixed(wallpaper.mark ^ seed), wallpaper.id)
    measure = _MEASURES[sort.mode]
    sign = 1 if sort.ascending else -1
    return lambda wallpaper: Place(sign * measure(wallpaper), wallpaper.id)


def _mixed(bits: int) -> int:
    """Another 64 bits, one for one, without resemblance to the first.

    Source:
        G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators" (2014),
        the finaliser of SplitMix64.
    """
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB & _MASK
    return bits ^ (bits >> 31)


_MEASURES: dict[str, Callable[[Wallpaper], float]] = {
    "new": lambda wallpaper: wallpaper.created.timestamp(),
    "res": lambda wallpaper: wallpaper.width * wallpaper.height,
    "size": lambda wallpaper: wallpaper.bytes,
    "ratio": lambda wallpaper: wallpaper.ratio,
}
