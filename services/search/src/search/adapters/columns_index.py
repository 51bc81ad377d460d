"""An index of columns and roaring bitmaps, in segments that never change."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from heapq import nsmallest
from itertools import islice
from operator import add, sub
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import cast
from uuid import uuid4

import numpy as np
from pyroaring import BitMap

from search.adapters.columns.bitmaps import numbers
from search.adapters.columns.completing import Counted, most_frequent
from search.adapters.columns.contents import Contents, Part
from search.adapters.columns.seeking import depends_on_time, how_many, seek
from search.adapters.columns.segment import Column, Segment
from search.domain.order import Place
from search.domain.query import EVERYTHING, Node, Query
from search.domain.sort import Sort
from search.domain.wallpaper import Change
from search.ports import Check, Completion, Held, Page, no_check

log = logging.getLogger(__name__)

_BATCH = 8192
"""How many changes are taken in at once, each of them seen by searches with all the others."""
_MORE = 2
"""How many times as large a segment must be as all newer ones together to be left alone."""
_WASTE = 4
"""Of how many wallpapers one must be dead for a segment to be written anew."""
_BESIDE = 16
"""Of how many wallpapers one must be outside of the largest segment for all to become one."""


class ColumnsIndex:
    """Each batch of changes becomes a small segment; small segments are merged into larger ones.

    A search takes the segments there are at its beginning, none of which ever changes: it
    waits for nobody. Large segments are merged by a thread of their own.
    """

    def __init__(
        self,
        folder: Path | None = None,
        contents: Contents | None = None,
        *,
        at_once: int = 16_384,
    ) -> None:
        """The index that ``contents`` are; empty without.

        Args:
            folder: Where its segments are written, and left when they are merged, for whoever
                reads ``dropped`` to delete them; somewhere of its own if it is ``None``.
            contents: What it has from the beginning.
            at_once: Segments of so many wallpapers together are merged where they stand, which
                takes a tenth of a second for the usual number.
        """
        self._own = None if folder else TemporaryDirectory(prefix="paperroute-search-")
        self._folder = folder or Path(cast("TemporaryDirectory[str]", self._own).name)
        self._at_once = at_once
        contents = contents or Contents()
        self._parts = contents.parts
        self._position = contents.position
        self._gone = contents.gone
        self._dropped: list[Path] = []
        self._writing = Lock()
        self._merger: Thread | None = None
        self._merging = 0
        """How many of the oldest parts wait for their merger, or may not be touched by others."""

    def apply(self, changes: Iterable[Change], *, position: str) -> None:
        """Take in ``changes`` batch by batch."""
        for batch in _batches(changes):
            self._take_in(batch)
            self._tidy()
        self._position = position

    def known(self, ids: Sequence[str]) -> Mapping[str, Held]:
        """What the segments have of ``ids``."""
        return {
            id_: Held(
                part.segment.columns["version"][number].item(),
                part.segment.document(number).decode(),
            )
            for part in self._parts
            for id_, number in part.find(tuple(ids)).items()
        }

    def keys(self, sort: Sort, ids: Sequence[str]) -> Mapping[str, float]:
        """From the columns of each segment."""
        keys: dict[str, float] = {}
        for part in self._parts:
            if found := part.find(tuple(ids)):
                some = part.segment.keys(sort, np.array(list(found.values()), dtype=np.uint32))
                keys.update(zip(found, some.tolist(), strict=True))
        return keys

    def ids(self) -> Iterator[str]:
        """Segment by segment."""
        for segment, dead in self._parts:
            some = segment.columns["id"][numbers(segment.everything - dead)]
            yield from (id_.decode() for id_ in some.tolist())

    def amend(self, changes: Iterable[Change]) -> None:
        """Take in ``changes`` without a look at versions."""
        news = {change.id: change for change in changes}
        if news:
            with self._writing:
                self._put(news)
            self._tidy()

    @property
    def contents(self) -> Contents:
        """What it consists of now; an older position than the parts' does no harm."""
        with self._writing:
            return Contents(self._parts, self._gone, self._position)

    def dropped(self) -> list[Path]:
        """Files that it has done with since this was last asked."""
        with self._writing:
            dropped, self._dropped = self._dropped, []
        return dropped

    @property
    def position(self) -> str | None:
        """Where the feed goes on."""
        return self._position

    @property
    def size(self) -> int:
        """How many wallpapers can be found."""
        return sum(part.size for part in self._parts)

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
        """A page of what matches, put together from every segment."""
        sort = query.sort or Sort()
        last = skip + limit
        total = 0
        hits: list[tuple[Segment, Column]] = []
        for segment, found in self._seek(query.where, now, check):
            total += len(found)
            first = segment.first(found, sort, after, last + 1)
            if len(first):
                hits.append((segment, first))
        in_order = _in_order(hits, sort, last + 1)
        page = in_order[skip:last]
        onward = None
        if len(in_order) > last:
            segment, number = in_order[last - 1]
            onward = segment.places(sort, np.array([number]))[0]
        return Page(_documents(page), total, onward)

    def count(self, where: Node, *, now: datetime, check: Check = no_check) -> int:
        """How many match, in every segment."""
        return sum(len(found) for _, found in self._seek(where, now, check))

    def count_each(
        self, where: Node, choices: Sequence[Node], *, now: datetime, check: Check = no_check
    ) -> tuple[int, ...]:
        """How many match each choice too: bitmaps are counted together, not put together."""
        wanted = tuple(choices)
        at = now if any(map(depends_on_time, (where, *wanted))) else None
        counts = [0] * len(wanted)
        for segment, dead in self._parts:
            check()
            tally = partial(self._tally, segment, where, wanted, now, check)
            some = segment.tallied.answer((where, (wanted, at)), tally)
            if dead:
                uncounted = self._matching(segment, where, now, check) & dead
                gone = map(uncounted.intersection_cardinality, _chosen(segment, wanted, now, check))
                some = list(map(sub, some, gone))
            counts = list(map(add, counts, some))
        return tuple(counts)

    def _tally(
        self,
        segment: Segment,
        where: Node,
        choices: tuple[Node, ...],
        now: datetime,
        check: Check,
    ) -> list[int]:
        """How many in ``segment``, whether they live or not, match each choice too."""
        if where == EVERYTHING:
            return [how_many(choice, segment, now=now, check=check) for choice in choices]
        found = self._matching(segment, where, now, check)
        return list(map(found.intersection_cardinality, _chosen(segment, choices, now, check)))

    def complete(
        self, field: str, prefix: str, *, where: Node, limit: int, now: datetime
    ) -> tuple[Completion, ...]:
        """Every term of a segment is counted once; then the most frequent of each are compared."""
        parts = []
        at = now if depends_on_time(where) else None
        for segment, dead in self._parts:
            matching = self._matching(segment, where, now, no_check)
            counts = segment.counted.answer(
                (field, where, at), partial(segment.terms.counts, field, matching)
            )
            first = segment.terms.beginning(field, "").start
            parts.append(Counted(segment.terms, field, first, counts, dead & matching))
        return tuple(Completion(*each) for each in most_frequent(parts, prefix, limit))

    def near(self, word: str, *, limit: int) -> tuple[str, ...]:
        """Words of about that length, compared letter by letter."""
        if self._saying(word):
            return ()
        near = {other for segment, _ in self._parts for other in segment.spellings.near(word)}
        counted = ((-self._saying(other), other) for other in near)
        return tuple(other for count, other in nsmallest(limit, counted) if count)

    def _saying(self, word: str) -> int:
        """How many say ``word``."""
        return sum(
            segment.terms.count("word", word)
            - (dead.intersection_cardinality(segment.terms.having("word", word)) if dead else 0)
            for segment, dead in self._parts
        )

    def _seek(self, where: Node, now: datetime, check: Check) -> Iterator[tuple[Segment, BitMap]]:
        """Every segment, with those that match there and live."""
        for segment, dead in self._parts:
            found = self._matching(segment, where, now, check)
            yield segment, found - dead if dead else found

    def _matching(self, segment: Segment, where: Node, now: datetime, check: Check) -> BitMap:
        """Those that match in ``segment``, whether they live or not."""
        check()
        return segment.asked.answer(
            (where, now), partial(seek, where, segment, now=now, check=check)
        )

    def unite(self) -> None:
        """Begin to make one segment of all if that is worth it, for whoever applies changes.

        Each segment costs a search as much again of what does not depend on its size.
        """
        sizes = [part.size for part in self._parts]
        beside = sum(sizes) - max(sizes, default=0)
        if not self._merging and beside * _BESIDE > sum(sizes):
            self._merge_soon(self._parts)

    def settle(self) -> None:
        """Wait until no segments are being merged, nor worth it; for whoever applies changes."""
        while self._merger:
            self._merger.join()
            self._merger = None
            self._tidy()

    def _new_file(self) -> Path:
        return self._folder / f"{uuid4().hex}.segment"

    def _take_in(self, changes: list[Change]) -> None:
        with self._writing:
            if news := self._news(changes):
                self._put(news)

    def _put(self, news: dict[str, Change]) -> None:
        """Let ``news`` be what is known of their wallpapers; the lock for writing is held."""
        parts = []
        for segment, dead in self._parts:
            old = BitMap(segment.find(tuple(news)).values())
            parts.append(Part(segment, dead | old if old else dead))
        live = [change.wallpaper for change in news.values() if change.wallpaper]
        if live:
            parts.append(Part(Segment.of(live, self._new_file()), BitMap()))
        deleted = {each.id: each.version for each in news.values() if not each.wallpaper}
        if deleted:
            self._gone = self._gone.with_(deleted, self._folder)
        self._parts = tuple(parts)

    def _news(self, changes: list[Change]) -> dict[str, Change]:
        """Of each wallpaper the newest of ``changes``, if it is newer than what is known."""
        newest: dict[str, Change] = {}
        for change in changes:
            if change.id not in newest or change.version > newest[change.id].version:
                newest[change.id] = change
        known = self._gone.versions(tuple(newest))
        for part in self._parts:
            versions = part.segment.columns["version"]
            found = part.find(tuple(newest)).items()
            known.update((id_, versions[number].item()) for id_, number in found)
        return {
            id_: change for id_, change in newest.items() if change.version > known.get(id_, -1)
        }

    def _tidy(self) -> None:
        """Merge what is worth it, so that a search has few segments to look at."""
        self._merge_soon(_worth_merging(self._parts[self._merging :]))

    def _merge_soon(self, chosen: tuple[Part, ...]) -> None:
        """At once if they are small; else beside all else, unless others are merged there."""
        if sum(part.size for part in chosen) <= self._at_once:
            self._merge(chosen)
        elif not self._merging:
            self._merging = len(self._parts)
            self._merger = Thread(
                target=self._merge_aside, args=(chosen,), name="merge", daemon=True
            )
            self._merger.start()

    def _merge_aside(self, chosen: tuple[Part, ...]) -> None:
        try:
            self._merge(chosen)
        except Exception:  # they can be searched as they are, and merged another time
            log.exception("segments not merged")
        finally:
            self._merging = 0

    def _merge(self, chosen: tuple[Part, ...]) -> None:
        """Put one segment in the place of ``chosen``, which stand one after the other."""
        if not chosen:
            return
        live = [part for part in chosen if part.size]
        merged, renumbered = Segment.merged(live, self._new_file()) if live else (None, [])
        with self._writing:
            begin = [part.segment for part in self._parts].index(chosen[0].segment)
            died = [np.zeros(0, dtype=np.int64)]
            dead = {part.segment: part.dead for part in self._parts}
            for part, new in zip(live, renumbered, strict=True):  # while we were merging
                died.append(new[numbers(dead[part.segment] - part.dead)])
            fresh = (Part(merged, BitMap(np.concatenate(died).tolist())),) if merged else ()
            self._parts = (*self._parts[:begin], *fresh, *self._parts[begin + len(chosen) :])
            self._dropped += [part.segment.file for part in chosen]
        for file in self.dropped() if self._own else ():
            file.unlink()  # whoever still searches it has it mapped


