"""Completing what a visitor is typing."""

import pytest

from search.domain.parser import QueryTooLarge, parse_query
from search.resolve import Audience
from search.suggest import Suggestion, suggest
from tests.support.search_builders import NOW, a_record, an_id, an_index

INDEX = an_index(
    a_record(tags=["forest", "fog", "blue hour"], uploader="fiona", category="nature"),
    a_record(id=an_id(1), tags=["forest", "fjord"], creator="Fern Hill", category="city"),
    a_record(id=an_id(2), tags=["forest"], license="cc-by-4.0", lum=0.2),
    a_record(id=an_id(3), tags=["forbidden"], rating="explicit", uploader="fox"),
)


def suggested(
    text: str, limit: int = 8, audience: Audience = Audience.ANYONE
) -> tuple[Suggestion, ...]:
    return suggest(text, INDEX, audience=audience, limit=limit, now=NOW)


def texts(text: str) -> list[tuple[str, str, int | None]]:
    return [(each.kind, each.insert, each.count) for each in suggested(text)]


def test_the_last_word_is_completed_with_what_wallpapers_have() -> None:
    assert texts("sea f") == [
        ("tag", "tag:forest", 3),
        ("person", 'creator:"fern hill"', 1),
        ("tag", "tag:fjord", 1),
        ("tag", "tag:fog", 1),
        ("person", "user:fiona", 1),
        ("field", "fits:", None),
        ("field", "favs:", None),
    ]


def test_it_says_where_the_completion_goes() -> None:
    for text in ("sea fo", "-#fo", "cat:city (fo", 'sea "blue h'):
        first = suggested(text)[0]
        whole = text[: first.start] + first.insert
        assert not [w for w in parse_query(whole).warnings if w.code != "unbalanced-bracket"]
        assert first.insert in {"tag:forest", 'tag:"blue hour"'}


def test_several_words_may_be_the_beginning_of_one_tag() -> None:
    assert suggested("sea blue ho")[0] == Suggestion("tag", "blue hour", 'tag:"blue hour"', 4, 1)


@pytest.mark.parametrize(
    ("text", "inserts"),
    [
        ("tag:fo", ["tag:forest", "tag:fog"]),
        ("tag:fog,fo", ["tag:fog,forest", "tag:fog,fog"]),
        ("@fi", ["user:fiona"]),
        ("category:", ["category:city", "category:general", "category:nature"]),
        ("cat:n", ["category:nature"]),
        ("license:cc", ["license:cc0-1.0", "license:cc-by-4.0"]),
        ("tone:", ["tone:mid", "tone:dark", "tone:light"]),
        ("ratio:la", ["ratio:landscape"]),
        ("colour:olivedr", ["color:olivedrab"]),
        ("is:", ["is:live", "is:new"]),
        ("sort:top:1", ["sort:top:1d", "sort:top:1w", "sort:top:1M", "sort:top:1y"]),
        ("sort:ra", ["sort:random", "sort:ratio"]),
        ("wid", ["width:"]),
        ("dark", ["tone:dark"]),
    ],
)
def test_fields_and_values_are_completed(text: str, inserts: list[str]) -> None:
    assert [each.insert for each in suggested(text)][: len(inserts)] == inserts


@pytest.mark.parametrize("text", ["", "fo ", "mood:", "w:>=", "(", "fo)", "zzz", "tag:zzz", "w:1"])
def test_there_is_not_always_something(text: str) -> None:
    assert suggested(text) == ()


def test_what_may_not_be_seen_is_not_suggested() -> None:
    assert "tag:forbidden" not in [each.insert for each in suggested("forb")]
    members = suggested("forb", audience=Audience.MEMBER)
    assert ("tag:forbidden", 1) in [(each.insert, each.count) for each in members]


def test_no_more_than_asked_for() -> None:
    assert len(suggested("f", limit=3)) == 3


def test_a_text_that_is_too_long_for_a_search_is_too_long_here() -> None:
    with pytest.raises(QueryTooLarge):
        suggested("a" * 513)
