"""What a visitor typed becomes a question that an index can be asked."""

from datetime import timedelta
from typing import Any

import pytest

from search.adapters.memory_index import MemoryIndex
from search.domain.cursor import Cursor, InvalidCursor
from search.domain.parser import parse_query
from search.domain.sort import Sort
from search.domain.wallpaper import Change
from search.find import Found, find_wallpapers
from search.ports import Index
from search.resolve import Audience, Question, resolve
from tests.support.search_builders import NOW, a_record, a_tombstone, an_id, an_index, ids


def asked(text: str, index: Index, **how: Any) -> Question:
    given: dict[str, Any] = {"audience": Audience.ANYONE, "now": NOW}
    return resolve(text, index, **(given | how))


def found(text: str, index: Index, **how: Any) -> Found:
    limit, after = how.pop("limit", 100), how.get("after")
    return find_wallpapers(asked(text, index, **how), index, limit=limit, after=after)


def warned(text: str, index: Index, **how: Any) -> list[tuple[str, int, int, str | None]]:
    return [
        (each.code, each.position, each.length, each.suggestion)
        for each in asked(text, index, **how).warnings
    ]


def alike() -> MemoryIndex:
    """Four wallpapers that differ from the first in 0, 6, 40 and 64 bits."""
    hashes = [("0" * 16, "0" * 16), ("f" + "0" * 15, "3" + "0" * 15)]
    hashes += [("f" * 5 + "0" * 11, "f" * 5 + "0" * 11), ("f" * 16, "0" * 16)]
    return an_index(
        *(
            a_record(id=an_id(n), dhash=dhash, phash=phash, tags=["sea", "fog"][: n % 3])
            for n, (dhash, phash) in enumerate(hashes)
        )
    )


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("", "new"),
        ("#sea", "new"),
        ("-plain", "new"),
        ("color:red", "new"),
        ("plain", "relevance"),
        ("-(sea plain) plai*", "relevance"),
        ("colr:red", "relevance"),
        (f"similar:{an_id(1)}", "similar"),
        (f"like:{an_id(1)}", "relevance"),
        (f"plain similar:{an_id(1)}", "relevance"),
        ("plain sort:old", "old"),
    ],
)
def test_the_order_is_the_usual_one_for_what_is_asked(text: str, sort: str) -> None:
    assert str(asked(text, alike()).sort) == sort


def test_similar_finds_what_looks_alike_the_most_alike_first_and_not_itself() -> None:
    index = alike()

    assert ids(found(f"similar:{an_id(0)}", index).page) == [an_id(1), an_id(2)]
    assert ids(found(f"similar:{an_id(0)} #sea", index).page) == [an_id(1), an_id(2)]
    assert ids(found(f"similar:{an_id(0)} -#fog", index).page) == [an_id(1)]
    assert ids(found(f"-similar:{an_id(0)} sort:old", index).page) == [an_id(0), an_id(3)]
    assert str(found(f"similar:{an_id(0)}", index).question.query) == f"similar:{an_id(0)}"


def test_among_those_that_differ_in_as_many_bits_the_nearest_colours_come_first() -> None:
    red, pink, blue = ([{"hex": hex_, "share": 1.0}] for hex_ in ("#ff0000", "#ff3040", "#0000ff"))
    index = an_index(
        a_record(id=an_id(1), palette=red),
        a_record(id=an_id(2), palette=blue),
        a_record(id=an_id(3), palette=pink),
    )

    assert ids(found(f"similar:{an_id(1)}", index).page) == [an_id(3), an_id(2)]


def test_like_finds_what_shares_tags_the_rarest_shared_first() -> None:
    index = an_index(
        a_record(id=an_id(1), tags=["sea", "heron"]),
        a_record(id=an_id(2), tags=["sea"]),
        a_record(id=an_id(3), tags=["heron"]),
        a_record(id=an_id(4), tags=["sea", "boat"]),
        a_record(id=an_id(5), tags=["boat"]),
    )

    page = found(f"like:{an_id(1)}", index).page

    assert ids(page) == [an_id(3), an_id(2), an_id(4)]


@pytest.mark.parametrize("field", ["similar", "like"])
def test_what_may_not_be_seen_is_as_if_it_were_not_there(field: str) -> None:
    index = an_index(a_record(tags=["a"]), a_record(id=an_id(1), rating="explicit", tags=["a"]))
    text = f"plain {field}:{an_id(1)}"

    question = asked(text, index)

    expected = ("unknown-wallpaper", 6, len(text) - 6, None)
    assert warned(text, index) == [expected]
    assert ids(found(text, index).page) == []
    assert str(question.query) == text
    assert asked(text, index, audience=Audience.MEMBER).warnings == ()


