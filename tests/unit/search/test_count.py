"""Counts beside the wallpapers of a page: each is the total of a search that is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.adapters.memory_index import MemoryIndex
from search.count import Choice, count_facets, count_relaxations
from search.domain.facets import FACETS
from search.find import find_wallpapers
from search.resolve import Audience, Question, resolve
from tests.support.search_builders import NOW, a_record, an_id, an_index

INDEX = an_index(
    *(
        a_record(
            id=an_id(n),
            title=["Pine ridge", "Sea of fog", "Blue hour"][n % 3],
            tags=["forest", "fog", "sea"][: n % 4],
            category=["nature", "city"][n % 2],
            rating=["safe", "safe", "sketchy"][n % 3],
            width=[1920, 3840, 1440, 5120][n % 4],
            height=[1080, 2160, 3200, 1440][n % 4],
            lum=[0.2, 0.5, 0.9][n % 3],
            type=["image/png", "image/jpeg"][n % 2],
            license=["cc0-1.0", "cc-by-4.0", "unknown"][n % 3],
            ai=["yes", "no"][n % 2],
            palette=[{"hex": ["#ff0000", "#008080", "#f0f0f0"][n % 3], "share": 0.7}],
        )
        for n in range(30)
    )
)


def asked(text: str, audience: Audience = Audience.MEMBER) -> Question:
    return resolve(text, INDEX, audience=audience, now=NOW)


def total(text: str, audience: Audience = Audience.MEMBER) -> int:
    return find_wallpapers(asked(text, audience), INDEX, limit=1).page.total


def counts(text: str, facet: str, audience: Audience = Audience.MEMBER) -> dict[str, int]:
    return {each.value: each.count for each in count_facets(asked(text, audience), INDEX)[facet]}


def test_every_facet_is_counted() -> None:
    assert list(count_facets(asked(""), INDEX)) == [
        *("category", "rating", "ratio", "resolution", "tone", "color", "type", "license", "ai")
    ]


_queries = st.lists(
    st.sampled_from(
        [
            *("pine", "-fog", "#forest", "cat:nature", "-cat:city", "rating:safe,sketchy"),
            *("ratio:16:9", "ratio:phone", "res:>=2560x1440", "tone:dark,mid", "color:teal"),
            *("type:png", "license:cc0", "ai:no", "(cat:city OR tone:dark)", "sort:res"),
            f"similar:{an_id(3)}",
        ]
    ),
    max_size=5,
    unique=True,
).map(" ".join)


@given(_queries, st.sampled_from(Audience))
@settings(max_examples=60, deadline=None)
def test_each_count_is_the_total_of_the_search_that_stands_beside_it(
    text: str, audience: Audience
) -> None:
    counted: list[Choice] = [
        choice
        for choices in count_facets(asked(text, audience), INDEX).values()
        for choice in choices
    ]

    assert len(counted) > len(FACETS)
    for choice in counted:
        assert choice.count == total(str(choice.query), audience), str(choice.query)


def test_a_value_is_counted_in_place_of_those_asked_for() -> None:
    assert counts("cat:nature", "category") == counts("", "category") == {"city": 15, "nature": 15}
    assert counts("cat:nature", "type") == {"jpg": 0, "png": 15, "webp": 0}


def test_what_is_taken_out_stays_out() -> None:
    assert counts("-cat:nature", "category") == {"city": 15, "nature": 0}


def test_colours_stand_beside_those_asked_for() -> None:
    assert counts("color:red", "color")["red"] == 10
    assert counts("color:red", "color")["teal"] == 0


def test_nothing_is_counted_that_may_not_be_seen() -> None:
    assert counts("", "rating", Audience.ANYONE) == {"safe": 20, "sketchy": 0, "explicit": 0}
    hidden = an_index(a_record(category="secret", rating="explicit"))
    question = resolve("", hidden, audience=Audience.ANYONE, now=NOW)
    assert count_facets(question, hidden)["category"] == ()


def test_a_search_without_room_for_another_clause_has_no_facets() -> None:
    assert set(count_facets(asked(" ".join(["a"] * 32)), INDEX).values()) == {()}
    full = "color:red,navy,teal,gold,pink"
    assert count_facets(asked(full), INDEX)["color"] == ()
    assert count_facets(asked(full), INDEX)["tone"] != ()


@pytest.mark.parametrize(
    "text", ["pine zebra", "nothing", "#forest -#forest", "cat:city type:png pine"]
)
def test_relaxations_leave_out_one_part_each_and_tell_what_that_finds(text: str) -> None:
    assert total(text) == 0

    relaxed = count_relaxations(asked(text), INDEX)

    assert [str(each.without) for each in relaxed] == [
        str(asked(part).query) for part in text.split()
    ]
    for each in relaxed:
        assert each.total == total(str(each.query)), str(each.query)
    assert any(each.total for each in relaxed)


def test_nothing_can_be_left_out_of_nothing() -> None:
    empty = MemoryIndex()
    question = resolve("", empty, audience=Audience.ANYONE, now=NOW)

    assert count_relaxations(question, empty) == ()
