"""The fields that can be searched, their other spellings, and how their values are read."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from search.domain.colour import Rgb
from search.domain.text import label, words
from search.domain.values import (
    Bound,
    Day,
    Proportion,
    Quantity,
    Screen,
    Shade,
    Size,
    Span,
    Text,
    Value,
)
from search.domain.wallpaper import HAVING

Reader = Callable[[str], Value]
B = TypeVar("B", bound=Bound)
_COMPARED = re.compile(r"(>=|<=|>|<|=)(.+)")
_PERCENT = re.compile(r"(100|[0-9]{1,2}(?:\.[0-9]{1,2})?)%?")
_HASH = re.compile(r"[0-9a-f]{1,64}")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)*([^\s/:@?#]+)(?:[:/?#].*)?", re.IGNORECASE)
_PIXELS = {"": 1, "px": 1}
_SHARE = {"": 1, "%": 1}
_BYTES = {
    "": 1,
    "b": 1,
    "k": 10**3,
    "kb": 10**3,
    "kib": 2**10,
    "m": 10**6,
    "mb": 10**6,
    "mib": 2**20,
    "g": 10**9,
    "gb": 10**9,
    "gib": 2**30,
}
_COUNTS = {"": 1, "k": 10**3, "m": 10**6}
_SECONDS = {"h": 3600, "d": 86_400, "w": 604_800, "mo": 2_629_746, "y": 31_556_952}

RATIOS = ("landscape", "portrait", "square", "ultrawide", "phone")
TONES = ("dark", "mid", "light")
RATINGS = ("safe", "sketchy", "explicit")
TYPES = ("jpg", "png", "webp")
AI = ("yes", "no", "unknown")
SEARCHED_STATES = ("live", "new")
STATES = (*SEARCHED_STATES, "processing", "pending", "rejected", "deleted")
"""What a wallpaper can be; only what is live is searched, and some of that is new."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that can be asked of a wallpaper by name.

    Attributes:
        name: Its name in text that we write.
        read: Makes a value of some text, or raises ``ValueError`` with what is wrong.
        example: What one might ask.
        spellings: Other names that it goes by.
        prefixes: Whether ``*`` may stand after the beginning of a value.
    """

    name: str
    read: Reader
    example: str
    spellings: tuple[str, ...] = ()
    prefixes: bool = False


def find_field(name: str) -> Field | None:
    """The field that goes by ``name``, in any case."""
    return _BY_SPELLING.get(name.casefold())


def read_value(name: str, text: str) -> Value:
    """What ``text`` means as a value of the field that goes by ``name``, which there is.

    Raises:
        ValueError: If it means nothing there.
    """
    return _BY_SPELLING[name].read(text)


def nearest(name: str, names: tuple[str, ...]) -> str | None:
    """Which of ``names`` was probably meant by ``name``; ``None`` if none is like it.

    Source:
        Ratcliff and Metzener, "Pattern matching: the gestalt approach" (1988), at least 0.6.

    Example:
        >>> nearest("colr", FIELD_NAMES)
        'color'
    """
    return next(iter(difflib.get_close_matches(name.casefold()[:32], names, n=1)), None)


def _span(read: Callable[[str], B]) -> Callable[[str], Span[B]]:
    """Reads ``5``, ``=5``, ``>5``, ``>=5``, ``<5``, ``<=5``, ``5..``, ``..5`` and ``5..9``."""

    def read_span(text: str) -> Span[B]:
        low, dots, high = text.partition("..")
        if dots:
            return between(read(low) if low else None, read(high) if high else None)
        compared = _COMPARED.fullmatch(text)
        sign, bound = compared.groups() if compared else ("=", text)
        value = read(bound.strip())
        match sign[0]:
            case "=":
                return Span(value, value)
            case ">":
                return Span(value, None, beyond=sign == ">")
            case _:
                return Span(None, value, beyond=sign == "<")

    def between(low: B | None, high: B | None) -> Span[B]:
        if low is None and high is None:
            raise ValueError("a range needs an end")
        if low is not None and high is not None and low.exceeds(high):
            raise ValueError(f"the range {low}..{high} runs backwards")
        return Span(low, high)

    return read_span


def _quantity(units: dict[str, int]) -> Callable[[str], Span[Quantity]]:
    """Reads spans of quantities; in ``2..5mb`` the unit goes for both."""
    read_span = _span(lambda text: Quantity.parse(text, units))

    def read(text: str) -> Span[Quantity]:
        low, dots, high = text.partition("..")
        if dots and low[-1:].isdigit():
            text = f"{low}{high.lstrip('0123456789.')}..{high}"
        return read_span(text)

    return read


def _one_of(names: tuple[str, ...], also: Mapping[str, str] = MappingProxyType({})) -> Reader:
    def read(text: str) -> Text:
        name = also.get(text.casefold(), text.casefold())
        if name not in names:
            raise ValueError(f"'{text}' is none of {', '.join(names)}")
        return Text(name)

    return read


def _ratio(text: str) -> Value:
    if (name := text.casefold()) in RATIOS:
        return Text(name)
    if text[:1].isalpha():
        raise ValueError(f"'{text}' is neither a proportion nor one of {', '.join(RATIOS)}")
    return _span(Proportion.parse)(text)


def _person(text: str) -> Text:
    if not words(text):
        raise ValueError(f"'{text}' is nobody's name")
    return Text(text)


def _wallpaper(text: str) -> Text:
    if not (name := label(text)):
        raise ValueError(f"'{text}' is not a wallpaper's id")
    return Text(name)


def _hash(text: str) -> Text:
    if not _HASH.fullmatch(text.casefold()):
        raise ValueError(f"'{text}' is not a SHA-256 in hexadecimal digits")
    return Text(text.casefold())


def _host(text: str) -> Text:
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a domain such as nasa.gov")
    return Text(found[1].casefold())


def _screen(text: str) -> Screen:
    size, at, kept = text.partition("@")
    return Screen(Size.parse(size), _percent(kept)) if at else Screen(Size.parse(size))


def _shade(text: str) -> Shade:
    colour, tilde, share = text.partition("~")
    return Shade(Rgb.parse(colour), _percent(share) if tilde else None)


def _percent(text: str) -> Decimal:
    found = _PERCENT.fullmatch(text)
    if found is None or not (share := Decimal(found[1])):
        raise ValueError(f"'{text}' is not a share such as 40%")
    return share


FIELDS = (
    Field("tag", Text, "tag:forest", ("#",), prefixes=True),
    Field("user", Text, "user:ada", ("@", "uploader"), prefixes=True),
    Field("category", Text, "category:nature", ("cat",), prefixes=True),
    Field("rating", _one_of(RATINGS), "rating:safe", ("purity",)),
    Field("width", _quantity(_PIXELS), "width:>=3840", ("w",)),
    Field("height", _quantity(_PIXELS), "height:>=2160", ("h",)),
    Field("mp", _quantity({"": 1, "mp": 1}), "mp:8..12"),
    Field("res", _span(Size.parse), "res:>=2560x1440"),
    Field("ratio", _ratio, "ratio:16:9"),
    Field("fits", _screen, "fits:2560x1440"),
    Field("color", _shade, "color:#0b3d91~40%", ("colour",)),
    Field("tone", _one_of(TONES), "tone:dark"),
    Field("lum", _quantity(_SHARE), "lum:<40"),
    Field("sat", _quantity(_SHARE), "sat:>10"),
    Field("oled", _quantity(_SHARE), "oled:>=60%"),
    Field("type", _one_of(TYPES, {"jpeg": "jpg"}), "type:png"),
    Field("size", _quantity(_BYTES), "size:>5mb"),
    Field("date", _span(Day.parse), "date:2026-01..2026-03"),
    Field("age", _quantity(_SECONDS), "age:<7d"),
    Field("views", _quantity(_COUNTS), "views:>=1000"),
    Field("downloads", _quantity(_COUNTS), "downloads:>=100"),
    Field("favs", _quantity(_COUNTS), "favs:>=10", ("favorites",)),
    Field("license", Text, "license:cc0,cc-by", ("licence",)),
    Field("ai", _one_of(AI), "ai:no"),
    Field("creator", _person, 'creator:"Ada Lovelace"', prefixes=True),
    Field("source", _host, "source:nasa.gov"),
    Field("similar", _wallpaper, "similar:k3m9x2ab"),
    Field("like", _wallpaper, "like:k3m9x2ab"),
    Field("id", Text, "id:k3m9x2ab"),
    Field("sha256", _hash, "sha256:9f86d081*", prefixes=True),
    Field("in", Text, "in:k3m9x2ab"),
    Field("fav", Text, "fav:me"),
    Field("is", _one_of(STATES), "is:new"),
    Field("has", _one_of(HAVING, {"tag": "tags", "licence": "license"}), "has:source"),
)
_BY_SPELLING = {name: field for field in FIELDS for name in (field.name, *field.spellings)}
FIELD_NAMES = (*(name for name in _BY_SPELLING if len(name) > 1 and name.isalnum()), "sort")
