"""Snapshots, and everything that can be wrong with one."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import zstandard

from search.adapters import columns_snapshots
from search.adapters.columns_folder import ColumnsFolder
from search.adapters.columns_snapshots import ColumnsSnapshots
from search.adapters.memory_objects import MemoryObjects
from search.domain.wallpaper import Change
from search.ports import Index, SnapshotUnavailable
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids

EVERY = timedelta(minutes=10)
LIST = "snapshots.json"


class Task:
    """A task with a folder of its own, and a clock that only moves when told to."""

    def __init__(self, objects: MemoryObjects, folder: Path) -> None:
        self.now = 1_000_000_000.0
        self.folder = folder
        self.shared = ColumnsFolder(folder)
        self.snapshots = ColumnsSnapshots(objects, folder, every=EVERY, clock=lambda: self.now)
        self.index = self.shared.open()

    def take_in(self, *records: dict[str, object], position: str) -> None:
        self.index.apply(map(Change.of, records), position=position)
        self.shared.publish(self.index, current=True)

    def save(self, after: timedelta = timedelta()) -> bool:
        self.now += after.total_seconds()
        published = ColumnsFolder(self.folder).newest()
        assert published
        return self.snapshots.save(published.index)

    def restored(self) -> Index:
        self.snapshots.restore()
        return self.shared.open()


@pytest.fixture
def objects() -> MemoryObjects:
    return MemoryObjects()


@pytest.fixture
def task(objects: MemoryObjects, tmp_path: Path) -> Task:
    return Task(objects, tmp_path / "one")


@pytest.fixture
def other(objects: MemoryObjects, tmp_path: Path) -> Task:
    return Task(objects, tmp_path / "other")


@pytest.fixture
def third(objects: MemoryObjects, tmp_path: Path) -> Task:
    return Task(objects, tmp_path / "third")


def found(index: Index) -> list[str]:
    return ids(index.search(a_query(""), limit=100, now=NOW))


def test_another_task_begins_with_what_one_has_saved(task: Task, other: Task) -> None:
    task.take_in(*(a_record(id=an_id(n)) for n in range(5)), position="5")
    task.take_in(a_tombstone(an_id(0), version=9), a_record(id=an_id(7)), position="7")

    assert task.save()
    index = other.restored()

    assert (found(index), index.position) == ([an_id(n) for n in (1, 2, 3, 4, 7)], "7")
    index.apply([Change.of(a_record(id=an_id(0), version=8))], position="8")
    assert an_id(0) not in found(index)


def test_files_of_many_blocks_come_back_as_they_were(
    task: Task, other: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns_snapshots, "_BLOCK", 1000)
    task.take_in(*(a_record(id=an_id(n), title=f"Pine {n}") for n in range(50)), position="1")

    task.save()
    index = other.restored()

    assert index.search(a_query("pine"), limit=1, now=NOW).total == 50


def test_without_a_snapshot_there_is_none(task: Task) -> None:
    with pytest.raises(SnapshotUnavailable):
        task.snapshots.restore()


def test_it_is_saved_again_when_it_is_time_and_something_has_changed(
    task: Task, other: Task
) -> None:
    task.take_in(a_record(), position="1")
    assert task.save()
    other.take_in(a_record(), position="9")

    assert not task.save(after=EVERY), "nothing has changed"
    task.take_in(a_record(version=2), position="2")
    assert not task.save(after=-timedelta(seconds=1)), "too early"
    assert not other.save(after=EVERY), "too early for another task"
    assert task.save(after=timedelta(seconds=1))
    assert other.save(after=2 * EVERY)


def test_what_is_there_is_not_put_again_and_what_nothing_names_is_deleted(
    task: Task, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns_snapshots, "_GRACE", -timedelta(days=40_000))
    put: list[str] = []
    really_put = objects.put

    def counted(key: str, body: bytes) -> None:
        put.append(key)
        really_put(key, body)

    monkeypatch.setattr(objects, "put", counted)
    task.take_in(*(a_record(id=an_id(n)) for n in range(100)), position="1")
    task.save()
    for number in range(100, 108):
        task.take_in(a_record(id=an_id(number)), position=str(number))
        task.save(after=EVERY)

    assert len(put) == len(set(put))
    named = {
        f"blocks/{block}"
        for snapshot in json.loads(objects.get(LIST)[0])
        for blocks in snapshot["files"].values()
        for block in blocks
    }
    assert set(objects.keys("blocks/")) == named
    assert len(json.loads(objects.get(LIST)[0])) == 3


def test_a_young_block_that_nothing_names_is_left_to_whoever_is_putting_it(
    task: Task, objects: MemoryObjects
) -> None:
    task.now = NOW.timestamp()
    objects.put("blocks/of-another-task", b"")
    task.take_in(a_record(), position="1")

    task.save()

    assert "blocks/of-another-task" in objects.keys("blocks/")


def test_two_tasks_that_save_at_once_do_no_harm(
    task: Task, other: Task, third: Task, objects: MemoryObjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    task.take_in(a_record(id=an_id(1)), position="1")
    other.take_in(a_record(id=an_id(1)), position="1")
    both = Barrier(2)
    really_swap = objects.swap

    def together(key: str, body: bytes, *, before: str | None) -> None:
        both.wait(10)
        really_swap(key, body, before=before)

    monkeypatch.setattr(objects, "swap", together)
    saved: list[bool] = []

    def save(each: Task) -> None:
        saved.append(each.save())

    threads = [Thread(target=save, args=(each,)) for each in (task, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(saved) == [False, True]
    assert found(third.restored()) == [an_id(1)]


def missing(objects: MemoryObjects, key: str) -> None:
    objects.delete(key)


def empty(objects: MemoryObjects, key: str) -> None:
    objects.put(key, b"")


def cut(objects: MemoryObjects, key: str) -> None:
    objects.put(key, objects.get(key)[0][:-9])


def of_others(objects: MemoryObjects, key: str) -> None:
    objects.put(key, zstandard.ZstdCompressor().compress(b"something else"))


def endless(objects: MemoryObjects, key: str) -> None:
    objects.put(key, zstandard.ZstdCompressor().compress(b"\0" * 64_000_000))


@pytest.mark.parametrize("harm", [missing, empty, cut, of_others, endless])
def test_what_is_damaged_is_noticed_and_the_one_before_is_taken(
    harm: Callable[[MemoryObjects, str], None], task: Task, other: Task, objects: MemoryObjects
) -> None:
    task.take_in(a_record(id=an_id(1)), position="1")
    task.save()
    before = set(objects.keys("blocks/"))
    task.take_in(a_record(id=an_id(2)), position="2")
    task.save(after=EVERY)
    (new, *_) = set(objects.keys("blocks/")) - before

    harm(objects, new)

    index = other.restored()
    assert (found(index), index.position) == ([an_id(1)], "1")


@pytest.mark.parametrize(
    "list_", [b"", b"{", b"7", b"{}", b"[7]", b'[{"taken_at": 1}]', b"\xff", b"[" * 100_000]
)
def test_a_list_that_cannot_be_understood_is_none_and_is_replaced(
    list_: bytes, task: Task, objects: MemoryObjects
) -> None:
    objects.put(LIST, list_)

    with pytest.raises(SnapshotUnavailable):
        task.snapshots.restore()

    task.take_in(a_record(), position="1")
    assert task.save()
    assert len(json.loads(objects.get(LIST)[0])) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/b.segment", ".."])
def test_a_list_cannot_name_a_file_elsewhere(
    name: str, task: Task, other: Task, objects: MemoryObjects
) -> None:
    task.take_in(a_record(), position="1")
    task.save()
    (snapshot,) = json.loads(objects.get(LIST)[0])
    (file,) = snapshot["files"]
    text = json.dumps([snapshot]).replace(json.dumps(file), json.dumps(name))
    objects.put(LIST, text.encode())

    with pytest.raises(SnapshotUnavailable):
        other.snapshots.restore()


def test_what_is_older_than_media_remembers_is_not_taken(task: Task, other: Task) -> None:
    task.take_in(a_record(), position="1")
    task.save()

    other.now += timedelta(days=26).total_seconds()

    with pytest.raises(SnapshotUnavailable):
        other.snapshots.restore()
