"""What columns and bitmaps are made of; the promises of the whole are tests/contract/ports's."""

import random
from bisect import bisect_left
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.adapters.columns import archive
from search.adapters.columns.bitmaps import numbers, of_mask, of_sorted, of_unsorted
from search.adapters.columns.names import Names, arrays_of
from search.adapters.columns.recent import Recent
from search.adapters.columns_index import ColumnsIndex
from search.adapters.memory_index import MemoryIndex
from search.domain.wallpaper import Change
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids


@given(st.integers(1, 200_000), st.integers(0, 2**32), st.floats(0, 1))
@example(65_536, 1, 1.0)
@example(65_537, 1, 0.0625)
@example(1, 1, 0.0)
@example(200_000, 1, 0.05)
@example(1_000_000, 1, 0.03)
def test_a_bitmap_holds_what_its_mask_says(end: int, seed: int, part: float) -> None:
    mask = np.random.default_rng(seed).random(end) < part
    held = np.flatnonzero(mask)

    assert numbers(of_mask(mask)).tolist() == held.tolist()
    assert of_sorted(held) == of_mask(mask)
    assert of_unsorted(np.concatenate((held[::-1], held[:9])), end) == of_mask(mask)


def test_arrays_and_texts_come_back_as_they_were_written(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "none": np.zeros(0, dtype="S8")}
    texts = [b"pine", b"", "夜景".encode() * 9000]

    archive.write(tmp_path / "a", arrays, texts)

    held, read, _ = archive.opened(tmp_path / "a")
    assert held["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (held["none"].dtype, held["none"].shape) == (np.dtype("S8"), (0,))
    starts = held["texts.starts"]
    assert [bytes(held["texts"][starts[n] : starts[n + 1]]) for n in range(3)] == texts
    assert read.chosen([2, 0, 1]) == [texts[2], texts[0], texts[1]]
    assert not any(array.flags.writeable for array in held.values())
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("left", [0, 7, 15, 16, 100, -17, -1])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, left: int) -> None:
    archive.write(tmp_path / "a", {"a": np.arange(1000)}, [b"pine"])
    whole = (tmp_path / "a").read_bytes()

    (tmp_path / "a").write_bytes(whole[:left])

    with pytest.raises(archive.Damaged, match="'a' is not a whole file"):
        archive.opened(tmp_path / "a")


def test_what_is_opened_can_be_read_after_its_file_is_gone(tmp_path: Path) -> None:
    archive.write(tmp_path / "a", {"a": np.arange(100_000)}, [b"pine"])
    held, read, _ = archive.opened(tmp_path / "a")

    (tmp_path / "a").unlink()

    assert held["a"].sum() == 4_999_950_000
    assert read.chosen([0]) == [b"pine"]


@given(st.lists(st.integers(0, 199)))
def test_texts_are_read_in_the_order_that_is_asked(
    file_of_texts: archive.Texts, which: list[int]
) -> None:
    assert file_of_texts.chosen(which) == [b"%d" % number * (number % 7) for number in which]


@pytest.fixture(scope="module")
def file_of_texts(tmp_path_factory: pytest.TempPathFactory) -> archive.Texts:
    file = tmp_path_factory.mktemp("texts") / "a"
    archive.write(file, {}, (b"%d" % number * (number % 7) for number in range(200)))
    return archive.opened(file).texts


NAMES = st.lists(
    st.text(st.characters(exclude_characters="", exclude_categories=()), max_size=4), max_size=300
)


@given(NAMES, st.text(max_size=3))
def test_names_stand_where_a_sorted_list_has_them(some: list[str], other: str) -> None:
    plain = sorted(set(some))

    names = Names(arrays_of(plain))

    assert (list(names), len(names)) == (plain, len(plain))
    assert [names[at] for at in range(len(plain))] == plain
    assert [names.place(name) for name in plain] == list(range(len(plain)))
    assert names.first_from(other) == bisect_left(plain, other)
    assert names.place(other) == (plain.index(other) if other in plain else None)


def test_the_oldest_answer_is_forgotten_first() -> None:
    worked_out: list[str] = []
    recent: Recent[str, int] = Recent(2)

    def answer(question: str) -> int:
        worked_out.append(question)
        return len(worked_out)

    for question in ["a", "b", "a", "c", "a", "b"]:
        recent.answer(question, partial(answer, question))

    assert worked_out == ["a", "b", "c", "b"]


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 200), (3, 5), (60, 130), (64, 128)])
def test_names_are_read_one_after_the_other(first: int, last: int) -> None:
    every = [f"{number:03}" for number in range(200)]

    assert list(Names(arrays_of(every)).among(range(first, last))) == every[first:last]


def test_so_much_is_kept_as_was_said_by_weight() -> None:
    recent: Recent[str, str] = Recent(5, len)
    worked_out: list[str] = []

    def answer(question: str) -> str:
        worked_out.append(question)
        return question

    for question in ["aaa", "bb", "aaa", "cccccc", "cccccc", "d"]:
        assert recent.answer(question, partial(answer, question)) == question

    assert worked_out == ["aaa", "bb", "cccccc", "d"]
    assert recent.answer("aaa", partial(answer, "aaa")) == "aaa"
    assert worked_out[-1] == "aaa"


