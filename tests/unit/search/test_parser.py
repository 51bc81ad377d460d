"""What a visitor types, and what search makes of it."""

import sys
from contextlib import suppress

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search.domain.fields import FIELDS, Field
from search.domain.lexer import printable
from search.domain.parser import QueryTooLarge, QueryWarning, Understood, parse_query
from search.domain.query import (
    EVERYTHING,
    Clause,
    Node,
    Not,
    Phrase,
    Query,
    Word,
    either,
    every,
    without,
)
from search.domain.sort import Sort
from search.domain.text import words
from search.domain.values import Text


def understood(text: str) -> str:
    return str(parse_query(text).query)


def warned(text: str) -> list[tuple[str, int, int, str | None]]:
    return [
        (warning.code, warning.position, warning.length, warning.suggestion)
        for warning in parse_query(text).warnings
    ]


def test_nothing_typed_finds_everything() -> None:
    assert parse_query("  ") == Understood(Query(EVERYTHING))


def test_words_are_wanted_together_and_a_dash_takes_them_out() -> None:
    assert parse_query("Forest -fog sky*").query.where == every(
        [Word("Forest"), Not(Word("fog")), Word("sky", prefix=True)]
    )


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("a b", "a b"),
        ("a AND b", "a b"),
        ("+a +b", "a b"),
        ("a|b", "a OR b"),
        ("a OR b c", "a OR b c"),
        ("(a OR b) c", "(a OR b) c"),
        ("((a b) c)", "a b c"),
        ("a (b | (c OR d))", "a (b OR c OR d)"),
        ("NOT a", "-a"),
        ("NOT NOT a", "a"),
        ("--a -(-b)", "a b"),
        ("-(a b)", "-(a b)"),
        ("or and not", "or and not"),
        ("a-b", "a-b"),
        ('"blue   hour"', '"blue hour"'),
        ('"he said \\"hi\\""', '"he said \\"hi\\""'),
        ("“blue hour”", '"blue hour"'),
        ('"blue ho"*', '"blue ho"*'),
        ("16:9", "16:9"),
    ],
)
def test_a_query_is_said_back_in_one_way(typed: str, canonical: str) -> None:
    assert understood(typed) == canonical
    assert warned(typed) == []


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("#forest", "tag:forest"),
        ('tag:forest,"blue hour",sky*', 'tag:forest,"blue hour",sky*'),
        ("#a,b", "tag:a,b"),
        ("tag:a,a", "tag:a"),
        ("tag:*", "tag:*"),
        ("@ada", "user:ada"),
        ("uploader:ada", "user:ada"),
        ("cat:nature,city", "category:nature,city"),
        ("purity:Safe", "rating:safe"),
        ("W:>=3840", "width:>=3840"),
        ("h:1080..2160", "height:1080..2160"),
        ("h:1080..", "height:>=1080"),
        ("h:..1080", "height:<=1080"),
        ("w:=1920", "width:1920"),
        ("mp:8.3", "mp:8.3"),
        ("res:3840X2160", "res:3840x2160"),
        ("res:>=2560×1440", "res:>=2560x1440"),
        ("ratio:16x9", "ratio:16:9"),
        ("ratio:16/9", "ratio:16:9"),
        ("ratio:1.6..1.8", "ratio:1.6..1.8"),
        ("ratio:>=21:9", "ratio:>=21:9"),
        ("ratio:Portrait,square", "ratio:portrait,square"),
        ("fits:2560x1440", "fits:2560x1440"),
        ("fits:2560x1440@80%", "fits:2560x1440"),
        ("fits:2560x1440@90", "fits:2560x1440@90%"),
        ("colour:navy", "color:#000080"),
        ("color:#0B3D91~40%", "color:#0b3d91~40%"),
        ("color:fff,#000~5", "color:#ffffff,#000000~5%"),
        ("tone:dark,mid", "tone:dark,mid"),
        ("lum:<40%", "lum:<40"),
        ("oled:>=60%", "oled:>=60"),
        ("sat:5..20%", "sat:5..20"),
        ("type:jpeg,PNG", "type:jpg,png"),
        ("size:>5MB", "size:>5mb"),
        ("size:2..5mb", "size:2mb..5mb"),
        ("date:2026-01..2026-03", "date:2026-01..2026-03"),
        ("date:Today", "date:today"),
        ("age:<7d", "age:<7d"),
        ("licence:cc0,cc-by", "license:cc0,cc-by"),
        ("ai:no", "ai:no"),
        ('creator:"Ada Lovelace"', 'creator:"Ada Lovelace"'),
        ("source:https://www.NASA.gov/image/1", "source:nasa.gov"),
        ("views:>1k", "views:>1k"),
        ("downloads:..50", "downloads:<=50"),
        ("favorites:10..20", "favs:10..20"),
        ("similar:K3M9X2AB", "similar:k3m9x2ab"),
        ("like:k3m9x2ab,22222222", "like:k3m9x2ab,22222222"),
        ("in:holidays", "in:holidays"),
        ("fav:me", "fav:me"),
        ("is:New", "is:new"),
        ("has:tag,source", "has:tags,source"),
        ("id:k3m9x2ab", "id:k3m9x2ab"),
        ("sha256:9F86*", "sha256:9f86*"),
    ],
)
def test_each_field_is_read_in_all_its_spellings(typed: str, canonical: str) -> None:
    assert understood(typed) == canonical
    assert warned(typed) == []


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_the_example_of_each_field_can_be_typed(field: Field) -> None:
    assert isinstance(parse_query(field.example).query.where, Clause)
    assert warned(field.example) == []


