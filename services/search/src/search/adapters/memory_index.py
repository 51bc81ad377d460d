"""An index in plain sets: a set of wallpapers for each word, tag and the like."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nsmallest
from threading import Lock
from typing import NamedTuple

from search.domain.colour import REACH, Oklab
from search.domain.matching import matcher
from search.domain.order import Place, place
from search.domain.query import And, Clause, Node, Not, Or, Phrase, Query, Sort, Word
from search.domain.text import label, words
from search.domain.values import Shade, Text, Value
from search.domain.wallpaper import Change, Wallpaper
from search.ports import Page

Cell = tuple[int, int, int]
Term = tuple[str, str | Cell]
"""Something that wallpapers have in common: the kind of it, and which one."""


class _Found(NamedTuple):
    """Wallpapers that hold all of what was asked for, and no others if it is ``exact``."""

    wallpapers: set[Wallpaper]
    exact: bool


class MemoryIndex:
    """Looks up sets of candidates, then asks ``domain.matching`` where sets cannot tell.

    One lock is held during each search and each change: Python would not run two at once
    in any case. Good for some tens of thousands of wallpapers.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._position: str | None = None
        self._live: dict[str, Wallpaper] = {}
        self._gone: dict[str, int] = {}
        self._all: set[Wallpaper] = set()
        self._having: defaultdict[str, defaultdict[str | Cell, set[Wallpaper]]]
        self._having = defaultdict(lambda: defaultdict(set))

    def apply(self, changes: Iterable[Change], *, position: str) -> None:
        for change in changes:
            with self._lock:
                self._take_in(change)
        self._position = position

    @property
    def position(self) -> str | None:
        return self._position

    @property
    def size(self) -> int:
        return len(self._live)

    def search(
        self, query: Query, *, limit: int, after: Place | None = None, now: datetime
    ) -> Page:
        placed = place(query.sort or Sort())
        test = matcher(query.where, now=now)
        with self._lock:
            found, exact = self._find(query.where)
            if not exact:
                found = set(filter(test, found))
            total = len(found)
            ranked = ((placed(wallpaper), wallpaper) for wallpaper in found)
            if after is not None:
                ranked = (pair for pair in ranked if pair[0] > after)
            page = nsmallest(limit + 1, ranked)
        more = page[limit - 1][0] if len(page) > limit else None
        return Page(tuple(wallpaper.document for _, wallpaper in page[:limit]), total, more)

    def _take_in(self, change: Change) -> None:
        known = self._live.get(change.id)
        if change.version <= (known.version if known else self._gone.get(change.id, -1)):
            return
        if known:
            self._all.discard(known)
            for kind, term in _terms(known):
                having = self._having[kind]
                having[term].discard(known)
                if not having[term]:
                    del having[term]
            del self._live[change.id]
        self._gone[change.id] = change.version
        if wallpaper := change.wallpaper:
            del self._gone[change.id]
            self._live[change.id] = wallpaper
            self._all.add(wallpaper)
            for kind, term in _terms(wallpaper):
                self._having[kind][term].add(wallpaper)

    def _find(self, node: Node) -> _Found:
        match node:
            case And(parts):
                found = sorted(map(self._find, parts), key=lambda each: len(each.wallpapers))
                exact = all(each.exact for each in found)
                sets = [each.wallpapers for each in found if each.wallpapers is not self._all]
                return _Found(set.intersection(*sets) if sets else self._all, exact)
            case Or(parts):
                return self._any([self._find(part) for part in parts])
            case Not(part):
                wallpapers, exact = self._find(part)
                return _Found(self._all - wallpapers if exact else self._all, exact)
            case Word(text, prefix) | Phrase(text, prefix):
                return self._saying(words(text), prefix=prefix)
            case Clause(field, values):
                return self._any([self._valued(field, value) for value in values])

    def _any(self, found: list[_Found]) -> _Found:
        exact = all(each.exact for each in found)
        if len(found) == 1 or any(each.wallpapers is self._all for each in found):
            widest = max(found, key=lambda each: len(each.wallpapers))
            return _Found(widest.wallpapers, exact)
        return _Found(set().union(*(each.wallpapers for each in found)), exact)

    def _saying(self, said: tuple[str, ...], *, prefix: bool) -> _Found:
        sets = [self._of("word", word) for word in said[:-1]]
        sets.append(self._of("word", said[-1], prefix=prefix))
        sets.sort(key=len)
        return _Found(set.intersection(*sets), exact=len(said) == 1)

    def _valued(self, field: str, value: Value) -> _Found:
        match value:
            case Text(text) if field == "id" and not value.prefix:
                wallpaper = self._live.get(label(text))
                return _Found({wallpaper} if wallpaper else set(), exact=True)
            case Text(text, prefix) if field in _TERMED:
                return _Found(self._of(field, label(text), prefix=prefix), exact=True)
            case Shade(rgb):
                near = [self._of("colour", cell) for cell in _around(rgb.oklab)]
                return _Found(set().union(*near), exact=False)
        return _Found(self._all, exact=False)

    def _of(self, kind: str, term: str | Cell, *, prefix: bool = False) -> set[Wallpaper]:
        having = self._having[kind]
        if not prefix:
            return having.get(term, set())
        begun = str(term)
        return set().union(*(having[each] for each in having if str(each).startswith(begun)))


_TERMED = frozenset({"tag", "user", "category", "rating", "type", "ai"})


def _terms(wallpaper: Wallpaper) -> Iterator[Term]:
    yield "user", wallpaper.uploader
    yield "category", wallpaper.category
    yield "rating", wallpaper.rating
    yield "type", wallpaper.type
    yield "ai", wallpaper.ai
    yield from (("tag", tag) for tag in wallpaper.tags)
    yield from (("word", word) for word in wallpaper.words)
    yield from (("colour", cell) for cell in {_cell(colour) for colour, _ in wallpaper.palette})


def _cell(colour: Oklab) -> Cell:
    """Which of the cubes, a reach wide, that divide Oklab ``colour`` lies in."""
    lightness, green_red, blue_yellow = (int(axis // REACH) for axis in colour)
    return lightness, green_red, blue_yellow


def _around(colour: Oklab) -> Iterator[Cell]:
    """The cubes that anything within reach of ``colour`` lies in."""
    lightness, green_red, blue_yellow = _cell(colour)
    near = (-1, 0, 1)
    return (
        (lightness + i, green_red + j, blue_yellow + k) for i in near for j in near for k in near
    )
