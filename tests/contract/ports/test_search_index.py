"""What every index of search promises."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.adapters.columns_index import ColumnsIndex
from search.adapters.memory_index import MemoryIndex
from search.domain.matching import matcher
from search.domain.order import Place, place
from search.domain.wallpaper import Change, Wallpaper
from search.ports import Index, TooSlow
from search.resolve import Audience, resolve
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids

NewIndex = Callable[[], Index]


def a_much_merged_index() -> Index:
    """Columns whose segments are merged in the background as soon as there are two."""
    return ColumnsIndex(at_once=0)


INDEXES: list[NewIndex] = [MemoryIndex, ColumnsIndex, a_much_merged_index]


@pytest.fixture(params=INDEXES)
def new_index(request: pytest.FixtureRequest) -> NewIndex:
    made: NewIndex = request.param
    return made


@pytest.fixture
def index(new_index: NewIndex) -> Index:
    return new_index()


def take_in(index: Index, *records: dict[str, Any]) -> None:
    index.apply(map(Change.of, records), position="7")


def found(index: Index, text: str) -> list[str]:
    return ids(index.search(a_query(text), limit=100, now=NOW))


def test_a_new_index_is_empty_and_stands_before_the_feed(index: Index) -> None:
    assert (index.position, index.size) == (None, 0)
    assert index.search(a_query(""), limit=10, now=NOW).total == 0


def test_what_was_taken_in_is_found_and_the_position_is_kept(index: Index) -> None:
    record = a_record(title="Pine")

    take_in(index, record)

    page = index.search(a_query("pine"), limit=10, now=NOW)
    assert [json.loads(document) for document in page.documents] == [record]
    assert (page.total, page.next, index.position, index.size) == (1, None, "7", 1)


def test_a_newer_version_takes_the_place_of_the_older(index: Index) -> None:
    take_in(index, a_record(title="Pine", tags=["forest"], version=1))

    take_in(index, a_record(title="Oak", tags=["park"], version=2))

    assert found(index, "pine OR #forest OR fores*") == []
    assert found(index, "oak #park") == ["22222222"]
    assert index.size == 1


@pytest.mark.parametrize("version", [1, 2])
def test_older_news_changes_nothing(index: Index, version: int) -> None:
    take_in(index, a_record(title="Oak", version=2))

    take_in(index, a_record(title="Pine", version=version))

    assert found(index, "oak") == ["22222222"]


def test_what_is_deleted_is_gone_and_older_news_do_not_bring_it_back(index: Index) -> None:
    take_in(index, a_record(title="Pine", version=1))

    take_in(index, a_tombstone("22222222", version=3), a_record(title="Pine", version=2))

    assert found(index, "pine") == []
    assert index.size == 0


def test_it_tells_what_it_has_of_wallpapers_that_can_be_found(index: Index) -> None:
    record = a_record(id=an_id(1), version=3)
    take_in(index, record, a_record(id=an_id(2)), a_tombstone(an_id(2), version=2))

    (held,) = index.known([an_id(1), an_id(2), an_id(3)]).values()

    assert (held.version, json.loads(held.document)) == (3, record)
    assert list(index.ids()) == [an_id(1)]
    assert index.known([]) == {}


def test_it_can_be_amended_whatever_version_it_knows(index: Index) -> None:
    take_in(index, a_record(id=an_id(1), version=3), a_record(id=an_id(2), version=3))

    index.amend([
        Change.of(a_record(id=an_id(1), version=3, title="Oak")),
        Change.of(a_tombstone(an_id(2), version=3)),
        Change.of(a_record(id=an_id(3), version=1)),
    ])  # fmt: skip
    index.amend([])

    assert found(index, "") == [an_id(1), an_id(3)]
    assert found(index, "oak") == [an_id(1)]
    take_in(index, a_record(id=an_id(2), version=3))
    assert found(index, "") == [an_id(1), an_id(3)]
    take_in(index, a_record(id=an_id(2), version=4))
    assert found(index, "") == [an_id(1), an_id(2), an_id(3)]


def test_what_is_hidden_can_come_back(index: Index) -> None:
    take_in(index, a_record(status="rejected", version=2))
    assert index.size == 0

    take_in(index, a_record(version=3))

    assert found(index, "") == ["22222222"]


def test_the_newest_come_first_and_the_id_decides_between_equals(index: Index) -> None:
    take_in(
        index,
        a_record(id=an_id(3)),
        a_record(id=an_id(1), created_at="2026-11-02T00:00:00.000Z"),
        a_record(id=an_id(2)),
    )

    assert found(index, "") == [an_id(1), an_id(2), an_id(3)]


@pytest.mark.parametrize("sort", ["new", "old", "random:k3", "res", "size:asc", "ratio"])
def test_pages_one_after_the_other_hold_everything_once(index: Index, sort: str) -> None:
    take_in(index, *(a_record(id=an_id(n), width=1000 + n % 3, bytes=n % 5) for n in range(23)))
    query = a_query(f"sort:{sort}")

    pages = [index.search(query, limit=5, now=NOW)]
    while (last := pages[-1].next) is not None:
        pages.append(index.search(query, limit=5, after=last, now=NOW))

    assert [len(page.documents) for page in pages] == [5, 5, 5, 5, 3]
    assert [page.total for page in pages] == [23] * 5
    in_one = ids(index.search(query, limit=100, now=NOW))
    assert [each for page in pages for each in ids(page)] == in_one
    assert len(set(in_one)) == 23


def test_a_full_last_page_is_known_to_be_the_last(index: Index) -> None:
    take_in(index, *(a_record(id=an_id(n)) for n in range(10)))

    first = index.search(a_query(""), limit=5, now=NOW)
    second = index.search(a_query(""), limit=5, after=first.next, now=NOW)

    assert first.next is not None
    assert second.next is None


def test_pages_neither_repeat_nor_skip_while_wallpapers_come_and_go(index: Index) -> None:
    dates = [f"2026-11-{day:02}T00:00:00.000Z" for day in range(1, 11)]
    take_in(index, *(a_record(id=an_id(n), created_at=date) for n, date in enumerate(dates)))
    first = index.search(a_query(""), limit=4, now=NOW)
    assert ids(first) == [an_id(n) for n in (9, 8, 7, 6)]

    take_in(index, a_record(id=an_id(99), created_at="2026-11-20T00:00:00.000Z"))
    take_in(index, a_tombstone(an_id(6), version=2), a_tombstone(an_id(4), version=2))
    second = index.search(a_query(""), limit=4, after=first.next, now=NOW)

    assert ids(second) == [an_id(n) for n in (5, 3, 2, 1)]


def test_a_page_may_start_where_nothing_stands(index: Index) -> None:
    take_in(index, a_record())

    assert ids(index.search(a_query(""), limit=4, after=Place(-(10.0**11), 0, ""), now=NOW)) != []
    assert ids(index.search(a_query(""), limit=4, after=Place(0.0, 0, ""), now=NOW)) == []


@pytest.fixture
def threads_take_turns_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("threads_take_turns_often")
def test_it_can_be_searched_while_changes_are_applied(index: Index) -> None:
    records = [a_record(id=an_id(n), tags=["forest"]) for n in range(60)]
    take_in(index, *records)
    totals: list[tuple[int, int]] = []
    mistakes: list[BaseException] = []
    done = False

    def search() -> None:
        try:
            while not done:
                page = index.search(a_query("#forest -#fog"), limit=20, now=NOW)
                totals.append((page.total, len(page.documents)))
        except BaseException as error:
            mistakes.append(error)

    searches = [Thread(target=search) for _ in range(2)]
    for thread in searches:
        thread.start()
    for version in range(2, 12):
        before = len(totals)
        take_in(index, *(record | {"version": version} for record in records))
        while len(totals) == before and not mistakes:  # none is asked between two changes only
            time.sleep(0)
    done = True
    for thread in searches:
        thread.join()

    assert mistakes == []
    assert set(totals) == {(60, 20)}


def test_it_counts_what_matches_and_what_matches_a_choice_too(index: Index) -> None:
    take_in(index, *(a_record(id=an_id(n), tags=["sea", "fog"][: n % 3]) for n in range(9)))
    choices = [a_query(text).where for text in ("#sea", "#fog", "#none", "-#fog")]

    where = a_query("plain").where

    assert index.count(where, now=NOW) == 9
    assert index.count_each(where, choices, now=NOW) == (6, 3, 0, 6)
    assert index.count_each(choices[1], choices, now=NOW) == (3, 3, 0, 0)


def test_it_completes_what_those_have_that_count(index: Index) -> None:
    records = [a_record(id=an_id(n), tags=["sea", "seal", "fog"][: n % 4]) for n in range(8)]
    take_in(index, *records, a_record(id=an_id(9), rating="explicit", tags=["seaside"]))
    take_in(index, a_tombstone(an_id(3), version=2))

    def completed(field: str, prefix: str, where: str, limit: int = 9) -> list[tuple[str, int]]:
        found = index.complete(field, prefix, where=a_query(where).where, limit=limit, now=NOW)
        return [(each.text, each.count) for each in found]

    assert completed("tag", "sea", "rating:safe") == [("sea", 5), ("seal", 3)]
    assert completed("tag", "sea", "") == [("sea", 5), ("seal", 3), ("seaside", 1)]
    assert completed("tag", "", "", limit=2) == [("sea", 5), ("seal", 3)]
    assert completed("license", "cc", "rating:safe") == [("cc0-1.0", 7)]
    assert completed("user", "x", "") == []


def test_it_knows_words_that_are_one_slip_away_unless_the_word_is_there(index: Index) -> None:
    titles = ["forest", "forest", "forests", "florist", "forst", "foret"]
    take_in(index, *(a_record(id=an_id(n), title=title) for n, title in enumerate(titles)))
    take_in(index, a_tombstone(an_id(4), version=2))

    assert index.near("forset", limit=9) == ("forest", "foret")
    assert index.near("fores", limit=9) == ("forest", "foret")
    assert index.near("forst", limit=1) == ("forest",)
    assert index.near("forest", limit=9) == ()


def test_some_can_be_left_out_before_a_page(index: Index) -> None:
    take_in(index, *(a_record(id=an_id(n), views=n % 4) for n in range(12)))
    query = a_query("sort:views")
    everything = ids(index.search(query, limit=100, now=NOW))

    page = index.search(query, limit=3, skip=5, now=NOW)

    assert ids(page) == everything[5:8]
    assert page.next is not None
    assert ids(index.search(query, limit=3, after=page.next, skip=1, now=NOW)) == everything[9:]
    assert index.search(query, limit=3, skip=50, now=NOW).documents == ()


@pytest.mark.parametrize("text", ["", "plain", "-plain (a OR b) sort:hot", "sort:views"])
def test_it_stops_when_nobody_waits_any_more(index: Index, text: str) -> None:
    take_in(index, *(a_record(id=an_id(n)) for n in range(3)))
    query = a_query(text)

    def give_up() -> None:
        raise TooSlow

    with pytest.raises(TooSlow):
        index.search(query, limit=3, now=NOW, check=give_up)
    with pytest.raises(TooSlow):
        index.count(query.where, now=NOW, check=give_up)
    with pytest.raises(TooSlow):
        index.count_each(query.where, [query.where], now=NOW, check=give_up)


_records = st.builds(
    lambda number, **changes: a_record(id=an_id(number), **changes),
    st.integers(0, 40),
    version=st.integers(1, 4),
    status=st.sampled_from(["live", "live", "live", "rejected"]),
    title=st.sampled_from(["Pine ridge", "Ridge pine", "Blue hour", "Sea", "夜景", ""]),
    description=st.sampled_from([None, "pine in the fog", "Sea of fog"]),
    tags=st.lists(st.sampled_from(["forest", "blue hour", "fog", "sea"]), unique=True),
    uploader=st.sampled_from(["ada", "bob"]),
    category=st.sampled_from(["nature", "city"]),
    rating=st.sampled_from(["safe", "sketchy"]),
    type=st.sampled_from(["image/jpeg", "image/png"]),
    ai=st.sampled_from(["yes", "no"]),
    width=st.sampled_from([1920, 2560, 3840]),
    height=st.sampled_from([1080, 2160, 3840]),
    bytes=st.integers(1, 10),
    palette=st.lists(
        st.builds(
            lambda hex_, share: {"hex": hex_, "share": share},
            st.integers(0, 2**24 - 1).map(lambda colour: f"#{colour:06x}"),
            st.sampled_from([0.02, 0.3, 0.5]),
        ),
        max_size=4,
    ),
    lum=st.sampled_from([0.2, 0.4, 0.5, 0.7, 0.9]),
    oled=st.sampled_from([0.0, 0.6]),
    license=st.sampled_from(["cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0"]),
    creator=st.sampled_from([None, "Ada Lovelace", "Adam Ada"]),
    source=st.sampled_from([None, "https://apod.nasa.gov/x", "https://esa.int"]),
    dhash=st.sampled_from(["0" * 16, "f" * 6 + "0" * 10, "f" * 16]),
    phash=st.sampled_from(["0" * 16, "1" * 16, "f" * 16]),
    views=st.integers(0, 3),
    downloads=st.integers(0, 3),
    favorites=st.sampled_from([0, 1, 20_000]),
    days=st.dictionaries(
        st.integers(1, 23).map(lambda day: f"2026-11-{day:02}"),
        st.tuples(st.integers(0, 3), st.integers(0, 1)).map(list),
        max_size=4,
    ),
    sha256=st.sampled_from(["0" * 64, "0" * 63 + "1", "1" * 64]),
    created_at=st.integers(1, 20).map(lambda day: f"2026-11-{day:02}T00:00:00.000Z"),
)
_clauses = st.sampled_from(
    [
        "pine",
        "ridge",
        "fog",
        "sea*",
        "pi*",
        "blu ho*",
        '"pine ridge"',
        '"fog ri"*',
        "夜",
        "nothing",
        "#forest",
        "#sea,fog",
        "tag:f*",
        '#"blue hour"',
        "@ada",
        "cat:nature,city",
        "rating:safe",
        "type:png",
        "ai:no",
        "ratio:portrait",
        "tone:dark,light",
        "age:<9d",
        "color:navy",
        "color:#808080~30%",
        "color:red,white",
        f"id:{an_id(3)}",
        "user:a*",
        "views:>1",
        "downloads:1..2",
        "favs:>=10k",
        "has:source,description",
        "is:new",
        "is:live",
        "is:pending",
        "in:holidays",
        "fav:me",
        *(f"similar:{an_id(n)},{an_id(n + 1)}" for n in range(0, 8, 2)),
        *(f"like:{an_id(n)}" for n in range(4)),
        "forrst",
    ]
)


def _colours(text: str) -> int:
    return text.count("color:") + text.count("red,white")


_queries = st.recursive(
    _clauses,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(" ".join),
        st.lists(parts, min_size=2, max_size=3).map(lambda each: f"({' OR '.join(each)})"),
        parts.map(lambda part: f"-({part})"),
    ),
    max_leaves=6,
).filter(lambda text: text.count("(") < 4 and _colours(text) <= 5)
_sorts = st.sampled_from(
    [
        *(
            "new",
            "old",
            "random:k3",
            "res",
            "res:asc",
            "similar",
            "similar:asc",
            "size",
            "ratio:asc",
            "views",
            "downloads:asc",
        ),
        *("favs", "hot", "hot:asc", "top:1d", "top:1w", "top:1M:asc", "top:all", "relevance"),
        *("relevance:asc", "color", "color:asc"),
    ]
)


@pytest.mark.parametrize("made", INDEXES)
@given(
    records=st.lists(_records, max_size=40),
    at_a_time=st.integers(1, 40),
    text=_queries,
    sort=_sorts,
)
@settings(max_examples=300, deadline=None)
def test_it_finds_what_matching_says_in_the_order_that_was_asked(
    made: NewIndex, records: list[dict[str, Any]], at_a_time: int, text: str, sort: str
) -> None:
    index = made()
    latest: dict[str, dict[str, Any]] = {}
    for record in records:
        if record["version"] > latest.get(record["id"], {"version": 0})["version"]:
            latest[record["id"]] = record

    for begin in range(0, len(records), at_a_time):
        take_in(index, *records[begin : begin + at_a_time])
    question = resolve(f"{text} sort:{sort}", index, audience=Audience.MEMBER, now=NOW)
    page = index.search(question.asked, limit=100, now=NOW)

    test = matcher(question.wanted, now=NOW)
    live = [Wallpaper.of(each) for each in latest.values() if each["status"] == "live"]
    expected = sorted(filter(test, live), key=place(question.sort))
    assert ids(page) == [wallpaper.id for wallpaper in expected]
    assert page.total == len(expected)
    assert index.size == len(live)
    placed = place(question.sort)
    asked = [each.id for each in expected]
    assert index.keys(question.sort, [*asked, "absent22"]) == pytest.approx(
        {each.id: placed(each).key for each in expected}
    )
