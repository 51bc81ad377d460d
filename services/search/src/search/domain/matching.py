"""What each part of a query means: which wallpapers it matches.

This is the meaning that every index answers to; an index is only a way to be quicker.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import inf, nextafter

from search.domain.colour import REACH
from search.domain.query import And, Clause, Node, Not, Or, Phrase, Word
from search.domain.ranking import ALIKE, differing
from search.domain.text import fold, label, words
from search.domain.values import (
    TOLERANCE,
    Day,
    Kin,
    Look,
    Proportion,
    Quantity,
    Screen,
    Shade,
    Size,
    Span,
    Text,
    Value,
)
from search.domain.wallpaper import Wallpaper

Number = Quantity | Proportion
AnySpan = Span[Quantity] | Span[Size] | Span[Proportion] | Span[Day]
Test = Callable[[Wallpaper], bool]
Measure = Callable[[Wallpaper], float]
Limits = tuple[float, float] | tuple[Size, Size] | tuple[datetime, datetime]

ULTRAWIDE = 2.1
PHONE = 0.6
DARK = 0.4
LIGHT = 0.7
"""Mean Oklab lightness below which a picture is dark, and from which on it is light."""
NEW = timedelta(days=7)
"""How old a wallpaper may be and still be new."""
LEAST_SHARE = Decimal(5)
"""Percent of a picture that a colour must have to be seen in it, if no share is asked."""


def matcher(node: Node, *, now: datetime) -> Test:
    """A test that tells whether a wallpaper is what ``node`` asks for, at ``now``."""
    match node:
        case And(parts):
            tests = [matcher(part, now=now) for part in parts]
            return lambda wallpaper: all(test(wallpaper) for test in tests)
        case Or(parts):
            return _any([matcher(part, now=now) for part in parts])
        case Not(part):
            test = matcher(part, now=now)
            return lambda wallpaper: not test(wallpaper)
        case Word(text, prefix) | Phrase(text, prefix):
            return _says(words(text), prefix=prefix)
        case Clause(field, values):
            return _any([_clause(field, value, now) for value in values])


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda wallpaper: any(test(wallpaper) for test in tests)


def _clause(field: str, value: Value, now: datetime) -> Test:
    match value:
        case Text():
            return _is(value, now) if field == "is" else _TEXTS[field](value)
        case Look(id_):
            return lambda wallpaper: wallpaper.id != id_ and differing(wallpaper, value) <= ALIKE
        case Kin(id_, tags):
            return lambda wallpaper: wallpaper.id != id_ and not wallpaper.tags.isdisjoint(tags)
        case Screen():
            return _fits(value)
        case Shade():
            return _shows(value)
        case Span():
            return _within(field, value, now)


def _says(said: tuple[str, ...], *, prefix: bool) -> Test:
    *whole, last = said
    if not prefix and not whole:
        return lambda wallpaper: last in wallpaper.words
    return lambda wallpaper: (
        wallpaper.words.issuperset(whole)
        and any(_stands_in(text, said, prefix=prefix) for text in wallpaper.texts)
    )


def _stands_in(text: tuple[str, ...], said: tuple[str, ...], *, prefix: bool) -> bool:
    """Whether ``said`` are words of ``text`` one after the other; the last may go on."""
    *whole, last = said
    for at in range(len(text) - len(whole)):
        end = at + len(whole)
        if text[at:end] == tuple(whole) and (
            text[end].startswith(last) if prefix else text[end] == last
        ):
            return True
    return False


def _tag(asked: Text) -> Test:
    tag = label(asked.text)
    if asked.prefix:
        return lambda wallpaper: any(each.startswith(tag) for each in wallpaper.tags)
    return lambda wallpaper: tag in wallpaper.tags


def _named(name: Callable[[Wallpaper], str]) -> Callable[[Text], Test]:
    def test(asked: Text) -> Test:
        wanted = label(asked.text)
        if asked.prefix:
            return lambda wallpaper: name(wallpaper).startswith(wanted)
        return lambda wallpaper: name(wallpaper) == wanted

    return test


def _license(asked: Text) -> Test:
    wanted, versions = fold(asked.text), versions_of(asked)
    return lambda wallpaper: wallpaper.license == wanted or wallpaper.license.startswith(versions)


def versions_of(asked: Text) -> tuple[str, ...]:
    """How the versions of a licence begin: ``cc-by`` is ``cc-by-4.0`` too, not ``cc-by-sa``."""
    return tuple(f"{fold(asked.text)}-{digit}" for digit in range(10))


def _creator(asked: Text) -> Test:
    said = words(asked.text)
    if not said:
        return lambda wallpaper: bool(wallpaper.creator)
    return lambda wallpaper: _stands_in(wallpaper.creator, said, prefix=asked.prefix)


def _source(asked: Text) -> Test:
    """The domain, those under it, and those that have it as a part of their name."""
    return lambda wallpaper: f".{asked.text}." in f".{wallpaper.source}."


def _is(asked: Text, now: datetime) -> Test:
    """All that is searched is live, so nothing has another status."""
    if asked.text == "new":
        return lambda wallpaper: now - wallpaper.created <= NEW
    live = asked.text == "live"
    return lambda _: live


def _has(asked: Text) -> Test:
    return lambda wallpaper: asked.text in wallpaper.has


def _nothing(_: Text) -> Test:
    """What there is not: collections, and the likeness of a wallpaper that is not here."""
    return lambda _: False


def _ratio(asked: Text) -> Test:
    return _RATIOS[asked.text]


def _tone(asked: Text) -> Test:
    low, high = {"dark": (-inf, DARK), "mid": (DARK, LIGHT), "light": (LIGHT, inf)}[asked.text]
    return lambda wallpaper: low <= wallpaper.lum < high


_RATIOS: dict[str, Test] = {
    "landscape": lambda wallpaper: wallpaper.ratio > 1 + TOLERANCE,
    "portrait": lambda wallpaper: wallpaper.ratio < 1 - TOLERANCE,
    "square": lambda wallpaper: abs(wallpaper.ratio - 1) <= TOLERANCE,
    "ultrawide": lambda wallpaper: wallpaper.ratio >= ULTRAWIDE,
    "phone": lambda wallpaper: wallpaper.ratio <= PHONE,
}
_TEXTS: dict[str, Callable[[Text], Test]] = {
    "tag": _tag,
    "user": _named(lambda wallpaper: wallpaper.uploader),
    "category": _named(lambda wallpaper: wallpaper.category),
    "rating": _named(lambda wallpaper: wallpaper.rating),
    "ratio": _ratio,
    "tone": _tone,
    "type": _named(lambda wallpaper: wallpaper.type),
    "license": _license,
    "ai": _named(lambda wallpaper: wallpaper.ai),
    "creator": _creator,
    "source": _source,
    "id": _named(lambda wallpaper: wallpaper.id),
    "sha256": _named(lambda wallpaper: wallpaper.sha256),
    "has": _has,
    "similar": _nothing,
    "like": _nothing,
    "in": _nothing,
    "fav": _nothing,
}


def _fits(screen: Screen) -> Test:
    """Large enough, and enough of it is left when it is cut to the screen's shape."""
    width, height = screen.size.width, screen.size.height
    shape = width / height
    kept = float(screen.kept) / 100

    def fits(wallpaper: Wallpaper) -> bool:
        return (
            wallpaper.width >= width
            and wallpaper.height >= height
            and min(wallpaper.ratio / shape, shape / wallpaper.ratio) >= kept
        )

    return fits