def test_what_changes_while_segments_are_merged_stays_changed() -> None:
    index = ColumnsIndex(at_once=0)
    dates = [f"2026-11-{day:02}T00:00:00.000Z" for day in range(1, 21)]

    for version in range(1, 6):
        for begin in range(0, 200, 20):
            changed = [
                a_record(
                    id=an_id(n), version=version, title=f"V{version}", created_at=dates[n % 20]
                )
                for n in range(begin, begin + 20)
            ]
            gone = a_tombstone(an_id(begin), version=version)
            index.apply(map(Change.of, [*changed[1:], gone]), position="1")
    index.settle()

    assert index.size == 190
    assert index.search(a_query("v5"), limit=1, now=NOW).total == 190
    assert index.search(a_query("-v5"), limit=1, now=NOW).total == 0


def test_what_many_segments_have_is_counted_as_of_one() -> None:
    draw = random.Random(5)
    index, memory = ColumnsIndex(at_once=0), MemoryIndex()
    for version, count in enumerate((400, 60, 20, 5), 1):
        changed = [
            Change.of(
                a_record(
                    id=an_id(n),
                    version=version,
                    tags=sorted(
                        {"s" * draw.randint(1, 4) + draw.choice("aeio"[:version]) for _ in range(4)}
                    ),
                    rating=draw.choice(["safe", "safe", "explicit"]),
                )
            )
            for n in draw.sample(range(400 if version == 1 else 420), count)
        ]
        for each in (index, memory):
            each.apply(changed, position="1")
    index.settle()
    assert len(index.contents.parts) == 4
    assert any(part.dead for part in index.contents.parts)

    for where in (a_query("").where, a_query("rating:safe").where):
        for begun in ("", "s", "ss", "sssa", "x"):
            for limit in (1, 5, 40):
                asked = {"where": where, "limit": limit, "now": NOW}
                found = index.complete("tag", begun, **asked)  # type: ignore[arg-type]
                assert found == memory.complete("tag", begun, **asked)  # type: ignore[arg-type]
        choices = [a_query(text).where for text in ("tag:sa", "sso", "age:<9y", "rating:safe", "")]
        assert index.count_each(where, choices, now=NOW) == memory.count_each(
            where, choices, now=NOW
        )


def test_all_become_one_segment_if_enough_is_beside_the_largest() -> None:
    index = ColumnsIndex(at_once=0)
    for begin, end in [(0, 100), (100, 103), (103, 104)]:
        some = [Change.of(a_record(id=an_id(n))) for n in range(begin, end)]
        index.apply(some, position="1")

    index.unite()
    index.settle()
    assert [part.size for part in index.contents.parts] == [100, 3, 1]

    index.apply([Change.of(a_record(id=an_id(n), version=2)) for n in range(6)], position="2")
    index.settle()
    index.unite()
    index.apply([Change.of(a_record(id=an_id(50), version=2, title="late"))], position="3")
    index.settle()
    assert [part.size for part in index.contents.parts] == [103, 1]
    assert index.search(a_query("late"), limit=1, now=NOW).total == 1


def test_pages_go_on_through_segments_as_through_one() -> None:
    records = [
        a_record(id=an_id(n), width=1000 + n % 7, created_at=f"2026-11-{n % 9 + 1:02}T00:00:00Z")
        for n in range(120)
    ]
    many, one = ColumnsIndex(at_once=0), ColumnsIndex()
    one.apply(map(Change.of, records), position="1")
    for begin, end in [(0, 80), (80, 110), (110, 119), (119, 120)]:
        many.apply(map(Change.of, records[begin:end]), position="1")

    for sort in ["new", "old", "res", "res:asc", "hot", "random:k3"]:
        query = a_query(f"sort:{sort}")
        page = many.search(query, limit=50, now=NOW)
        other = one.search(query, limit=50, now=NOW)
        assert (ids(page), page.next) == (ids(other), other.next)
        page = many.search(query, limit=50, after=page.next, now=NOW)
        assert ids(page) == ids(one.search(query, limit=50, after=other.next, now=NOW))


def test_searches_go_on_while_large_segments_are_merged() -> None:
    index = ColumnsIndex(at_once=0)
    totals: set[int] = set()
    done = False

    def search() -> None:
        while not done:
            totals.add(index.search(a_query("plain"), limit=5, now=NOW).total)

    index.apply([Change.of(a_record(id=an_id(n))) for n in range(500)], position="1")
    searching = Thread(target=search)
    searching.start()
    for version in range(2, 6):
        changes = [Change.of(a_record(id=an_id(n), version=version)) for n in range(500)]
        index.apply(changes, position="1")
    index.settle()
    done = True
    searching.join()

    assert totals <= {500}
