"""The orders that wallpapers can be shown in, and what each of them is measured by."""

from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Self

from search.domain.values import Look, Shade

MODES = (
    "relevance",
    "new",
    "old",
    "hot",
    "top",
    "views",
    "downloads",
    "favs",
    "random",
    "res",
    "size",
    "ratio",
    "color",
    "similar",
)
"""The names of the orders; ``old`` is ``new`` the other way round."""

FORMULAS = MappingProxyType(
    {
        "relevance": "sum of weight of word (idf) * strength of word in wallpaper (BM25F)",
        "new": "created",
        "hot": "log3(max(1, favorites + downloads / 10)) + created / 35000",
        "top": "views + 10 * downloads, today and on the days before",
        "views": "views",
        "downloads": "downloads",
        "favs": "favorites",
        "random": "hash of id * seed modulo 2^32",
        "res": "width * height",
        "size": "bytes",
        "ratio": "width / height",
        "color": "sum of share that looks like the colour, by how near",
        "similar": "bits that differ, then distance of palettes",
    }
)
"""What each order is by, for people; ``created`` in seconds since 1970."""

PERIODS = MappingProxyType(
    {"1d": 1, "3d": 3, "1w": 7, "1M": 30, "3M": 91, "6M": 182, "1y": 365, "all": None}
)
"""How many days before today ``top`` looks back; today counts too. All of them: ``None``."""
USUAL_PERIOD = "1M"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that make a wallpaper relevant where they stand one after the other.

    Attributes:
        said: The words, folded.
        prefix: Whether the last may go on.
        weight: In hundredths; more for what few wallpapers say.
    """

    said: tuple[str, ...]
    prefix: bool = False
    weight: int = 100


@dataclass(frozen=True, slots=True)
class Relevance:
    """What makes a wallpaper relevant: words that it says, and tags that it shares.

    Attributes:
        terms: The words.
        tags: The tags, each with its weight in hundredths.
    """

    terms: tuple[Term, ...] = ()
    tags: tuple[tuple[str, int], ...] = ()

    @property
    def weights(self) -> tuple[int, ...]:
        """Of the words, then of the tags."""
        return (*(term.weight for term in self.terms), *(weight for _, weight in self.tags))

    def weighing(self, weights: tuple[int, ...]) -> Self:
        """The same, with other ``weights`` in the same order.

        Raises:
            ValueError: If there are more or fewer of them.
        """
        if len(weights) != len(self.terms) + len(self.tags):
            raise ValueError("these are weights of something else")
        words = len(self.terms)
        return replace(
            self,
            terms=tuple(
                replace(term, weight=weight)
                for term, weight in zip(self.terms, weights, strict=False)
            ),
            tags=tuple(
                (tag, weight) for (tag, _), weight in zip(self.tags, weights[words:], strict=True)
            ),
        )


@dataclass(frozen=True, slots=True)
class Until:
    """The last day that counts in ``top``."""

    day: date


Basis = Relevance | tuple[Shade, ...] | tuple[Look, ...] | Until


@dataclass(frozen=True, slots=True)
class Sort:
    """In which order: by ``mode``, the most first unless ``ascending``.

    Attributes:
        mode: One of ``MODES``, but for ``old``.
        ascending: The least, the oldest, the narrowest first.
        seed: Which of all random orders; ``None`` only until one is chosen.
        period: How far ``top`` looks back, one of ``PERIODS``.
        basis: What places are measured by in an order by relevance (``Relevance``), by colour
            (shades), by likeness (looks) or at the top (``Until``); ``None`` until it is chosen.
    """

    mode: str = "new"
    ascending: bool = False
    seed: str | None = None
    period: str | None = None
    basis: Basis | None = None

    @property
    def needs_seed(self) -> bool:
        """Whether a random order is asked for without saying which."""
        return self.mode == "random" and self.seed is None

    def on(self, basis: Basis | None) -> Self:
        """The same order, measured by ``basis``."""
        return replace(self, basis=basis)

    def __str__(self) -> str:
        if self.mode == "new":
            return "old" if self.ascending else "new"
        argument = self.seed or self.period
        return self.mode + (f":{argument}" if argument else "") + ":asc" * self.ascending
