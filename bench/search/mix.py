"""What visitors ask: the kinds of searches, and how often each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bench.search.corpus import NOW, tag, word, zipf
from search.domain.order import Place
from search.domain.values import quoted

OFTEN = {
    "browse": 0.2,
    "tags": 0.23,
    "text": 0.2,
    "size": 0.1,
    "colour": 0.1,
    "random": 0.04,
    "deep": 0.08,
    "facets": 0.05,
}
"""Browsing; tags with one left out; words; smallest size and ratio; colours, half of them with a
share; seeded random; pages from the middle of the newest; tags, sizes or nothing with facets."""
_RESOLUTIONS = ("1920x1080", "2560x1440", "3840x2160")
_RATIOS = ("16:9", "16:10", "21:9", "portrait", "landscape", "ultrawide")
_NAMED = ("navy", "black", "white", "teal", "crimson", "gold", "orchid", "gray", "skyblue", "olive")
_SPAN = 6 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Asked:
    """A search of the mix: its kind, its text, and where its page begins."""

    kind: str
    text: str
    after: Place | None = None


def questions(count: int, *, seed: int = 9) -> Iterator[Asked]:
    """``count`` searches of every kind."""
    draw = np.random.default_rng(seed)
    for kind in draw.choice(list(OFTEN), count, p=list(OFTEN.values())).tolist():
        after = None
        if kind == "deep":
            after = Place(-(NOW.timestamp() - float(draw.random()) * _SPAN), 0, "")
        yield Asked(kind, _text(kind, draw), after)


def _text(kind: str, draw: np.random.Generator) -> str:
    if kind == "facets":
        kind = str(draw.choice(["tags", "size", "browse"]))
    match kind:
        case "tags":
            one, other, without = (_tag(n) for n in zipf(draw, 2000, 3).tolist())
            return f"{one} {other} -{without}" if draw.random() < 0.5 else f"{one} -{without}"
        case "text":
            said = [word(n) for n in zipf(draw, 3000, 3).tolist()]
            return " ".join(said[: int(draw.integers(1, 4))])
        case "size":
            ratio = _RATIOS[int(draw.integers(len(_RATIOS)))]
            return f"res:>={_RESOLUTIONS[int(draw.integers(3))]} ratio:{ratio}"
        case "colour":
            anything = f"#{int(draw.integers(2**24)):06x}"
            named = _NAMED[int(draw.integers(len(_NAMED)))]
            shade = named if draw.random() < 0.7 else anything
            share = f"~{int(draw.integers(1, 6)) * 10}%" if draw.random() < 0.5 else ""
            return f"color:{shade}{share}"
        case "random":
            return f"sort:random:{int(draw.integers(10**6))}"
        case _:
            return ""


def _tag(number: int) -> str:
    return f"tag:{quoted(tag(number))}"