@pytest.mark.parametrize(
    ("typed", "sort"),
    [
        ("sort:new", Sort("new")),
        ("sort:old", Sort("new", ascending=True)),
        ("sort:new:asc", Sort("new", ascending=True)),
        ("sort:old:desc", Sort("new")),
        ("sort:random", Sort("random")),
        ("sort:random:k3m9", Sort("random", seed="k3m9")),
        ("sort:random:asc", Sort("random", seed="asc")),
        ("SORT:Res", Sort("res")),
        ("sort:size:asc", Sort("size", ascending=True)),
        ("sort:ratio:desc", Sort("ratio")),
        ("sort:top", Sort("top", period="1M")),
        ("sort:top:1W", Sort("top", period="1w")),
        ("sort:top:1m", Sort("top", period="1M")),
        ("sort:top:all:asc", Sort("top", ascending=True, period="all")),
        ("sort:hot", Sort("hot")),
        ("sort:favs:asc", Sort("favs", ascending=True)),
        ("sort:relevance", Sort("relevance")),
        ("sort:color", Sort("color")),
        ("sort:similar", Sort("similar")),
        ("sort:views", Sort("views")),
        ("sort:downloads", Sort("downloads")),
        ("a (sort:res OR b)", Sort("res")),
    ],
)
def test_an_order_may_stand_anywhere(typed: str, sort: Sort) -> None:
    assert parse_query(typed).query.sort == sort


