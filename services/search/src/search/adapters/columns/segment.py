"""A part of an index that never changes: columns, terms, colours and documents."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from search.adapters.columns import archive, strengths
from search.adapters.columns.archive import Arrays, Damaged, Writing
from search.adapters.columns.bitmaps import Numbers, numbers, of_sorted, weight
from search.adapters.columns.colours import Colours
from search.adapters.columns.days import Days
from search.adapters.columns.lists import Lists, Origins, starts_of
from search.adapters.columns.looks import least_differing
from search.adapters.columns.rankings import Rankings, least
from search.adapters.columns.recent import Recent
from search.adapters.columns.spellings import Spellings
from search.adapters.columns.strengths import END_OF_TEXT
from search.adapters.columns.terms import Terms, named
from search.domain.order import Place, factor
from search.domain.query import Node
from search.domain.ranking import apart, hotness, millionths
from search.domain.sort import PERIODS, Relevance, Sort, Until
from search.domain.values import Look, Shade
from search.domain.wallpaper import DOWNLOAD_POINTS, Wallpaper, palette

Column = NDArray[Any]
Renumbered = NDArray[np.int64]
_Choices = tuple[tuple[Node, ...], datetime | None]
LAYOUT = 2
"""Goes up when files of segments that were written before would be misunderstood."""
MILLION = 1_000_000
SHA_KEPT = 8
_FEW = 32
"""Of how many wallpapers one must be found, at least, to look for them in the order of all."""
_LIKELY = 4096
"""Among so many in that order the first of those found usually are."""
_BLOCK_OF_MARKS = 1 << 16
_READ_AT_ONCE = 4096
"""So many records are held at a time when segments are merged."""
_KEPT, _KEPT_EACH = 1 << 20, 32
"""Bytes of bitmaps that are kept in case they are wanted again, and more for each wallpaper."""


class Segment:
    """Wallpapers numbered from the newest to the oldest, which is their usual order.

    Attributes:
        size: How many there are.
        columns: What each of them has one of: ids, versions, ``created`` in microseconds,
            ``lum``, ``sat`` and ``oled`` in millionths of a percent, and the like.
        terms: Their words, tags, people and classes.
        texts: The places of their words among the terms, text by text.
        colours: Their palettes.
        days: What they got on single days.
        everything: The bitmap of them all.
        file: Where all of this is.
        recent: What parts of queries have lately matched.
        asked: What whole queries have just matched, each at its moment.
        counted: How many of those have each term of a kind; the moment only where it matters.
        chosen: What each of several choices matches; likewise.
        tallied: How many of those match each of several choices; likewise.
    """

    def __init__(self, file: Path) -> None:
        """What ``file`` holds, which has been written by ``of`` or ``merged``.

        Raises:
            Damaged: If it holds nothing of the kind.
        """
        self.file = file
        try:
            self._opened = archive.opened(file)
            self._take(self._opened.arrays)
        except KeyError as error:
            raise Damaged(f"'{file.name}' lacks {error}") from error

    def _take(self, arrays: Arrays) -> None:
        self.columns: Mapping[str, Column] = {
            name: arrays[f"columns.{name}"] for name, _, _ in _COLUMNS
        }
        self.size = len(self.columns["id"])
        self.terms = Terms(arrays, self.size)
        self.texts = Lists(arrays["words.starts"], arrays["words"])
        self.colours = Colours.among(arrays)
        self.days = Days.among(arrays)
        self.everything = BitMap(range(self.size))
        self.recent: Recent[Node, BitMap] = Recent(_KEPT + _KEPT_EACH * self.size, weight)
        self.asked: Recent[tuple[Node, datetime], BitMap] = Recent(8)
        self._rankings = Rankings(self.terms, self.texts, self.colours, self.size)
        self.counted: Recent[tuple[str, Node, datetime | None], Column] = Recent(24)
        self._got: Recent[tuple[int, int], Column] = Recent(4)
        self.chosen: Recent[_Choices, tuple[BitMap, ...]] = Recent(16)
        self.tallied: Recent[tuple[Node, _Choices], list[int]] = Recent(256)
        self._by_id = arrays["by_id"]
        self._orders: NDArray[np.uint32] = arrays["orders"]

    @cached_property
    def spellings(self) -> Spellings:
        """The words there are, by their letters."""
        begin = len(named("word", ""))
        words = self.terms.names.among(self.terms.beginning("word", ""))
        return Spellings(word[begin:] for word in words)

    @classmethod
    def of(cls, wallpapers: Iterable[Wallpaper], file: Path) -> Self:
        """The segment that holds ``wallpapers``, written to ``file``."""
        held = sorted(wallpapers, key=lambda each: (-_microseconds(each), each.id))
        terms, place = Terms.of([set(_terms(each)) for each in held])
        texts = [
            [at for text in each.texts for at in (*(place[f"word:{w}"] for w in text), END_OF_TEXT)]
            for each in held
        ]
        said = Lists.of(list(map(len, texts)), [at for text in texts for at in text])
        columns = {name: np.array(list(map(read, held)), dtype) for name, dtype, read in _COLUMNS}
        with archive.writing(file) as out:
            _write_columns(columns, out)
            out.add(terms.weighed(*strengths.of_words(said)).arrays)
            out.add({"words": said.values, "words.starts": said.starts})
            out.add(Colours.of([each.palette for each in held]).arrays)
            out.add(Days.of([each.days for each in held]).arrays)
            out.end(each.document.encode() for each in held)
        return cls(file)

    @classmethod
    def merged(
        cls, parts: Sequence[tuple["Segment", BitMap]], file: Path
    ) -> tuple[Self, list[Renumbered]]:
        """One segment for all of ``parts``, each without the wallpapers that are not wanted.

        Its arrays are written one after the other, and never held together; nor are those of
        ``parts``, each of which is looked at once.

        Returns:
            Also the new number of each wallpaper, for each part; -1 if it was left out.
        """
        segments = [part for part, _ in parts]
        origins, renumbered = _renumbered(segments, [dead for _, dead in parts])
        with archive.writing(file) as out:
            _write_columns(_Gathered(segments, origins), out)
            _let_go(segments)
            places = Terms.merged(
                [(part.terms, new) for part, new in zip(segments, renumbered, strict=True)], out
            )
            _let_go(segments)
            _merge_texts([part.texts for part in segments], places, origins, out)
            _let_go(segments)
            Colours.merged(
                [(part.colours, new) for part, new in zip(segments, renumbered, strict=True)], out
            )
            Days.merged([part.days for part in segments], origins, out)
            out.end(_documents(segments, origins))
            _let_go(segments)
        return cls(file), renumbered

    def let_go(self) -> None:
        """Hold no pages of it in memory until they are wanted again."""
        self._opened.let_go()

    def document(self, number: int) -> bytes:
        """The record of one wallpaper, as JSON."""
        return self._opened.texts.chosen([number])[0]

    def documents(self, which: Sequence[int]) -> list[bytes]:
        """The records of some wallpapers, as JSON."""
        return self._opened.texts.chosen(which)

    def find(self, ids: Sequence[str]) -> dict[str, int]:
        """The numbers of those of ``ids`` that are here."""
        wanted = np.array([id_.encode() for id_ in ids])
        held = self.columns["id"]
        at = np.searchsorted(held, wanted, sorter=self._by_id)
        found = self._by_id[np.minimum(at, self.size - 1)]
        there = held[found] == wanted
        return {
            id_: number
            for id_, number, here in zip(ids, found.tolist(), there.tolist(), strict=True)
            if here
        }

    def first(self, found: BitMap, sort: Sort, after: Place | None, count: int) -> Column:
        """The first ``count`` of ``found`` after a place, in the order of ``sort``."""
        if sort.mode == "random":
            return self._first_at_random(found, sort, after, count)
        if sort.basis:
            return self._first_by_basis(found, sort, after, count)
        return self._first_in_order(found, sort, after, count)

    def places(self, sort: Sort, which: Column) -> list[Place]:
        """Where the wallpapers ``which`` stand in the order of ``sort``."""
        keys = self.keys(sort, which).tolist()
        newer = self._newer(which).tolist()
        ids = self.columns["id"][which].tolist()
        return [Place(key, at, id_.decode()) for key, at, id_ in zip(keys, newer, ids, strict=True)]

    def _first_in_order(self, found: BitMap, sort: Sort, after: Place | None, count: int) -> Column:
        begin = 0 if after is None else self._end_of(sort, after)
        if _is_newest(sort):
            return np.array(list(islice(found.iter_equal_or_larger(begin), count)), dtype=np.uint32)
        if len(found) * _FEW > self.size:
            likely = self._order(sort)[begin : begin + _LIKELY].tolist()
            first = list(islice((number for number in likely if number in found), count))
            if len(first) == count or len(likely) < _LIKELY:
                return np.array(first, dtype=np.uint32)
        hits = numbers(found)
        return self._first_of(
            hits if after is None else self._after(hits, sort, after), sort, count
        )

    def _first_at_random(
        self, found: BitMap, sort: Sort, after: Place | None, count: int
    ) -> Column:
        """Of so many that their order costs most, only some whose keys are small enough."""
        among = None if len(found) * _FEW > self.size else numbers(found)
        low = 0 if after is None else min(max(int(after.key), 0), _KEYS - 1)
        span = 4 * count * _KEYS // max(len(found), 1)
        while True:
            high = min(low + span, _KEYS)
            hits = self._marked(sort, low, high, among)
            if among is None:
                hits = numbers(of_sorted(hits) & found)
            if after is not None:
                hits = self._after(hits, sort, after)
            if len(hits) >= count or high == _KEYS:
                return self._first_of(hits, sort, count)
            span *= 8

    def _marked(self, sort: Sort, low: int, high: int, among: Numbers | None) -> Numbers:
        """Those ``among`` all whose key in a random order is from ``low`` up to ``high``.

        In blocks, so that what is in between stays in the processor's cache.
        """
        size = self.size if among is None else len(among)
        near = []
        for begin in range(0, size, _BLOCK_OF_MARKS):
            block = slice(begin, min(begin + _BLOCK_OF_MARKS, size))
            keys = self.keys(sort, block if among is None else among[block])
            if low:
                keys -= np.uint32(low)
            near.append(np.flatnonzero(keys <= np.uint32(high - low - 1)) + begin)
        places = np.concatenate(near) if near else np.zeros(0, dtype=np.int64)
        return places.astype(np.uint32) if among is None else among[places]

    def _first_by_basis(self, found: BitMap, sort: Sort, after: Place | None, count: int) -> Column:
        if isinstance(sort.basis, Relevance) and after is None and not sort.ascending:
            first = self._rankings.most_relevant(found, sort.basis, count)
            if first is not None:
                return first
        hits: Column = numbers(found)
        if sort.mode == "similar" and not sort.ascending:
            hits = self._nearest(hits, sort, after, count)
        return self._first_of(
            hits if after is None else self._after(hits, sort, after), sort, count
        )

    def _first_of(self, hits: Column, sort: Sort, count: int) -> Column:
        """The first ``count`` of ``hits``, which ascend and so are in order among equals."""
        first: Column = hits[least(self.keys(sort, hits), count)]
        return first

    def _nearest(self, hits: Column, sort: Sort, after: Place | None, count: int) -> Column:
        """Those of ``hits`` among which the first ``count`` are: palettes are compared of few."""
        bits = self._differing(sort, hits)
        begun = 0 if after is None else int(after.key) // MILLION
        hits, bits = hits[bits >= begun], bits[bits >= begun]
        later = np.sort(bits[bits > begun])
        if len(later) > count:
            hits = hits[bits <= later[count - 1]]
        return hits

    def _differing(self, sort: Sort, which: Column | slice) -> Column:
        columns = self.columns
        return least_differing(columns["dhash"][which], columns["phash"][which], _looks(sort))

    def _after(self, hits: Column, sort: Sort, after: Place) -> Column:
        keys, newer, ids = self.keys(sort, hits), self._newer(hits), self.columns["id"][hits]
        beside = (newer > after.newer) | ((newer == after.newer) & (ids > after.id.encode()))
        later: Column = hits[(keys > after.key) | ((keys == after.key) & beside)]
        return later

    def _newer(self, which: Column) -> Column:
        newer: Column = -(self.columns["created"][which] / MILLION)
        return newer

    def _end_of(self, sort: Sort, after: Place) -> int:
        """How many are not after a place."""
        order = range(self.size) if _is_newest(sort) else self._order(sort)

        def key(at: int) -> float:
            number = int(order[at])
            found: float = self.keys(sort, slice(number, number + 1)).item()
            return found

        def place(at: int) -> Place:
            return self.places(sort, np.array([order[at]]))[0]

        begin = bisect_left(range(self.size), after.key, key=key)
        if begin == self.size or key(begin) != after.key:
            return begin
        end = bisect_right(range(self.size), after.key, key=key)
        return begin + bisect_right(range(begin, end), after, key=place)

    def _order(self, sort: Sort) -> Numbers:
        """All numbers in the order of ``sort``, which depends on nothing else."""
        order: Numbers = self._orders[_ORDERS.index((sort.mode, sort.ascending))]
        return order

    def keys(self, sort: Sort, which: Column | slice) -> Column:
        """What the wallpapers ``which`` are put in order by, as ``domain.order`` has it."""
        columns = self.columns
        keys: Column
        match sort.mode:
            case "random":
                return np.multiply(columns["mark"][which], np.uint32(factor(sort.seed or "")))
            case "top":
                keys = self._points(sort)[which]
            case "relevance" if isinstance(sort.basis, Relevance):
                keys = self._rankings.relevance(sort.basis, which)
            case "color" if isinstance(sort.basis, tuple):
                shades = [each for each in sort.basis if isinstance(each, Shade)]
                keys = self._rankings.colourfulness(shades)[which]
            case "similar":
                keys = -self._distances(sort, which)
            case mode:
                keys = _measured(columns, mode, which)
        signed: Column = keys if sort.ascending else -keys
        return signed

    def _points(self, sort: Sort) -> Column:
        days = PERIODS[sort.period or "all"]
        if days is None or not isinstance(sort.basis, Until):
            points: Column = self.columns["views"] + DOWNLOAD_POINTS * self.columns["downloads"]
            return points
        last = sort.basis.day.toordinal()
        return self._got.answer((last - days, last), lambda: self.days.between(last - days, last))

    def _distances(self, sort: Sort, which: Column | slice) -> Column:
        """How far pictures are from the nearest look, as ``domain.ranking.distance`` has it."""
        whose = np.arange(self.size)[which].tolist()
        looks = _looks(sort)
        palettes = (palette(json.loads(document)) for document in self.documents(whose))
        colours = np.array(
            [[millionths(apart(each, look.palette)) for look in looks] for each in palettes],
            dtype=np.int64,
        ).reshape(-1, len(looks))
        bits = np.column_stack(
            [least_differing(self.columns["dhash"][which], self.columns["phash"][which], [look])
             for look in looks]
        )  # fmt: skip
        nearest: Column = (bits * np.int64(MILLION) + colours).min(axis=1, initial=2**62)
        return nearest


def _looks(sort: Sort) -> list[Look]:
    return (
        [look for look in sort.basis if isinstance(look, Look)]
        if isinstance(sort.basis, tuple)
        else []
    )


_KEYS = 2**32


def _is_newest(sort: Sort) -> bool:
    return sort.mode == "new" and not sort.ascending


def _measured(columns: Mapping[str, Column], mode: str, which: Column | slice) -> Column:
    """What an order by ``mode`` is by, where that is in the columns."""
    measured: Column
    match mode:
        case "res":
            measured = columns["width"][which].astype(np.int64) * columns["height"][which]
        case "size":
            measured = columns["bytes"][which]
        case "ratio":
            measured = columns["width"][which] / columns["height"][which]
        case "new":
            measured = columns["created"][which] / MILLION
        case _:
            measured = columns[mode][which]
    return measured


def _write_columns(columns: Mapping[str, Column], out: Writing) -> None:
    """The columns, and the numbers of all wallpapers by their ids and in each of ``_ORDERS``."""
    for name, column in columns.items():
        out.add({f"columns.{name}": column})
    size = len(columns["id"])
    out.add({"by_id": np.argsort(columns["id"], kind="stable").astype(np.uint32)})
    orders = out.room("orders", np.uint32, len(_ORDERS), size)
    for row, (mode, ascending) in enumerate(_ORDERS):
        keys = _measured(columns, mode, slice(None))
        orders.fill(np.argsort(keys if ascending else -keys, kind="stable"), row)


class _Gathered(Mapping[str, Column]):
    """The columns of segments put together, each when it is asked for."""

    def __init__(self, segments: list[Segment], origins: Origins) -> None:
        self._segments = segments
        self._origins = origins

    def __getitem__(self, name: str) -> Column:
        return self._origins.gathered([segment.columns[name] for segment in self._segments])

    def __iter__(self) -> Iterator[str]:
        return (name for name, _, _ in _COLUMNS)

    def __len__(self) -> int:
        return len(_COLUMNS)


def _renumbered(segments: list[Segment], dead: list[BitMap]) -> tuple[Origins, list[Renumbered]]:
    """The order of all that live in ``segments``, and their new numbers (-1: none)."""
    wanted = [numbers(each.everything - some) for each, some in zip(segments, dead, strict=True)]
    created = np.concatenate(
        [each.columns["created"][some] for each, some in zip(segments, wanted, strict=True)]
    )
    ids = np.concatenate(
        [each.columns["id"][some] for each, some in zip(segments, wanted, strict=True)]
    )
    order = np.lexsort((ids, -created))
    parts = np.repeat(np.arange(len(segments), dtype=np.uint32), list(map(len, wanted)))[order]
    origins = Origins(parts, np.concatenate(wanted)[order])
    renumbered = []
    for part, segment in enumerate(segments):
        here, those = origins.of(part)
        new = np.full(segment.size, -1, dtype=np.int64)
        new[those] = here
        renumbered.append(new)
    return origins, renumbered


def _let_go(segments: list[Segment]) -> None:
    for segment in segments:
        segment.let_go()


def _merge_texts(
    texts: list[Lists], places: list[NDArray[np.int64]], origins: Origins, out: Writing
) -> None:
    """Write texts in the new places of their words."""
    lists = [each.starts for each in texts]
    starts = starts_of(origins.gathered([np.diff(each) for each in lists]))
    out.add({"words.starts": starts})
    room = out.room("words", np.uint32, int(starts[-1]))
    onward = [np.append(place, END_OF_TEXT) for place in places]
    for moves in origins.moved(lists, starts):
        words = np.empty(sum(len(old) for old, _ in moves), dtype=np.uint32)
        for said, place, (old, new) in zip(texts, onward, moves, strict=True):
            words[new] = place[np.minimum(said.values[old], len(place) - 1)]
        room.fill(words)


def _documents(segments: list[Segment], origins: Origins) -> Iterator[bytes]:
    """The records of ``segments`` in their new order; some at a time, neighbours together."""
    for begin in range(0, len(origins.parts), _READ_AT_ONCE):
        texts: dict[int, bytes] = {}
        for part, segment in enumerate(segments):
            here, those = origins.of(part, begin, begin + _READ_AT_ONCE)
            texts.update(zip(here.tolist(), segment.documents(those.tolist()), strict=True))
        yield from (texts[at] for at in range(len(texts)))


def _microseconds(wallpaper: Wallpaper) -> int:
    return round(wallpaper.created.timestamp() * MILLION)


def _millionths(share: float) -> int:
    return round(share * 100 * MILLION)


_ORDERS = (
    ("new", True),
    *(
        (mode, ascending)
        for mode in ("hot", "views", "downloads", "favs", "res", "size", "ratio")
        for ascending in (False, True)
    ),
)
"""The orders that are written down: what they are by, and whether the least of it comes first."""
_COLUMNS: tuple[tuple[str, Any, Callable[[Wallpaper], object]], ...] = (
    ("id", np.bytes_, lambda wallpaper: wallpaper.id.encode()),
    ("version", np.int64, lambda wallpaper: wallpaper.version),
    ("created", np.int64, _microseconds),
    ("bytes", np.int64, lambda wallpaper: wallpaper.bytes),
    ("width", np.uint32, lambda wallpaper: wallpaper.width),
    ("height", np.uint32, lambda wallpaper: wallpaper.height),
    ("lum", np.int32, lambda wallpaper: _millionths(wallpaper.lum)),
    ("sat", np.int32, lambda wallpaper: _millionths(wallpaper.sat)),
    ("oled", np.int32, lambda wallpaper: _millionths(wallpaper.oled)),
    ("dhash", np.uint64, lambda wallpaper: wallpaper.dhash),
    ("phash", np.uint64, lambda wallpaper: wallpaper.phash),
    ("views", np.int64, lambda wallpaper: wallpaper.views),
    ("downloads", np.int64, lambda wallpaper: wallpaper.downloads),
    ("favs", np.int64, lambda wallpaper: wallpaper.favorites),
    ("hot", np.float64, hotness),
    ("mark", np.uint32, lambda wallpaper: wallpaper.mark),
    ("sha256", f"S{SHA_KEPT}", lambda wallpaper: wallpaper.sha256[:SHA_KEPT].encode()),
)


def _terms(wallpaper: Wallpaper) -> Iterator[str]:
    yield named("user", wallpaper.uploader)
    yield named("category", wallpaper.category)
    yield named("rating", wallpaper.rating)
    yield named("type", wallpaper.type)
    yield named("license", wallpaper.license)
    yield named("ai", wallpaper.ai)
    yield from (named("has", name) for name in wallpaper.has)
    yield from (named("tag", tag) for tag in wallpaper.tags)
    yield from (named("word", word) for word in wallpaper.words)
    if wallpaper.creator:
        yield named("creator", " ".join(wallpaper.creator))
    if wallpaper.source:
        yield named("source", wallpaper.source)
