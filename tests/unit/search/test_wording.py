"""A query in plain words."""

import pytest

from search.domain.fields import FIELDS, Field
from search.domain.parser import parse_query
from search.domain.ranking import usual_sort
from search.domain.sort import MODES, PERIODS
from search.domain.wording import in_words


def said(text: str) -> str:
    query = parse_query(text).query
    return in_words(query, query.sort or usual_sort(query.where))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "everything, newest first"),
        ("forest -fog", "forest, not fog, most relevant first"),
        ('for* "blue hour"', "words beginning with for, “blue hour”, most relevant first"),
        ("#sea,fog sort:old", "tagged sea or fog, oldest first"),
        ("(a OR b c) -(d e)", "a or (b and c), not (d and e), most relevant first"),
        ("res:>=2560x1440", "at least 2560 x 1440, newest first"),
        (
            "w:<1920 h:1080..2160",
            "less than 1920 pixels wide, 1080 to 2160 pixels high, newest first",
        ),
        ("fits:2560x1440@90%", "fitting 2560 x 1440, 90 % of the picture left, newest first"),
        ("color:#ff0000~40%", "with #ff0000 on 40 %, newest first"),
        ("size:>5mb", "more than 5 MB, newest first"),
        ("size:<2gib", "less than 2 GiB, newest first"),
        ("date:2026-01..2026-03", "added 2026-01 to 2026-03, newest first"),
        ("date:>=2026 age:<7d", "added from 2026, less than 7 days old, newest first"),
        ("oled:>=60%", "at least 60 % near black, newest first"),
        ("ai:no,unknown", "made without AI or perhaps made with AI, newest first"),
        ("has:tags,source", "with tags or with a source, newest first"),
        ("sort:top:1w", "everything, most popular of a week first"),
        ("views:>1k sort:views:asc", "more than 1k views, least viewed first"),
    ],
)
def test_a_query_is_said_as_a_person_would(text: str, words: str) -> None:
    assert said(text) == words


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_field_has_words(field: Field) -> None:
    words = said(field.example)

    assert words
    assert f"{field.name}:" not in words


@pytest.mark.parametrize("mode", [*MODES, *(f"top:{period}" for period in PERIODS)])
@pytest.mark.parametrize("turned", ["", ":asc"])
def test_every_order_has_words(mode: str, turned: str) -> None:
    if mode != "random":
        assert said(f"sort:{mode}{turned}").endswith(("first", "last"))
