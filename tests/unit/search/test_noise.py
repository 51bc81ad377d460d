"""Whatever is typed, search answers, and says back what it understood."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from search.count import count_facets, count_relaxations
from search.domain.fields import FIELDS
from search.domain.parser import QueryTooLarge, parse_query
from search.domain.sort import MODES
from search.domain.wording import in_words
from search.explain import explain
from search.find import find_wallpapers
from search.resolve import Audience, resolve
from search.suggest import suggest
from tests.support.search_builders import NOW, a_record, an_id, an_index

INDEX = an_index(
    *(a_record(id=an_id(n), tags=["sea", "fog", "blue hour"][: n % 4]) for n in range(8))
)
_noise = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *'()|"“”+-#@:,*\\~<>=. \x00\xa0',
                *("OR ", " AND ", " NOT ", "..", "plain", "plani ", "sea ", "fgo", "5mb", "2026"),
                *(f"{field.name}:" for field in FIELDS),
                *(f" {field.example} " for field in FIELDS),
                *(f" sort:{mode}" for mode in MODES),
                *(f"similar:{an_id(1)} ", f"like:{an_id(3)},", ":asc", ":1w", "#f00"),
            ]
        ),
        st.characters(),
    ),
    max_size=16,
).map("".join)


@given(text=_noise | st.text(max_size=40), audience=st.sampled_from(Audience))
@settings(max_examples=300, deadline=None)
def test_any_text_is_answered_or_too_large(text: str, audience: Audience) -> None:
    who: dict[str, Any] = {"audience": audience, "now": NOW}
    try:
        question = resolve(text, INDEX, **who)
    except QueryTooLarge:
        return

    found = find_wallpapers(question, INDEX, limit=3)
    explained = explain(found, INDEX)

    assert explained.tree.matches == found.page.total
    assert in_words(question.query, question.sort)
    assert len(count_facets(question, INDEX)) == 9
    if not found.page.total:
        count_relaxations(question, INDEX)
    for warning in question.warnings:
        assert 0 <= warning.position <= len(text)
    try:
        again = resolve(str(question.query), INDEX, **who)
    except QueryTooLarge:
        return
    assert again.query == question.query
    assert find_wallpapers(again, INDEX, limit=3).page == found.page


@given(text=_noise | st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_completed_and_a_completion_is_understood(text: str) -> None:
    try:
        suggested = suggest(text, INDEX, audience=Audience.ANYONE, limit=5, now=NOW)
    except QueryTooLarge:
        return

    for each in suggested:
        assert 0 <= each.start <= len(text)
        if each.kind != "field":
            assert parse_query(each.insert).warnings == ()
