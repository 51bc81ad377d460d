"""An index that has drifted from its feed, and what becomes of it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from search.adapters.columns_index import ColumnsIndex
from search.adapters.memory_feed import MemoryFeed
from search.adapters.memory_index import MemoryIndex
from search.adapters.memory_shared import MemoryShared
from search.domain.wallpaper import Change
from search.ports import Index, Reconciled
from search.reconcile import Reconciler
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids

DAY = timedelta(days=1)
NewIndex = Callable[[], Index]


class Day:
    """An index that follows a feed, and what reconciles them."""

    def __init__(self, index: Index, *records: dict[str, Any]) -> None:
        self.now = 1_000_000_000.0
        self.feed = MemoryFeed(*records, limit=2)
        self.index = index
        self.shared = MemoryShared()
        self.reconciler = Reconciler(self.shared, every=DAY, clock=lambda: self.now)
        self.turns = 0

    def catch_up(self) -> None:
        """Follow as ``follow`` does, until there is nothing more to do."""
        while self._turn() or self.reconciler.busy:
            pass

    def reconcile(self, between: Callable[[], None] = lambda: None) -> Reconciled:
        self.now += DAY.total_seconds()
        self._turn()
        assert self.reconciler.busy
        while self.reconciler.busy:
            between()
            self._turn()
        done = self.shared.reconciled()
        assert done
        return done

    def _turn(self) -> bool:
        before = self.index.position
        batch = self.feed.changes(before, wait=timedelta())
        self.index.apply(batch.changes, position=batch.position)
        self.reconciler.turn(self.feed, self.index, batch)
        self.turns += 1
        return batch.position != before

    @property
    def found(self) -> list[str]:
        return ids(self.index.search(a_query(""), limit=100, now=NOW))


@pytest.fixture(params=[MemoryIndex, ColumnsIndex])
def day(request: pytest.FixtureRequest) -> Day:
    made = Day(request.param(), *(a_record(id=an_id(n)) for n in range(7)))
    made.catch_up()
    return made


def counts(done: Reconciled) -> tuple[int, int, int, int]:
    return done.missing, done.stale, done.different, done.extra


def drift(index: Index, *records: dict[str, Any]) -> None:
    """Let something happen to ``index`` that never should."""
    index.amend(map(Change.of, records))


def test_an_index_that_has_what_the_feed_has_is_left_alone(day: Day) -> None:
    done = day.reconcile()

    assert counts(done) == (0, 0, 0, 0)
    assert not done.drifted
    assert done.checked == 7
    assert day.found == [an_id(n) for n in range(7)]


@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        ([a_tombstone(an_id(3), version=1)], (1, 0, 0, 0)),
        ([a_tombstone(an_id(3), version=9)], (1, 0, 0, 0)),
        ([a_record(id=an_id(3), version=0)], (0, 1, 0, 0)),
        ([a_record(id=an_id(3), title="Other")], (0, 0, 1, 0)),
        ([a_record(id=an_id(99))], (0, 0, 0, 1)),
        ([a_tombstone(an_id(n), version=1) for n in range(7)], (7, 0, 0, 0)),
    ],
)
def test_what_has_drifted_is_counted_and_repaired(
    day: Day, harm: Iterable[dict[str, Any]], expected: tuple[int, ...]
) -> None:
    drift(day.index, *harm)

    done = day.reconcile()

    assert counts(done) == expected
    assert day.found == [an_id(n) for n in range(7)]
    assert day.index.search(a_query("other"), limit=1, now=NOW).total == 0
    assert counts(day.reconcile()) == (0, 0, 0, 0)


def test_what_should_be_deleted_is(day: Day) -> None:
    day.feed.publish(a_tombstone(an_id(2), version=5))
    day.catch_up()
    drift(day.index, a_record(id=an_id(2), version=4))

    assert counts(day.reconcile()) == (0, 1, 0, 0)
    assert an_id(2) not in day.found


def test_news_that_come_meanwhile_are_no_drift(day: Day) -> None:
    version = 1

    def news() -> None:
        nonlocal version
        version += 1
        if version < 9:
            day.feed.publish(
                a_record(id=an_id(version % 7), version=version),
                a_record(id=an_id(20 + version)),
                a_tombstone(an_id(19 + version), version=version),
            )

    done = day.reconcile(between=news)

    assert counts(done) == (0, 0, 0, 0)
    expected = {an_id(n) for n in (*range(7), 28)}
    assert set(day.found) == expected


def test_it_is_done_once_a_day_and_first_within_an_hour() -> None:
    day = Day(MemoryIndex(), a_record())
    day.catch_up()
    assert day.shared.reconciled() is None

    day.now += 3600
    day.catch_up()
    first = day.shared.reconciled()
    day.now += DAY.total_seconds() - 1
    day.catch_up()
    second = day.shared.reconciled()
    day.now += 1
    day.catch_up()

    assert first
    assert second == first
    assert day.shared.reconciled() != first
