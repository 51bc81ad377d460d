"""What an index that several processes search promises."""

from collections.abc import Callable
from pathlib import Path

import pytest

from search.adapters.columns_folder import ColumnsFolder
from search.adapters.memory_shared import MemoryShared
from search.domain.wallpaper import Change
from search.ports import Index, Reconciled, Shared
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids

Opened = Callable[[], Shared]


@pytest.fixture(params=["memory", "folder"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opened:
    """Opens the shared index of one task as another of its processes would."""
    if request.param == "memory":
        memory = MemoryShared()
        return lambda: memory
    return lambda: ColumnsFolder(tmp_path)


def take_in(index: Index, *records: dict[str, object], position: str = "7") -> None:
    index.apply(map(Change.of, records), position=position)


def found(shared: Shared) -> list[str]:
    published = shared.newest()
    assert published is not None
    return ids(published.index.search(a_query(""), limit=100, now=NOW))


def test_nothing_is_published_at_first(opened: Opened) -> None:
    assert opened().newest() is None
    assert (opened().open().size, opened().open().position) == (0, None)


def test_what_one_publishes_all_others_find(opened: Opened) -> None:
    keeper, reader = opened(), opened()
    index = keeper.open()
    take_in(index, a_record(id=an_id(1)), a_record(id=an_id(2)))
    keeper.publish(index, current=True)
    assert found(reader) == [an_id(1), an_id(2)]

    take_in(index, a_tombstone(an_id(1), version=2), a_record(id=an_id(3)))
    keeper.publish(index, current=True)

    assert found(reader) == [an_id(2), an_id(3)]
    assert found(opened()) == [an_id(2), an_id(3)]


def test_it_is_not_current_before_it_was_said_to_be(opened: Opened) -> None:
    keeper, reader = opened(), opened()
    index = keeper.open()

    keeper.publish(index, current=False)
    before = reader.newest()
    keeper.publish(index, current=True)
    after = reader.newest()
    keeper.publish(index, current=False)
    later = reader.newest()

    assert before
    assert before.current_at is None
    assert after
    assert later
    assert after.current_at is not None
    assert later.current_at == after.current_at


def test_who_takes_it_up_goes_on_from_what_was_published(opened: Opened) -> None:
    keeper = opened()
    index = keeper.open()
    take_in(index, a_record(id=an_id(1)), a_tombstone(an_id(2), version=9), position="p")
    keeper.publish(index, current=True)

    next_one = opened()
    again = next_one.open()
    assert (again.position, again.size) == ("p", 1)
    take_in(again, a_record(id=an_id(2), version=8), a_record(id=an_id(3)), position="q")
    next_one.publish(again, current=True)

    assert found(opened()) == [an_id(1), an_id(3)]


def test_another_index_takes_its_place_only_when_it_is_published(opened: Opened) -> None:
    keeper, reader = opened(), opened()
    index = keeper.open()
    take_in(index, a_record(id=an_id(1)))
    keeper.publish(index, current=True)

    other = keeper.empty()
    take_in(other, a_record(id=an_id(2)))
    assert found(reader) == [an_id(1)]
    keeper.publish(other, current=True)

    assert found(reader) == [an_id(2)]


def test_the_last_report_is_there_for_every_process(opened: Opened) -> None:
    assert opened().reconciled() is None
    first, second = (
        Reconciled(at, 1.5, checked=9, missing=0, stale=1, different=0, extra=0)
        for at in (1.0, 2.0)
    )

    opened().report(first)
    opened().report(second)

    assert opened().reconciled() == second