@pytest.mark.parametrize(
    ("text", "warning", "total"),
    [
        ("in:holidays", ("no-collections", 0, 11, None), 0),
        ("plain -fav:me", ("no-collections", 7, 6, None), 1),
        ("is:pending", ("not-searched", 0, 10, None), 0),
        ("is:live,rejected", ("not-searched", 0, 16, None), 1),
    ],
)
def test_what_cannot_be_found_yet_is_told_and_taken_at_its_word(
    text: str, warning: tuple[str, int, int, None], total: int
) -> None:
    index = an_index(a_record())

    assert warned(text, index) == [warning]
    assert found(text, index).page.total == total
    assert str(asked(text, index).query) == text


@pytest.mark.parametrize("mode", ["relevance", "color", "similar"])
def test_an_order_by_what_is_not_asked_for_is_told(mode: str) -> None:
    question = asked(f"#sea sort:{mode}", an_index(a_record()))

    assert [(each.code, each.position) for each in question.warnings] == [
        ("sort-without-subject", 5)
    ]
    assert str(question.query) == "tag:sea"
    assert question.sort == Sort()


def test_a_slip_of_the_finger_is_forgiven_and_told() -> None:
    index = an_index(a_record(title="Deep forest"), a_record(id=an_id(1), title="The sea"))

    assert ids(found("deep forset", index).page) == ["22222222"]
    assert warned("deep forset", index) == [("respelled", 5, 6, "forest")]
    question = asked("deep forset", index)
    assert str(question.query) == "deep forest"
    assert parse_query(str(question.query)).query == question.query


@pytest.mark.parametrize("text", ["see", "forests", '"deep forset"', "-forset", "forse*", "f0rest"])
def test_and_what_is_none_is_left_as_it_is(text: str) -> None:
    index = an_index(a_record(title="Deep forest, forests"), a_record(id=an_id(1), title="The sea"))

    assert warned(text, index) == []


def test_respelling_stays_within_the_clauses_of_a_search() -> None:
    index = an_index(a_record(title="forest foresty florest"))

    question = asked(" ".join(["forset"] * 32), index)

    assert parse_query(str(question.query)).query == question.query


def test_weights_of_words_stay_what_they_were_on_the_first_page() -> None:
    index = an_index(
        *(a_record(id=an_id(n), title="sea" if n % 2 else "fog sea") for n in range(10))
    )
    first = found("sea OR fog", index, limit=4)
    others = (a_record(id=an_id(99 + n), title="fog") for n in range(200))
    index.apply(map(Change.of, others), position="2")

    second = found("sea OR fog", index, limit=300, after=first.next)

    assert second.question.sort == first.question.sort
    seen = ids(first.page) + ids(second.page)
    assert len(seen) == len(set(seen))
    assert {an_id(n) for n in range(10)} <= set(seen)


def test_ages_stay_what_they_were_on_the_first_page() -> None:
    index = an_index(
        *(a_record(id=an_id(n), created_at=f"2026-11-{n:02}T00:00:00.000Z") for n in range(17, 24))
    )
    first = found("age:<7d sort:new", index, limit=3)

    later = NOW + timedelta(days=3)
    second = found("age:<7d sort:new", index, after=first.next, now=later)

    assert first.page.total == second.page.total == 7
    assert len(ids(second.page)) == 4


def test_a_cursor_with_weights_of_another_search_is_refused() -> None:
    index = an_index(*(a_record(id=an_id(n)) for n in range(3)))
    cursor = found("plain", index, limit=1).next
    assert cursor is not None
    forged = Cursor(cursor.query, cursor.place, weights=(1, 2, 3))

    with pytest.raises(InvalidCursor):
        found("plain", index, after=forged)


def test_pages_go_on_where_the_last_one_of_a_page_has_gone() -> None:
    index = an_index(*(a_record(id=an_id(n), views=n % 3) for n in range(9)))
    first = found("sort:views", index, limit=4)
    gone = ids(first.page)[-1]
    index.apply([Change.of(a_tombstone(gone, version=2))], position="2")

    second = found("sort:views", index, after=first.next)

    assert {*ids(first.page), *ids(second.page)} == {an_id(n) for n in range(9)}
    assert len(ids(second.page)) == 5


def test_a_page_by_its_number_is_the_one_that_cursors_lead_to() -> None:
    index = an_index(*(a_record(id=an_id(n), views=n % 3) for n in range(9)))
    question = asked("sort:views", index)
    first = find_wallpapers(question, index, limit=4)

    by_number = find_wallpapers(question, index, limit=4, skip=4)

    assert ids(by_number.page) == ids(found("sort:views", index, limit=4, after=first.next).page)
    assert find_wallpapers(question, index, limit=4, skip=90).page.documents == ()
