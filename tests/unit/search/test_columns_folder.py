"""A folder of segments after everything that can happen to one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from search.adapters.columns_folder import ColumnsFolder
from search.adapters.columns_index import ColumnsIndex
from search.domain.wallpaper import Change
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids


def filled(folder: Path, *numbers: int) -> ColumnsFolder:
    """A folder in which an index of so many wallpapers is published, in segments of one."""
    keeper = ColumnsFolder(folder)
    index = keeper.open()
    for number in numbers:
        index.apply([Change.of(a_record(id=an_id(number)))], position=str(number))
    keeper.publish(index, current=True)
    return keeper


def files(folder: Path, pattern: str) -> set[str]:
    return {file.name for file in folder.glob(pattern)}


def used(folder: Path) -> set[str]:
    return {file.name for file in ColumnsFolder(folder).open().contents.files}


def test_what_is_merged_or_deleted_leaves_no_files_behind(tmp_path: Path) -> None:
    keeper = ColumnsFolder(tmp_path)
    index = keeper.open()
    for number in range(40):
        index.apply([Change.of(a_record(id=an_id(number)))], position=str(number))
        keeper.publish(index, current=True)
    deleted = (Change.of(a_tombstone(an_id(n), version=2)) for n in range(3000))
    index.apply(deleted, position="41")
    keeper.publish(index, current=True)

    there = files(tmp_path, "*.segment") | files(tmp_path, "*.gone") | files(tmp_path, "*.part")

    assert there == {file.name for file in index.contents.files}


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    filled(tmp_path, 1, 2)
    for name in ("0.segment", "1.part", "manifest.part", "2.gone"):
        (tmp_path / name).write_bytes(b"half")

    assert ColumnsFolder(tmp_path).open().size == 2

    assert files(tmp_path, "*.segment") == used(tmp_path)
    assert not files(tmp_path, "*.part") | files(tmp_path, "*.gone")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def garble(file: Path) -> None:
    file.write_bytes(b"\xff{")


@pytest.mark.parametrize("damage", [cut, garble, Path.unlink], ids=["cut", "garbled", "missing"])
@pytest.mark.parametrize("what", ["manifest.json", "*.segment"])
def test_what_is_damaged_is_not_taken_up_and_can_be_filled_again(
    tmp_path: Path, what: str, damage: Callable[[Path], None]
) -> None:
    filled(tmp_path, 1, 2)
    for file in tmp_path.glob(what):
        damage(file)

    keeper = ColumnsFolder(tmp_path)
    index = keeper.open()

    assert (index.size, index.position) == (0, None)
    assert not files(tmp_path, "*.segment")
    index.apply([Change.of(a_record(id=an_id(3)))], position="3")
    keeper.publish(index, current=True)
    newest = ColumnsFolder(tmp_path).newest()
    assert newest
    assert ids(newest.index.search(a_query(""), limit=9, now=NOW)) == [an_id(3)]


def test_an_index_that_is_searched_outlives_its_files(tmp_path: Path) -> None:
    keeper = filled(tmp_path, 1, 2)
    reader = ColumnsFolder(tmp_path)
    before = reader.newest()

    keeper.publish(keeper.empty(), current=True)

    assert not files(tmp_path, "*.segment")
    assert before
    assert before.index.search(a_query(""), limit=9, now=NOW).total == 2


def test_unchanged_segments_are_not_opened_again(tmp_path: Path) -> None:
    keeper = ColumnsFolder(tmp_path)
    index = keeper.open()
    index.apply([Change.of(a_record(id=an_id(n))) for n in range(100)], position="1")
    keeper.publish(index, current=True)
    reader = ColumnsFolder(tmp_path)
    first = reader.newest()
    index.apply([Change.of(a_record(id=an_id(200)))], position="2")
    keeper.publish(index, current=True)

    second = reader.newest()

    assert first
    assert second
    assert isinstance(first.index, ColumnsIndex)
    assert isinstance(second.index, ColumnsIndex)
    assert second.index.contents.parts[0].segment is first.index.contents.parts[0].segment


def test_a_beginning_task_has_to_catch_up_again(tmp_path: Path) -> None:
    filled(tmp_path, 1)

    ColumnsFolder(tmp_path).begin()

    newest = ColumnsFolder(tmp_path).newest()
    assert newest
    assert newest.current_at is None
