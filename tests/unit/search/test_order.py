"""Orders, and cursors that stand for a place in one."""

from datetime import date

import pytest

from search.domain.cursor import Cursor, InvalidCursor, fingerprint
from search.domain.order import Place, place
from search.domain.sort import Sort, Until
from tests.support.search_builders import a_query, a_wallpaper, an_id

TOP_WEEK = Sort("top", period="1w", basis=Until(date(2026, 11, 23)))


@pytest.mark.parametrize(
    ("sort", "first", "second"),
    [
        (
            Sort("new"),
            {"created_at": "2026-02-01T00:00:00.001Z"},
            {"created_at": "2026-02-01T00:00:00Z"},
        ),
        (Sort("new", ascending=True), {"created_at": "2025-01-01T00:00:00Z"}, {}),
        (Sort("res"), {"width": 4000}, {"bytes": 4}),
        (Sort("res", ascending=True), {"width": 400}, {}),
        (Sort("size"), {"bytes": 9_000_000}, {}),
        (Sort("ratio"), {"width": 5120, "height": 1440}, {"width": 9000, "height": 5000}),
        (Sort("new"), {"id": an_id(1)}, {"id": an_id(2)}),
        (Sort("views"), {"created_at": "2026-12-01T00:00:00Z"}, {"id": an_id(0)}),
        (Sort("views"), {"views": 2}, {"views": 1}),
        (Sort("downloads", ascending=True), {"downloads": 1}, {"downloads": 2}),
        (Sort("favs"), {"favorites": 2}, {"views": 9}),
        (Sort("hot"), {"favorites": 3}, {"favorites": 1, "downloads": 19}),
        (
            Sort("hot"),  # three times as many favourites are worth 35,000 seconds
            {"favorites": 27, "created_at": "2026-11-01T00:00:01.000Z"},
            {"favorites": 9, "created_at": "2026-11-01T09:43:20.000Z"},
        ),
        (
            Sort("hot"),
            {"favorites": 9, "created_at": "2026-11-01T09:43:22.000Z"},
            {"favorites": 27, "created_at": "2026-11-01T00:00:01.000Z"},
        ),
        (TOP_WEEK, {"days": {"2026-11-16": [0, 1]}}, {"days": {"2026-11-23": [9, 0]}}),
        (TOP_WEEK, {"days": {"2026-11-23": [1, 0]}}, {"days": {"2026-11-15": [9, 9]}}),
        (TOP_WEEK, {"days": {"2026-11-23": [1, 0]}}, {"views": 9, "downloads": 9}),
        (
            Sort("top", period="all", basis=Until(date(2026, 11, 23))),
            {"views": 1, "downloads": 1},
            {"views": 10},
        ),
    ],
)
def test_an_order_says_which_comes_first(
    sort: Sort, first: dict[str, object], second: dict[str, object]
) -> None:
    assert place(sort)(a_wallpaper(**first)) < place(sort)(a_wallpaper(**second))


def test_a_random_order_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    wallpapers = [a_wallpaper(id=an_id(number)) for number in range(200)]

    def shuffled(seed: str) -> list[str]:
        return [each.id for each in sorted(wallpapers, key=place(Sort("random", seed=seed)))]

    assert shuffled("a") == shuffled("a")
    assert shuffled("a") != shuffled("b")
    in_order = [each.id for each in wallpapers]
    assert abs(sum(a < b for a, b in zip(shuffled("a"), shuffled("b"), strict=True)) - 100) < 40
    assert sum(a == b for a, b in zip(shuffled("a"), in_order, strict=True)) < 10


def test_a_random_order_is_the_same_on_every_machine_and_in_every_release() -> None:
    assert place(Sort("random", seed="k3m9"))(a_wallpaper()) == Place(
        845151046, -1793491200.0, "22222222"
    )


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor("0" * 16, Place(-1767225600.123, -1767225600.123, "22222222")),
        Cursor("0" * 16, Place(2**64 - 1, 0, "22222222"), seed="k3m9"),
        Cursor("0" * 16, Place(0.1 + 0.2, -1.5, "22222222")),
    ],
)
def test_a_cursor_goes_through_a_url_and_comes_back(cursor: Cursor) -> None:
    text = str(cursor)

    assert Cursor.parse(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "!!!!",
        "é",
        "bnVsbA",
        "e30",
        "WzEsMiwzLDQsNV0",
        "WzEsIiIsTmFOLCIiLG51bGxd",
        "A" * 401,
        "WzIsIiIsMSwiIixudWxsXQ",
        "WzEsIiIsdHJ1ZSwiIixudWxsXQ",
        "WyIxIiwiIiwxLCIiLG51bGxd",
    ],
)
def test_anything_else_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidCursor):
        Cursor.parse(text)


def test_a_fingerprint_tells_queries_and_orders_apart() -> None:
    same = {fingerprint(a_query(text)) for text in ("a b", "a AND b", "(a) b sort:relevance")}
    others = {fingerprint(a_query(text)) for text in ("b a", "a b sort:old", "a OR b", "a")}

    assert len(same) == 1
    assert len(same | others) == 5
