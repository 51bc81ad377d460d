"""An index in plain sets: a set of wallpapers for each word, tag and the like."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import nsmallest
from itertools import islice
from operator import itemgetter
from threading import Lock
from typing import NamedTuple

from search.domain.colour import REACH, Oklab
from search.domain.matching import Test, matcher
from search.domain.order import Place, place
from search.domain.query import And, Clause, Node, Not, Or, Phrase, Query, Word, every
from search.domain.sort import Sort
from search.domain.spelling import one_edit_apart
from search.domain.text import label, words
from search.domain.values import Shade, Text, Value
from search.domain.wallpaper import Change, Wallpaper
from search.ports import Check, Completion, Held, Page, no_check

Cell = tuple[int, int, int]
Placed = tuple[Place, Wallpaper]
Term = tuple[str, str | Cell]
"""Something that wallpapers have in common: the kind of it, and which one."""


class _Found(NamedTuple):
    """Wallpapers among which is all that was asked for; ``test`` tells which, if not all are."""

    wallpapers: set[Wallpaper]
    test: Test | None = None


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
        self._orders: dict[Sort, list[Placed]] = {Sort(): []}
        self._having: defaultdict[str, defaultdict[str | Cell, set[Wallpaper]]]
        self._having = defaultdict(lambda: defaultdict(set))

    def apply(self, changes: Iterable[Change], *, position: str) -> None:
        """Take in ``changes`` one by one, so that searches get their turn in between."""
        for change in changes:
            with self._lock:
                self._take_in(change)
        self._position = position

    def known(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """What there is of ``ids``."""
        with self._lock:
            live = [self._live[id_] for id_ in ids if id_ in self._live]
        return {each.id: Held(each.version, each.document) for each in live}

    def keys(self, sort: Sort, ids: Sequence[str]) -> Mapping[str, float]:
        """Of the places of ``ids``."""
        placed = place(sort)
        with self._lock:
            return {id_: placed(self._live[id_]).key for id_ in ids if id_ in self._live}

    def ids(self) -> Iterator[str]:
        """All ids."""
        with self._lock:
            return iter(list(self._live))

    def amend(self, changes: Iterable[Change]) -> None:
        """Take in ``changes`` without a look at versions."""
        for change in changes:
            with self._lock:
                self._put(change)

    @property
    def position(self) -> str | None:
        """Where the feed goes on."""
        return self._position

    @property
    def size(self) -> int:
        """How many wallpapers can be found."""
        return len(self._live)

    def search(
        self,
        query: Query,
        *,
        limit: int,
        after: Place | None = None,
        skip: int = 0,
        now: datetime,
        check: Check = no_check,
    ) -> Page:
        """A page of what matches, from sets as far as they reach."""
        with self._lock:
            found = self._matching(query.where, now, check)
            page = self._in_order(found, query.sort or Sort(), after, skip + limit + 1)[skip:]
        more = page[limit - 1][0] if len(page) > limit else None
        documents = tuple(wallpaper.document for _, wallpaper in page[:limit])
        return Page(documents, len(found), more)

    def count(self, where: Node, *, now: datetime, check: Check = no_check) -> int:
        """How many match."""
        with self._lock:
            return len(self._matching(where, now, check))

    def count_each(
        self, where: Node, choices: Sequence[Node], *, now: datetime, check: Check = no_check
    ) -> tuple[int, ...]:
        """How many match each choice too, asked one after the other."""
        return tuple(self.count(every([where, each]), now=now, check=check) for each in choices)

    def complete(
        self, field: str, prefix: str, *, where: Node, limit: int, now: datetime
    ) -> tuple[Completion, ...]:
        """The values of all that match ``where``, counted."""
        read = _VALUES[field]
        with self._lock:
            found = self._matching(where, now, no_check)
            counted = Counter(
                value
                for wallpaper in found
                for value in read(wallpaper)
                if value and value.startswith(prefix)
            )
        best = nsmallest(limit, ((-count, value) for value, count in counted.items()))
        return tuple(Completion(value, -count) for count, value in best)

    def near(self, word: str, *, limit: int) -> tuple[str, ...]:
        """Every word compared."""
        with self._lock:
            having = self._having["word"]
            if word in having:
                return ()
            alike = (
                (-len(whose), str(other))
                for other, whose in having.items()
                if one_edit_apart(word, str(other))
            )
            return tuple(other for _, other in nsmallest(limit, alike))

    def _matching(self, where: Node, now: datetime, check: Check) -> set[Wallpaper]:
        check()
        wallpapers, test = self._find(where, now)
        check()
        if test is None:
            return wallpapers
        found = set()
        for number, wallpaper in enumerate(wallpapers):
            if not number % _BETWEEN_CHECKS:
                check()
            if test(wallpaper):
                found.add(wallpaper)
        return found

    def _in_order(
        self, found: set[Wallpaper], sort: Sort, after: Place | None, limit: int
    ) -> list[Placed]:
        """The first of ``found`` after a place: from all in order, or some put in order."""
        if sort.seed or sort.basis or len(found) * _FEW < len(self._all):
            placed = place(sort)
            ranked = ((placed(wallpaper), wallpaper) for wallpaper in found)
            return nsmallest(limit, (each for each in ranked if after is None or each[0] > after))
        order = self._order(sort)
        begin = 0 if after is None else bisect_right(order, after, key=itemgetter(0))
        later = islice(order, begin, None)
        return list(islice((each for each in later if each[1] in found), limit))

    def _order(self, sort: Sort) -> list[Placed]:
        """Every wallpaper in order; made when first asked for, kept up with each change."""
        if sort not in self._orders:
            placed = place(sort)
            self._orders[sort] = sorted((placed(wallpaper), wallpaper) for wallpaper in self._all)
        return self._orders[sort]

    def _take_in(self, change: Change) -> None:
        known = self._live.get(change.id)
        if change.version > (known.version if known else self._gone.get(change.id, -1)):
            self._put(change)

    def _put(self, change: Change) -> None:
        if known := self._live.get(change.id):
            self._all.discard(known)
            for sort, order in self._orders.items():
                del order[bisect_left(order, place(sort)(known), key=itemgetter(0))]
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
            for sort, order in self._orders.items():
                insort(order, (place(sort)(wallpaper), wallpaper))
            for kind, term in _terms(wallpaper):
                self._having[kind][term].add(wallpaper)

    def _find(self, node: Node, now: datetime) -> _Found:
        match node:
            case And(parts):
                return self._every([self._find(part, now) for part in parts])
            case Or(parts):
                found = [self._find(part, now) for part in parts]
                wallpapers, exact = self._any([(each.wallpapers, not each.test) for each in found])
            case Not(part):
                wallpapers, test = self._find(part, now)
                exact = test is None
                wallpapers = self._all - wallpapers if exact else self._all
            case Word(text, prefix) | Phrase(text, prefix):
                said = words(text)
                wallpapers, exact = self._saying(said, prefix=prefix), len(said) == 1
            case Clause(field, values):
                wallpapers, exact = self._any([self._valued(field, value) for value in values])
        return _Found(wallpapers, None if exact else matcher(node, now=now))

    def _every(self, found: list[_Found]) -> _Found:
        sets = [each.wallpapers for each in found if each.wallpapers is not self._all]
        common = set.intersection(*sorted(sets, key=len)) if sets else self._all
        for each in found:
            if each.test:
                common = set(filter(each.test, common))
        return _Found(common)

    def _any(self, found: list[tuple[set[Wallpaper], bool]]) -> tuple[set[Wallpaper], bool]:
        exact = all(alone for _, alone in found)
        if any(wallpapers is self._all for wallpapers, _ in found):
            return self._all, exact
        if len(found) == 1:
            return found[0]
        return set().union(*(wallpapers for wallpapers, _ in found)), exact

    def _saying(self, said: tuple[str, ...], *, prefix: bool) -> set[Wallpaper]:
        sets = [self._of("word", word) for word in said[:-1]]
        sets.append(self._of("word", said[-1], prefix=prefix))
        return set.intersection(*sorted(sets, key=len)) if len(sets) > 1 else sets[0]

    def _valued(self, field: str, value: Value) -> tuple[set[Wallpaper], bool]:
        match value:
            case Text(text, prefix=False) if field == "id":
                wallpaper = self._live.get(label(text))
                return {wallpaper} if wallpaper else set(), True
            case Text(text, prefix) if field in _TERMED:
                return self._of(field, label(text), prefix=prefix), True
            case Shade(rgb):
                near = [self._of("colour", cell) for cell in _around(rgb.oklab)]
                return set().union(*near), False
        return self._all, False

    def _of(self, kind: str, term: str | Cell, *, prefix: bool = False) -> set[Wallpaper]:
        having = self._having[kind]
        if not prefix:
            return having.get(term, set())
        begun = str(term)
        return set().union(*(having[each] for each in having if str(each).startswith(begun)))


_FEW = 8
"""Of how many wallpapers one must be found, at least, to look for them in the order of all."""
_TERMED = frozenset({"tag", "user", "category", "rating", "type", "ai"})
_BETWEEN_CHECKS = 1024
_VALUES: dict[str, Callable[[Wallpaper], Iterable[str]]] = {
    "tag": lambda wallpaper: wallpaper.tags,
    "user": lambda wallpaper: (wallpaper.uploader,),
    "creator": lambda wallpaper: (" ".join(wallpaper.creator),),
    "category": lambda wallpaper: (wallpaper.category,),
    "license": lambda wallpaper: (wallpaper.license,),
}


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
