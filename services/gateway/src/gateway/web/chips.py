"""The filters on a page of results. Each is a link, so that they work without a script."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from gateway.domain import query

SHAPES = (("landscape", "Desktop"), ("ultrawide", "Ultrawide"), ("phone", "Phone"))
SIZES = ((">=1920x1080", "Full HD"), (">=2560x1440", "QHD"), (">=3840x2160", "4K"))
COLOURS = (
    ("#d8433b", "red"),
    ("#ee8434", "orange"),
    ("#f2c94c", "yellow"),
    ("#4f9d5d", "green"),
    ("#2a9d8f", "teal"),
    ("#2f6fd6", "blue"),
    ("#7b54c9", "violet"),
    ("#e37aa6", "pink"),
    ("#8a5a3c", "brown"),
    ("#15181c", "black"),
    ("#8a939d", "grey"),
    ("#ffffff", "white"),
)
ORDERS = (("new", "New"), ("random", "Shuffle"))


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: what it says, where it leads, and whether it is on."""

    name: str
    url: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class Chips:
    """All filters for one query. One that is on leads to the query without it."""

    shapes: tuple[Chip, ...]
    sizes: tuple[Chip, ...]
    colours: tuple[Chip, ...]
    orders: tuple[Chip, ...]
    none: Chip | None


def chips_for(text: str, order: str) -> Chips:
    """The filters of the query ``text``, whose results are in the order ``order``."""
    bare = text
    for field in ("ratio", "res", "color", "sort"):
        bare = query.without(bare, field)
    return Chips(
        shapes=_toggles(text, "ratio", SHAPES),
        sizes=_toggles(text, "res", SIZES),
        colours=_toggles(text, "color", COLOURS),
        orders=tuple(
            Chip(name, search_url(query.asking(text, "sort", value)), order.startswith(value))
            for value, name in ORDERS
        ),
        none=Chip("Clear filters", search_url(bare)) if bare != text else None,
    )


def search_url(text: str, cursor: str | None = None) -> str:
    """The address of a page of results.

    Example:
        >>> search_url("fog ratio:phone")
        '/search?q=fog+ratio%3Aphone'
        >>> search_url("")
        '/search'
    """
    asked = {**({"q": text} if text else {}), **({"cursor": cursor} if cursor else {})}
    return f"/search?{urlencode(asked)}" if asked else "/search"


def _toggles(text: str, field: str, options: Iterable[tuple[str, str]]) -> tuple[Chip, ...]:
    asked = (query.value_of(text, field) or "").lower()
    off = search_url(query.without(text, field))
    return tuple(
        Chip(name, off, on=True)
        if asked == value
        else Chip(name, search_url(query.asking(text, field, value)))
        for value, name in options
    )