def _shows(shade: Shade) -> Test:
    """Colours within reach of it cover at least the share that is asked."""
    wanted = shade.rgb.oklab
    least = least_share(shade)
    reach = REACH * REACH

    def shows(wallpaper: Wallpaper) -> bool:
        covered = 0.0
        for (lightness, green_red, blue_yellow), share in wallpaper.palette:
            lighter = lightness - wanted.lightness
            if -REACH <= lighter <= REACH:  # most colours are told apart by this alone
                redder, yellower = green_red - wanted.green_red, blue_yellow - wanted.blue_yellow
                if lighter * lighter + redder * redder + yellower * yellower <= reach:
                    covered += share
        return round(covered, 6) >= least  # shares of 0.4 and 0.2 make a little more than 0.6

    return shows


def least_share(shade: Shade) -> float:
    """The part of a picture that ``shade`` must cover, 0 to 1."""
    return float(LEAST_SHARE if shade.share is None else shade.share) / 100


def _within(field: str, span: AnySpan, now: datetime) -> Test:
    match limits(span, now):
        case Size() as least, Size() as most:
            return _sized(least, most)
        case datetime() as first, datetime() as end:
            return lambda wallpaper: first <= wallpaper.created < end
        case float() as least, float() as most:
            return _measured(field, least, most, now)


