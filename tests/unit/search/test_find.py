"""Finding, a page at a time, for whoever asks."""

import pytest

from search.domain.cursor import Cursor, InvalidCursor
from search.domain.order import Place
from search.domain.sort import Sort
from search.find import Found, find_wallpapers
from search.ports import Index
from search.resolve import Audience, resolve
from tests.support.search_builders import NOW, a_record, an_id, an_index, ids


def found(
    text: str,
    index: Index,
    *,
    after: Cursor | None = None,
    audience: Audience = Audience.ANYONE,
    limit: int = 2,
) -> Found:
    question = resolve(text, index, audience=audience, now=NOW, after=after)
    return find_wallpapers(question, index, limit=limit, after=after)


def several(number: int) -> Index:
    return an_index(*(a_record(id=an_id(n)) for n in range(number)))


def test_whoever_is_not_signed_in_sees_what_is_safe() -> None:
    index = an_index(
        a_record(id=an_id(1)),
        a_record(id=an_id(2), rating="sketchy"),
        a_record(id=an_id(3), rating="explicit"),
    )

    assert ids(found("", index).page) == [an_id(1)]
    assert ids(found("rating:explicit OR -rating:safe", index).page) == []
    assert found("", index, audience=Audience.MEMBER).page.total == 3


def test_what_a_visitor_may_not_see_is_not_said_as_if_they_had_asked_for_it() -> None:
    assert str(found("sea", several(1)).question.query) == "sea"


def test_the_newest_come_first_unless_another_order_is_asked() -> None:
    assert found("", several(1)).question.sort == Sort("new")
    assert found("sort:res", several(1)).question.sort == Sort("res")
    assert str(found("sort:new", several(1)).question.query) == "sort:new"


def test_a_cursor_leads_to_the_next_page_of_the_same_search() -> None:
    index = several(3)
    first = found("plain", index)

    second = found(" (plain) ", index, after=first.next)

    assert ids(second.page) == [an_id(2)]
    assert second.next is None


@pytest.mark.parametrize("text", ["plain -a", "plain sort:old", ""])
def test_a_cursor_of_another_search_is_refused(text: str) -> None:
    index = several(3)
    cursor = found("plain", index).next

    with pytest.raises(InvalidCursor):
        found(text, index, after=cursor)


def test_a_cursor_does_not_pass_from_a_member_to_anyone() -> None:
    index = several(3)
    cursor = found("plain", index, audience=Audience.MEMBER).next

    with pytest.raises(InvalidCursor):
        found("plain", index, after=cursor)


def test_a_random_order_gets_a_seed_which_its_cursor_carries_on() -> None:
    index = several(40)
    first = found("sort:random", index, limit=20)
    seed = first.question.sort.seed

    second = found("sort:random", index, limit=20, after=first.next)

    assert seed
    assert str(first.question.query) == f"sort:random:{seed}"
    assert second.question.sort == first.question.sort
    assert {*ids(first.page), *ids(second.page)} == {an_id(n) for n in range(40)}
    said = found(str(first.question.query), index, limit=20)
    assert ids(said.page) == ids(first.page)


def test_a_random_order_is_another_each_time() -> None:
    index = several(40)

    assert len({found("sort:random", index).question.sort.seed for _ in range(9)}) > 1


def test_a_cursor_with_a_forged_seed_is_refused() -> None:
    forged = Cursor("0" * 16, Place(0, 0, ""), seed="x) OR (rating:explicit")

    with pytest.raises(InvalidCursor):
        found("sort:random", several(3), after=forged)