@pytest.mark.parametrize(
    ("typed", "canonical", "warnings"),
    [
        ("sea colr:red", 'sea "colr:red"', [("unknown-field", 4, 4, "color")]),
        ("mood:calm", '"mood:calm"', [("unknown-field", 0, 4, None)]),
        ("-viewz:>5", '-"viewz:>5"', [("unknown-field", 1, 5, "views")]),
        ("res:huge", '"res:huge"', [("unreadable-value", 0, 8, "res:>=2560x1440")]),
        ("tag:", '"tag:"', [("unreadable-value", 0, 4, "tag:forest")]),
        ("w:9..5", '"w:9..5"', [("unreadable-value", 0, 6, "width:>=3840")]),
        ("w:..", '"w:.."', [("unreadable-value", 0, 4, "width:>=3840")]),
        ("w:19*", '"w:19*"', [("unreadable-value", 0, 5, "width:>=3840")]),
        ("date:2026-13", '"date:2026-13"', [("unreadable-value", 0, 12, "date:2026-01..2026-03")]),
        ("rating:safe,mild", '"rating:safe,mild"', [("unreadable-value", 0, 16, "rating:safe")]),
        ("(a OR b", "a OR b", [("unbalanced-bracket", 0, 1, None)]),
        ("a) OR b", "a OR b", [("unbalanced-bracket", 1, 1, None)]),
        ('a "b c', 'a "b c"', [("unbalanced-quote", 2, 1, None)]),
        ('tag:"b c', 'tag:"b c"', [("unbalanced-quote", 4, 1, None)]),
        ("a OR", "a", [("dangling-operator", 2, 2, None)]),
        ("| a", "a", [("dangling-operator", 0, 1, None)]),
        ("AND a", "a", [("dangling-operator", 0, 3, None)]),
        ("a AND", "a", [("dangling-operator", 2, 3, None)]),
        ("a NOT", "a", [("dangling-operator", 2, 3, None)]),
        ("a ()", "a", [("empty-group", 2, 2, None)]),
        ("a - b", "a b", [("nothing-to-find", 2, 1, None)]),
        ("a *", "a", [("nothing-to-find", 2, 1, None)]),
        ("a sort:nw", "a", [("unknown-sort", 2, 7, "sort:new")]),
        ("a sort:best", "a", [("unknown-sort", 2, 9, None)]),
        ("a sort:top:2w", "a", [("unknown-sort", 2, 11, "sort:top")]),
        ("sort:random:a-b", "", [("unknown-sort", 0, 15, "sort:random")]),
        ("sort:res sort:old", "sort:old", [("repeated-sort", 0, 8, None)]),
        ("-sort:res", "sort:res", [("sort-negated", 1, 8, None)]),
    ],
)
def test_what_is_not_taken_as_typed_is_told(
    typed: str, canonical: str, warnings: list[tuple[str, int, int, str | None]]
) -> None:
    assert understood(typed) == canonical
    assert warned(typed) == warnings


def test_a_warning_is_a_sentence_for_a_person() -> None:
    assert parse_query("sea colr:red").warnings == (
        QueryWarning(
            code="unknown-field",
            message="There is no field 'colr:'; it was searched as text.",
            position=4,
            length=4,
            suggestion="color",
        ),
    )


@pytest.mark.parametrize(
    ("largest", "too_large", "limit", "at_most"),
    [
        ("a" * 512, "a" * 513, "characters", 512),
        (" ".join(["a"] * 32), " ".join(["a"] * 33), "clauses", 32),
        ("((((a))))", "(((((a)))))", "levels", 4),
        ("color:red,navy,teal,gold,pink", "color:red,navy,teal,gold color:pink,tan", "colours", 5),
    ],
)
def test_a_search_has_limits(largest: str, too_large: str, limit: str, at_most: int) -> None:
    parse_query(largest)
    with pytest.raises(QueryTooLarge) as caught:
        parse_query(too_large)

    assert (caught.value.limit, caught.value.at_most) == (limit, at_most)
    assert str(at_most) in str(caught.value)


_letters = st.text("abcxyzäß夜🌲0_", min_size=1, max_size=6).filter(words)
_texts = st.text(max_size=8).map(lambda text: " ".join(printable(text).split())).filter(words)
_values = {
    "tag": ["forest", '"blue hour"', "sky*", '"a,b"', '"(x)"*'],
    "user": ["ada", "bo*"],
    "category": ["nature"],
    "rating": ["safe", "explicit"],
    "width": ["1920", ">1920", "<=10", "1..2"],
    "mp": ["8.25", "<8.5"],
    "res": ["3840x2160", ">=1x1", "1x2..3x4"],
    "ratio": ["16:9", "1.6..1.8", "phone", "<21:9"],
    "fits": ["2560x1440", "1x1@99.5%"],
    "color": ["#0b3d91", "#ff0000~40%"],
    "tone": ["dark"],
    "oled": [">=60", "1..99.5"],
    "size": [">5mb", "1kb..2mib", "0.5gb"],
    "date": ["2026", "2026-01..today", ">2026-02-03", "yesterday"],
    "age": ["<7d", "1w..2mo"],
    "license": ["cc-by"],
    "source": ["nasa.gov"],
    "views": [">=10", "1k..2m"],
    "similar": ["k3m9x2ab"],
    "like": ["k3m9x2ab", "22222222"],
    "in": ["holidays", '"my own"'],
    "fav": ["me"],
    "is": ["new", "pending"],
    "has": ["tags", "source"],
    "creator": ['"Ada Lovelace"', "ada*"],
}
_clauses = st.sampled_from(sorted(_values)).flatmap(
    lambda field: st.lists(
        st.sampled_from(_values[field]), min_size=1, max_size=3, unique=True
    ).map(lambda values: parse_query(f"{field}:{','.join(values)}").query.where)
)
_leaves = st.one_of(
    st.builds(Word, _letters, prefix=st.booleans()),
    st.builds(Phrase, _texts, prefix=st.booleans()),
    st.builds(
        lambda text, prefix: Clause("tag", (Text(text, prefix),)), _texts, prefix=st.booleans()
    ),
    _clauses,
)
_trees: st.SearchStrategy[Node] = st.recursive(
    _leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=2, max_size=3).map(every),
        st.lists(parts, min_size=2, max_size=3).map(either),
        parts.map(without),
    ),
    max_leaves=12,
)
_sorts = st.none() | st.sampled_from(
    [
        Sort("new"),
        Sort("new", ascending=True),
        Sort("random"),
        Sort("random", seed="k3"),
        Sort("res"),
        Sort("relevance"),
        Sort("top", period="1w"),
        Sort("top", ascending=True, period="1M"),
        Sort("favs", ascending=True),
    ]
)


