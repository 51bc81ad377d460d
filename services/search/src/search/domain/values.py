"""What a field can be asked for. Each value prints as the text that reads as that value."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Generic, Protocol, Self, TypeVar

from search.domain.colour import Oklab, Rgb

_AMOUNT = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_QUANTITY = re.compile(rf"({_AMOUNT})([a-z%]*)")
_SIZE = re.compile(r"([0-9]{1,6})[x×]([0-9]{1,6})", re.IGNORECASE)
_PROPORTION = re.compile(rf"({_AMOUNT})(?:[:x×/]({_AMOUNT}))?", re.IGNORECASE)
_DAY = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}")
_DAYS_AGO = {"today": 0, "yesterday": 1}
_BARE = re.compile(r'[^\s()|",“”\\*]+')
_ESCAPED = re.compile(r'["“”\\]')
DEFAULT_KEPT = Decimal(80)
"""Percent of a picture that must be left when it is cut to a screen, unless another is asked."""
TOLERANCE = 0.01
"""By how much of itself a proportion may be missed."""


def quoted(text: str) -> str:
    """``text`` between quotation marks, for the search box."""
    return '"' + _ESCAPED.sub(r"\\\g<0>", text) + '"'


@dataclass(frozen=True, slots=True)
class Text:
    """Some text, or with ``prefix`` everything that begins with it."""

    text: str
    prefix: bool = False

    def __str__(self) -> str:
        bare = self.text if _BARE.fullmatch(self.text) else quoted(self.text)
        return f"{bare if self.text else ''}{'*' if self.prefix else ''}"


class Bound(Protocol):
    """An end of a span."""

    def exceeds(self, other: Self) -> bool:
        """Whether a span cannot run from this up to ``other``."""


B = TypeVar("B", bound=Bound)


@dataclass(frozen=True, slots=True)
class Span(Generic[B]):
    """From ``low`` to ``high``, both included unless said otherwise; ``None`` is no end.

    One value alone is a span from itself to itself.
    """

    low: B | None
    high: B | None
    beyond: bool = False
    """Whether the only end is itself left out, as in ``>5``."""

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        if self.low is None:
            return f"{'<' if self.beyond else '<='}{self.high}"
        if self.high is None:
            return f"{'>' if self.beyond else '>='}{self.low}"
        return f"{self.low}..{self.high}"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as typed: ``5mb`` is not as exact as ``5000kb``."""

    amount: Decimal
    unit: str = ""
    scale: int = 1
    """How many of the field's own unit (bytes, seconds, pixels) one of ``unit`` is."""

    @classmethod
    def parse(cls, text: str, units: dict[str, int]) -> Self:
        """Read a number followed by one of ``units``.

        Raises:
            ValueError: If it is none.
        """
        found = _QUANTITY.fullmatch(text.casefold())
        if found is None or found[2] not in units:
            raise ValueError(f"'{text}' is not a number we can use here")
        return cls(Decimal(found[1]), found[2].strip("%"), units[found[2]])

    @property
    def value(self) -> float:
        """In the field's own unit."""
        return float(self.amount * self.scale)

    @property
    def slack(self) -> float:
        """Half of the last digit typed: what still rounds to it."""
        exponent = self.amount.as_tuple().exponent
        return float(Decimal(5).scaleb(int(exponent) - 1) * self.scale)

    def exceeds(self, other: Self) -> bool:
        """Whether it is the larger one."""
        return self.value > other.value

    def __str__(self) -> str:
        return f"{self.amount:f}{self.unit}"


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height, in pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``3840x2160``.

        Raises:
            ValueError: If it is no size.
        """
        found = _SIZE.fullmatch(text)
        if found is None or not (int(found[1]) and int(found[2])):
            raise ValueError(f"'{text}' is not a size such as 3840x2160")
        return cls(int(found[1]), int(found[2]))

    def exceeds(self, other: Self) -> bool:
        """Whether either side is longer than the other's."""
        return self.width > other.width or self.height > other.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Proportion:
    """Width to height, as ``16:9`` or as one number."""

    across: Decimal
    down: Decimal = Decimal(1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``16:9``, ``16x9``, ``16/9`` or ``1.78``.

        Raises:
            ValueError: If it is no proportion.
        """
        found = _PROPORTION.fullmatch(text)
        across, down = (Decimal(part or 1) for part in found.groups()) if found else (0, 0)
        if not (across and down):
            raise ValueError(f"'{text}' is not a proportion such as 16:9")
        return cls(Decimal(across), Decimal(down))

    @property
    def value(self) -> float:
        """Width divided by height."""
        return float(self.across) / float(self.down)

    @property
    def slack(self) -> float:
        """By how much a picture may miss it."""
        return self.value * TOLERANCE

    def exceeds(self, other: Self) -> bool:
        """Whether it is the wider one."""
        return self.value > other.value

    def __str__(self) -> str:
        return f"{self.across:f}" if self.down == 1 else f"{self.across:f}:{self.down:f}"


@dataclass(frozen=True, slots=True)
class Day:
    """A day, month or year in UTC: ``2026-11-23``, ``2026-11``, ``2026``, ``today``."""

    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a day, a month or a year.

        Raises:
            ValueError: If there is none of that name.
        """
        name = text.casefold()
        if name not in _DAYS_AGO:
            if not _DAY.fullmatch(name):
                raise ValueError(f"'{text}' is not a date such as 2026-11 or today")
            date.fromisoformat((name + "-01-01")[:10])
        return cls(name)

    def begins(self, now: datetime) -> datetime:
        """Its first moment."""
        if (ago := _DAYS_AGO.get(self.name)) is not None:
            return _midnight(now.astimezone(UTC).date() - timedelta(days=ago))
        return _midnight(date.fromisoformat((self.name + "-01-01")[:10]))

    def ends(self, now: datetime) -> datetime:
        """The first moment after it; the end of time for the last year there is."""
        first = self.begins(now)
        year, month = first.year, first.month
        try:
            match len(self.name):
                case 4:
                    return first.replace(year=year + 1)
                case 7:
                    return first.replace(year=year + month // 12, month=month % 12 + 1)
                case _:
                    return first + timedelta(days=1)
        except (ValueError, OverflowError):
            return datetime.max.replace(tzinfo=UTC)

    def exceeds(self, other: Self) -> bool:
        """Whether it begins after the other has ended, as far as that needs no clock."""
        if self.name in _DAYS_AGO or other.name in _DAYS_AGO:
            return False
        return self.name[: len(other.name)] > other.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen, and the percent of a picture that must be left when cut to its shape."""

    size: Size
    kept: Decimal = DEFAULT_KEPT

    def __str__(self) -> str:
        return str(self.size) if self.kept == DEFAULT_KEPT else f"{self.size}@{self.kept:f}%"


@dataclass(frozen=True, slots=True)
class Shade:
    """A colour, and the percent of the picture that it must have, if it matters how much."""

    rgb: Rgb
    share: Decimal | None = None

    def __str__(self) -> str:
        return str(self.rgb) if self.share is None else f"{self.rgb}~{self.share:f}%"


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture looks, as far as others are compared with it.

    Attributes:
        id: Whose look it is; nobody's that is kept, if empty.
        dhash: 64 bits, of which similar pictures share most.
        phash: Likewise.
        palette: Its colours, each with the share of the picture it covers.
    """

    id: str
    dhash: int
    phash: int
    palette: tuple[tuple[Oklab, float], ...]

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Kin:
    """What a wallpaper may share with others.

    Attributes:
        id: Whose it is.
        tags: Its tags, as labels, in their order.
    """

    id: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return self.id


Value = (
    Text | Span[Quantity] | Span[Size] | Span[Proportion] | Span[Day] | Screen | Shade | Look | Kin
)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
