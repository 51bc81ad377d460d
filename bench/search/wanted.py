"""What is asked, as plainly as other engines can be asked for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf, nextafter

from bench.search.mix import Asked
from search.domain.matching import ULTRAWIDE
from search.domain.parser import parse_query
from search.domain.query import And, Clause, Node, Not, Word
from search.domain.text import label, words
from search.domain.values import TOLERANCE, Proportion, Size, Span, Text
from search.domain.wallpaper import Wallpaper

FACETS = ("category", "rating", "type", "ai", "license")
"""The facets of which every engine counts the values."""
_RATIOS = {
    "ultrawide": (ULTRAWIDE, inf),
    "landscape": (nextafter(1 + TOLERANCE, inf), inf),
    "portrait": (0.0, nextafter(1 - TOLERANCE, 0)),
}


@dataclass(slots=True)
class Wanted:
    """One of the searches of the mix that all engines can do, for what is safe.

    Attributes:
        words: All of them said, in title, description or tags; the most relevant come first.
        tags: Had, all of them.
        without: Tags that are not.
        least: Width and height at least.
        ratio: The least and the most.
        before: Microseconds since 1970, up to which they were created; the newest come first.
        facets: Whether values are counted, too.
    """

    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    least: Size | None = None
    ratio: tuple[float, float] | None = None
    before: int | None = None
    facets: bool = False


def wanted(asked: Asked) -> Wanted | None:
    """``asked`` put plainly; ``None`` if only ours can do that: colours, orders by a seed."""
    if asked.kind in ("colour", "random"):
        return None
    plain = Wanted(facets=asked.kind == "facets")
    if asked.after:
        plain.before = round(-asked.after.key * 1e6)
    node = parse_query(asked.text).query.where
    for part in node.parts if isinstance(node, And) else (node,):
        _take(plain, part)
    return plain


def _take(plain: Wanted, part: Node) -> None:
    match part:
        case Word(text):
            plain.words += words(text)
        case Clause("tag", (Text(text),)):
            plain.tags.append(label(text))
        case Not(Clause("tag", (Text(text),))):
            plain.without.append(label(text))
        case Clause("res", (Span(Size() as least, None),)):
            plain.least = least
        case Clause("ratio", (Text(name),)):
            plain.ratio = _RATIOS[name]
        case Clause("ratio", (Span(Proportion() as one),)):
            plain.ratio = (one.value - one.slack, one.value + one.slack)
        case _:
            raise ValueError(f"not asked of others: {part}")


def said(wallpaper: Wallpaper) -> str:
    """All words of ``wallpaper``, as often as they stand there."""
    return " ".join(word for text in wallpaper.texts for word in text)


def classes(wallpaper: Wallpaper) -> Iterator[tuple[str, str]]:
    """Each facet with the value that ``wallpaper`` has."""
    for name in FACETS:
        yield name, getattr(wallpaper, name)