@given(_trees, _sorts)
@settings(max_examples=300, deadline=None)
def test_the_text_of_any_tree_parses_to_the_same_tree(where: Node, sort: Sort | None) -> None:
    query = Query(where, sort)
    try:
        again = parse_query(str(query))
    except QueryTooLarge:
        assume(False)

    assert again == Understood(query)


_noise = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *'()|"“”+-#@:,*\\~<>=. \x00\xa0',
                "OR ",
                " AND ",
                " NOT ",
                "..",
                "tag:",
                "color:",
                "w:",
                "size:",
                "date:",
                "sort:",
                "random:",
                "ratio:",
                "res:",
                "source:",
                "creator:",
                "fits:",
                "16:9",
                "2026",
                "5mb",
                "sky",
                "www.",
                "#f00",
                "3x2",
                "today",
            ]
        ),
        st.characters(),
    ),
    max_size=30,
).map("".join)


@given(_noise | st.text(max_size=60))
@settings(max_examples=1500, deadline=None)
def test_noise_is_understood_too_and_said_back_without_a_warning(noise: str) -> None:
    try:
        query = parse_query(noise).query
    except QueryTooLarge:
        assume(False)

    assert parse_query(str(query)) == Understood(query)


@given(_noise)
@settings(max_examples=300, deadline=None)
def test_a_warning_points_into_the_text(noise: str) -> None:
    try:
        warnings = parse_query(noise).warnings
    except QueryTooLarge:
        assume(False)

    assert all(0 <= each.position < len(noise) and each.length > 0 for each in warnings)
    assert all(each.position + each.length <= len(noise) for each in warnings)


@pytest.mark.parametrize("text", ["3440x1440", "3440×1440", "res:3440×1440"])
def test_a_bare_size_is_a_resolution(text: str) -> None:
    assert str(parse_query(text).query) == "res:3440x1440"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4 + ")" * 4,
        '"' * 512,
        "-" * 512,
        "\\" * 512,
        "a:" * 256,
        "|" * 512,
        '"\\' * 256,
        "tag:" + "," * 508,
        "w:" + "9" * 510,
        "source:" + "www." * 126,
        "date:" + "." * 507,
    ],
)
@pytest.mark.timeout(20)  # a pattern that tries every way would take years
def test_no_text_takes_for_ever(text: str) -> None:
    parse_query(text[:512])


@pytest.mark.parametrize(
    "piece",
    ["a ", "-", "(a", '"', "tag:a,", "color:", "|", "a:", "sort:", '\\"', "w:1..", "16x9 ", "é, "],
)
def test_the_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    def work(length: int) -> int:
        calls = 0

        def count(*_: object) -> None:
            nonlocal calls
            calls += 1

        sys.setprofile(count)
        try:
            with suppress(QueryTooLarge):
                parse_query((piece * length)[:length])
        finally:
            sys.setprofile(None)
        return calls

    assert work(512) <= 2.5 * work(256) + 500