def limits(span: AnySpan, now: datetime) -> Limits:
    """The least and the most that ``span`` lets in; of moments, the first and the end."""
    match span.low, span.high:
        case ((Size() | None as low), (Size() | None as high)):
            return _sizes(low, high, beyond=span.beyond)
        case ((Day() | None as low), (Day() | None as high)):
            return _moments(low, high, beyond=span.beyond, now=now)
        case (
            (Quantity() | Proportion() | None as low),
            (Quantity() | Proportion() | None as high),
        ):
            return _numbers(low, high, beyond=span.beyond)
    raise TypeError(f"{span!r} has ends of two kinds")


def _numbers(low: Number | None, high: Number | None, *, beyond: bool) -> tuple[float, float]:
    if low is not None and low == high:
        return low.value - low.slack, low.value + low.slack
    least = -inf if low is None else low.value
    most = inf if high is None else high.value
    return (nextafter(least, inf), nextafter(most, -inf)) if beyond else (least, most)


def _sizes(low: Size | None, high: Size | None, *, beyond: bool) -> tuple[Size, Size]:
    least, most = low or Size(0, 0), high or _ENDLESS
    if beyond:
        return Size(least.width + 1, least.height + 1), Size(most.width - 1, most.height - 1)
    return least, most


def _moments(
    low: Day | None, high: Day | None, *, beyond: bool, now: datetime
) -> tuple[datetime, datetime]:
    first, end = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    if low:
        first = low.ends(now) if beyond else low.begins(now)
    if high:
        end = high.begins(now) if beyond else high.ends(now)
    return first, end


def _sized(least: Size, most: Size) -> Test:
    return lambda wallpaper: (
        least.width <= wallpaper.width <= most.width
        and least.height <= wallpaper.height <= most.height
    )


def _measured(field: str, least: float, most: float, now: datetime) -> Test:
    if field == "age":
        return lambda wallpaper: least <= (now - wallpaper.created).total_seconds() <= most
    measure = _MEASURES[field]
    return lambda wallpaper: least <= measure(wallpaper) <= most


def _percent(share: float) -> float:
    return round(share * 100, 6)  # 0.29 * 100 is a little less than 29


_ENDLESS = Size(10**9, 10**9)
_MEASURES: dict[str, Measure] = {
    "width": lambda wallpaper: wallpaper.width,
    "height": lambda wallpaper: wallpaper.height,
    "mp": lambda wallpaper: wallpaper.width * wallpaper.height / 1_000_000,
    "ratio": lambda wallpaper: wallpaper.ratio,
    "lum": lambda wallpaper: _percent(wallpaper.lum),
    "sat": lambda wallpaper: _percent(wallpaper.sat),
    "oled": lambda wallpaper: _percent(wallpaper.oled),
    "size": lambda wallpaper: wallpaper.bytes,
    "views": lambda wallpaper: wallpaper.views,
    "downloads": lambda wallpaper: wallpaper.downloads,
    "favs": lambda wallpaper: wallpaper.favorites,
}
