"""The filters on a page of results. Each is a link, so that they work without a script."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlencode

from gateway.ask import Facet
from gateway.domain import query
from gateway.domain.words import COLOURS, ORDERS, asked_for, called

_SHAPES = ("landscape", "ultrawide", "portrait", "phone")
_SIZES = (">=1920x1080", ">=2560x1440", ">=3840x2160")
_ALWAYS = MappingProxyType({"ratio": _SHAPES, "res": _SIZES})
"""What is offered without counts while nobody counts."""
_MENUS = MappingProxyType(
    {
        "ratio": "Shape",
        "res": "Size",
        "license": "Licence",
        "category": "Category",
        "tone": "Tone",
        "color": "Colour",
        "ai": "Made",
        "type": "File",
    }
)
_IN_BAR = ("ratio", "res", "license")
_FILTERS = (*_MENUS, "rating", "fits")


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: what it says, where it leads, whether it is on, and how much it would find."""

    name: str
    url: str
    on: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be asked of one field; ``said`` is what is asked of it now, if anything is."""

    field: str
    name: str
    chips: tuple[Chip, ...]
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Chips:
    """All filters for one query. One that is on leads to the query without it.

    Attributes:
        bar: The filters that most people want.
        more: The others.
        colours: The twelve colours.
        orders: In which the results can stand.
        order: The name of the one they stand in.
        asked: Each part of the query, leading to the rest; none where the parts depend on each
            other.
        none: What leads to the query without any filter, if it has one.
        fits: The screen that results must fill, and the query without that.
    """

    bar: tuple[Menu, ...]
    more: tuple[Menu, ...]
    colours: tuple[Chip, ...]
    orders: tuple[Chip, ...]
    order: str
    asked: tuple[Chip, ...]
    none: Chip | None
    fits: Chip


def chips_for(text: str, order: str, facets: Mapping[str, tuple[Facet, ...]]) -> Chips:
    """The filters of the query ``text``, whose results have ``facets`` and are in this order."""
    bare = query.without(text, *_FILTERS)
    menus = {field: _menu(text, field, name, facets) for field, name in _MENUS.items()}
    has_words = any(":" not in clause for clause in query.clauses(text))
    orders = tuple(
        Chip(name, search_url(query.asking(text, "sort", value)), order.startswith(value))
        for value, name in ORDERS
        if value != "relevance" or has_words
    )
    fits = query.value_of(text, "fits")
    return Chips(
        bar=tuple(menus[field] for field in _IN_BAR if menus[field].chips),
        more=tuple(menu for field, menu in menus.items() if menu.chips and field not in _IN_BAR),
        colours=tuple(_dot(text, hex_, name) for hex_, name in COLOURS),
        orders=orders,
        order=next((chip.name for chip in orders if chip.on), "Order"),
        asked=tuple(_asked(text)),
        none=Chip("Clear filters", search_url(bare)) if bare != text else None,
        fits=Chip(
            asked_for(f"fits:{fits}") if fits else "",
            search_url(query.without(text, "fits")),
            on=bool(fits),
        ),
    )


def search_url(text: str, page: int = 1) -> str:
    """The address of a page of results.

    Example:
        >>> search_url("fog ratio:phone")
        '/search?q=fog+ratio%3Aphone'
        >>> search_url(""), search_url("fog", 2)
        ('/search', '/search?q=fog&page=2')
    """
    asked = {**({"q": text} if text else {}), **({"page": str(page)} if page > 1 else {})}
    return f"/search?{urlencode(asked)}" if asked else "/search"


def page_numbers(page: int, pages: int) -> tuple[int | None, ...]:
    """The pages to link to from ``page``: the first, the last, those around; ``None`` is a gap.

    Example:
        >>> page_numbers(6, 20)
        (1, None, 5, 6, 7, None, 20)
        >>> page_numbers(1, 4)
        (1, 2, 3, 4)
    """
    near = {1, pages, *range(page - 1, page + 2)}
    if pages <= 7:
        near.update(range(1, pages + 1))
    shown: list[int | None] = []
    for number in sorted(number for number in near if 1 <= number <= pages):
        if shown and shown[-1] is not None and number > shown[-1] + 1:
            shown.append(None)
        shown.append(number)
    return tuple(shown)


def _menu(text: str, field: str, name: str, facets: Mapping[str, tuple[Facet, ...]]) -> Menu:
    counted = facets.get("resolution" if field == "res" else field) or tuple(
        Facet(value, None, query.asking(text, field, value)) for value in _ALWAYS.get(field, ())
    )
    said = query.value_of(text, field)
    return Menu(
        field,
        name,
        tuple(_choice(text, field, facet) for facet in counted if facet.count != 0),
        said=called(field, said, said) if said else None,
    )


def _choice(text: str, field: str, facet: Facet) -> Chip:
    value = query.value_of(facet.query, field) or facet.value
    on = value.lower() == (query.value_of(text, field) or "").lower()
    url = search_url(query.without(text, field) if on else facet.query)
    return Chip(called(field, value, facet.value), url, on, facet.count)


def _dot(text: str, hex_: str, name: str) -> Chip:
    on = hex_ == (query.value_of(text, "color") or "").lower()
    asked = query.without(text, "color") if on else query.asking(text, "color", hex_)
    return Chip(name, search_url(asked), on)


def _asked(text: str) -> Iterator[Chip]:
    each = query.clauses(text)
    if query.is_a_choice(text) or (len(each) < 2 and ":" not in text):
        return
    for place, clause in enumerate(each):
        if not clause.lower().startswith("sort:"):
            rest = " ".join((*each[:place], *each[place + 1 :]))
            yield Chip(asked_for(clause), search_url(rest))