def _chosen(
    segment: Segment, choices: tuple[Node, ...], now: datetime, check: Check
) -> tuple[BitMap, ...]:
    """Those that match each choice; kept, for most searches are counted by the same."""
    at = now if any(map(depends_on_time, choices)) else None
    return segment.chosen.answer(
        (choices, at),
        lambda: tuple(seek(choice, segment, now=now, check=check) for choice in choices),
    )


def _in_order(
    hits: list[tuple[Segment, Column]], sort: Sort, count: int
) -> list[tuple[Segment, int]]:
    """The first ``count`` of the first ones of each segment, put in one order."""
    if len(hits) < 2:
        return [(segment, number) for segment, first in hits for number in first.tolist()]
    order = np.lexsort((
        np.concatenate([segment.columns["id"][first] for segment, first in hits]),
        np.concatenate([-segment.columns["created"][first] for segment, first in hits]),
        np.concatenate([segment.keys(sort, first) for segment, first in hits]),
    ))  # fmt: skip
    every = [(segment, number) for segment, first in hits for number in first.tolist()]
    return [every[at] for at in order[:count].tolist()]


def _documents(page: list[tuple[Segment, int]]) -> tuple[str, ...]:
    """The records of a page; those of a segment are read together."""
    by_segment: dict[Segment, list[int]] = {}
    for segment, number in page:
        by_segment.setdefault(segment, []).append(number)
    read = {segment: iter(segment.documents(some)) for segment, some in by_segment.items()}
    return tuple(next(read[segment]).decode() for segment, _ in page)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    rest = iter(changes)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _worth_merging(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The newest of ``parts`` from the first that is small beside those after it, or wasteful."""
    first = len(parts)
    newer = 0
    for at in reversed(range(len(parts))):
        segment, dead = parts[at]
        if parts[at].size < _MORE * newer or len(dead) * _WASTE > segment.size:
            first = at
        newer += parts[at].size
    return parts[first:]
