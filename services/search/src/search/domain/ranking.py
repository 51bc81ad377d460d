"""How well a wallpaper answers a query: by its words, its tags, its colours and its look.

These are the numbers that every index puts wallpapers in order by; an index is only a way to
be quicker.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from search.domain.colour import REACH, Oklab
from search.domain.query import And, Clause, Node, Or, Phrase, Word
from search.domain.sort import PERIODS, Relevance, Sort, Term, Until
from search.domain.text import words
from search.domain.values import Kin, Look, Shade
from search.domain.wallpaper import Wallpaper

Palette = Sequence[tuple[Oklab, float]]
"""Colours, each with the share of the picture that it covers."""

SATURATION = 1.2
"""Of how many occurrences the first half of a word's worth is made (``k1``)."""
BOOSTS = (2.0, 1.0, 3.0)
"""What a word is worth in the title, in the description and in the tags."""
USUAL_LENGTHS = (5, 30, 10)
"""How many words those usually have. Not counted, so that pages do not shift as others come."""
FLATTENING = (0.4, 0.75, 0.4)
"""How much a text that is longer than usual takes from the worth of its words (``b``)."""
FULL = 255
"""The strength that no number of occurrences reaches, and that of a tag that is shared."""
ALIKE = 48
"""How many of the 128 bits of its two hashes a picture may differ in and still look alike.

Two pictures that have nothing to do with each other differ in about 64.
"""
_EPOCHS = 35_000


def terms(node: Node) -> tuple[Term, ...]:
    """What is wanted of words in ``node``, each once, in the order it stands there."""
    return tuple(dict.fromkeys(_terms(node)))


def _terms(node: Node) -> Iterable[Term]:
    match node:
        case Word(text, prefix) | Phrase(text, prefix):
            yield Term(words(text), prefix)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _terms(part)


def shared(node: Node) -> tuple[str, ...]:
    """The tags of the wallpapers that ``node`` asks to be like, each once."""
    kin = (value for value in _values(node, "like") if isinstance(value, Kin))
    return tuple(dict.fromkeys(tag for each in kin for tag in each.tags))


def shades(node: Node) -> tuple[Shade, ...]:
    """The colours that ``node`` asks for, each once."""
    return tuple(dict.fromkeys(v for v in _values(node, "color") if isinstance(v, Shade)))


def looks(node: Node) -> tuple[Look, ...]:
    """The pictures that ``node`` asks to look similar to, each once."""
    return tuple(dict.fromkeys(v for v in _values(node, "similar") if isinstance(v, Look)))


def _values(node: Node, field: str) -> Iterable[object]:
    match node:
        case Clause(name, values) if name == field:
            yield from values
        case And(parts) | Or(parts):
            for part in parts:
                yield from _values(part, field)


def weight(having: int, size: int) -> int:
    """What is told by a word that ``having`` of ``size`` wallpapers say, in hundredths.

    Source:
        S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
        (2009), formula 3.3, kept above nothing by adding one inside the logarithm.

    Example:
        >>> weight(10, 1000), weight(1000, 1000)
        (456, 1)
    """
    return max(1, round(100 * math.log1p((size - having + 0.5) / (having + 0.5))))


def relevance(wallpaper: Wallpaper, basis: Relevance) -> int:
    """How relevant ``wallpaper`` is: 0 if it has nothing of ``basis``.

    Source:
        S. Robertson, H. Zaragoza and M. Taylor, "Simple BM25 Extension to Multiple Weighted
        Fields" (2004), with lengths that are usual instead of those counted.
    """
    said = sum(term.weight * strength(wallpaper, term) for term in basis.terms)
    return said + sum(weight * FULL for tag, weight in basis.tags if tag in wallpaper.tags)


def millionths(number: float) -> int:
    """``number`` as it is compared: what was added up in another order is the same again."""
    return math.floor(number * 1_000_000 + 0.5)


def strength(wallpaper: Wallpaper, term: Term) -> int:
    """How much ``wallpaper`` is about ``term``, from 0 to ``FULL``: what fits into one byte.

    Of all words that begin as is asked, the strongest counts.
    """
    if term.prefix and len(term.said) == 1:
        begun = (word for word in wallpaper.words if word.startswith(term.said[0]))
        return max((strength(wallpaper, Term((word,))) for word in begun), default=0)
    title, description, *tags = wallpaper.texts
    fields = ((title,), (description,), tags)
    found = 0.0
    for field, boost, usual, flat in zip(fields, BOOSTS, USUAL_LENGTHS, FLATTENING, strict=True):
        times = sum(_occurrences(text, term) for text in field)
        length = sum(map(len, field))
        found += boost * times / (1 - flat + flat * length / usual)
    return math.floor(FULL * (found / (SATURATION + found)) + 0.5)


def _occurrences(text: Sequence[str], term: Term) -> int:
    *whole, last = term.said
    count = 0
    for at in range(len(text) - len(whole)):
        end = text[at + len(whole)]
        fits = end.startswith(last) if term.prefix else end == last
        count += fits and list(text[at : at + len(whole)]) == whole
    return count


def colourfulness(wallpaper: Wallpaper, wanted: Sequence[Shade]) -> int:
    """How well its colours are those ``wanted``, from 0 to a million for each of them."""
    return millionths(math.fsum(_fit(wallpaper.palette, shade) for shade in wanted))


def _fit(palette: Palette, shade: Shade) -> float:
    """From 0 to 1: the share that looks like it, by how near; or how near the share is too."""
    wanted = shade.rgb.oklab
    covered = near = 0.0
    for colour, share in palette:
        if (apart := math.dist(colour, wanted)) <= REACH:
            covered += share
            near += share * (1 - apart / REACH)
    if shade.share is None or not covered:
        return near
    return near / covered * (1 - abs(covered - float(shade.share) / 100))


def differing(wallpaper: Wallpaper, look: Look) -> int:
    """In how many of the 128 bits of both hashes it differs from ``look``."""
    return (wallpaper.dhash ^ look.dhash).bit_count() + (wallpaper.phash ^ look.phash).bit_count()


def distance(wallpaper: Wallpaper, wanted: Sequence[Look]) -> int:
    """How far it is from the nearest look: a million for each bit that differs, then colours."""
    return min(
        1_000_000 * differing(wallpaper, look) + millionths(apart(wallpaper.palette, look.palette))
        for look in wanted
    )


def apart(palette: Palette, other: Palette) -> float:
    """How far two palettes are from each other, from 0 to 0.999."""
    there, back = _to_nearest(palette, other), _to_nearest(other, palette)
    return min((there + back) / 2, 0.999)


def _to_nearest(palette: Palette, other: Palette) -> float:
    """How far the colours of ``palette`` are from the nearest in ``other``, by their shares."""
    if not (palette and other):
        return 0.0 if not (palette or other) else 1.0
    total = math.fsum(share for _, share in palette) or 1.0
    return math.fsum(
        share / total * min(math.dist(colour, each) for each, _ in other)
        for colour, share in palette
    )


def hotness(wallpaper: Wallpaper) -> float:
    """Favourites and downloads, of which three times as many make up for about ten hours.

    ``log3(max(1, favorites + downloads / 10)) + created / 35000``, ``created`` in seconds since
    1970. It does not depend on the time of asking.

    Source:
        The ``rank`` order of danbooru (app/models/post.rb), with downloads.
    """
    liked = max(1.0, wallpaper.favorites + wallpaper.downloads / 10)
    return math.log(liked) / math.log(3) + wallpaper.created.timestamp() / _EPOCHS


def points(wallpaper: Wallpaper, period: str, until: Until) -> int:
    """What ``wallpaper`` got in the ``period`` that ends with a day, or ever."""
    if (days := PERIODS[period]) is None:
        return wallpaper.points
    last = until.day.toordinal()
    return sum(points for day, points in wallpaper.days if last - days <= day <= last)


def usual_sort(node: Node) -> Sort:
    """The order of what ``node`` asks for, if no other is wanted."""
    if terms(node) or shared(node):
        return Sort("relevance")
    return Sort("similar") if looks(node) else Sort("new")


def based(sort: Sort, node: Node, *, today: date) -> Sort | None:
    """``sort`` with what it is measured by in ``node``; ``None`` if there is nothing of that.

    Words and tags all weigh the same until they are weighed.
    """
    match sort.mode:
        case "relevance":
            said, tags = terms(node), shared(node)
            if not (said or tags):
                return None
            return sort.on(Relevance(said, tuple((tag, 100) for tag in tags)))
        case "color":
            return sort.on(wanted) if (wanted := shades(node)) else None
        case "similar":
            return sort.on(alike) if (alike := looks(node)) else None
        case "top":
            return sort.on(Until(today))
        case _:
            return sort


def reasons(wallpaper: Wallpaper, sort: Sort) -> tuple[tuple[str, float], ...]:
    """What puts ``wallpaper`` where it stands in the order of ``sort``: names with numbers.

    Of ``top`` within a period only the days could tell, which a document does not.
    """
    match sort.mode, sort.basis:
        case "relevance", Relevance(said, tags):
            return (
                *(
                    (" ".join(t.said) + "*" * t.prefix, t.weight * strength(wallpaper, t))
                    for t in said
                ),
                *((f"tag:{tag}", weight * FULL) for tag, weight in tags if tag in wallpaper.tags),
            )
        case "color", tuple() as wanted:
            fits = ((v, _fit(wallpaper.palette, v)) for v in wanted if isinstance(v, Shade))
            return tuple((f"color:{shade}", fit) for shade, fit in fits)
        case "similar", tuple() as wanted:
            look = min(
                (each for each in wanted if isinstance(each, Look)),
                key=lambda each: distance(wallpaper, [each]),
            )
            return ("bits", differing(wallpaper, look)), (
                "palette",
                apart(wallpaper.palette, look.palette),
            )
        case "hot", _:
            return (
                ("favorites", wallpaper.favorites),
                ("downloads", wallpaper.downloads),
                ("created", wallpaper.created.timestamp()),
                ("hot", hotness(wallpaper)),
            )
        case _:
            return ()
