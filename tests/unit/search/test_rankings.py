"""That few are looked at where few will do, and that the same come first as if all were."""

import random
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.adapters.columns.spellings import Spellings
from search.adapters.columns_index import ColumnsIndex
from search.domain.matching import matcher
from search.domain.order import place
from search.domain.query import Clause, Query
from search.domain.sort import Relevance, Sort
from search.domain.spelling import one_edit_apart
from search.domain.values import Look
from search.domain.wallpaper import Change, Wallpaper
from tests.support.search_builders import NOW, a_query, a_record, a_wallpaper, an_id, ids

_COMMON = ("pine", "fog", "sea", "dawn", "rain", "ridge", "blue")


@pytest.fixture(scope="module")
def wallpapers() -> list[Wallpaper]:
    draw = random.Random(3)

    def some(most: int) -> list[str]:
        return [draw.choice(_COMMON[: draw.randint(1, len(_COMMON))]) for _ in range(most)]

    return [
        Wallpaper.of(
            a_record(
                id=an_id(n),
                title=" ".join(some(draw.randint(0, 4))),
                description=" ".join(some(draw.choice([0, 0, 20]))),
                tags=sorted(set(some(draw.randint(0, 5)))),
                created_at=f"2026-11-{draw.randint(1, 20):02}T00:00:00.000Z",
                dhash=f"{draw.getrandbits(64) & draw.getrandbits(64) & draw.getrandbits(64):016x}",
                phash=f"{draw.getrandbits(64) & draw.getrandbits(64) & draw.getrandbits(64):016x}",
                palette=[
                    {"hex": f"#{draw.getrandbits(8):02x}8080", "share": 0.5}
                    for _ in range(draw.randint(0, 2))
                ],
            )
        )
        for n in range(2600)
    ]


@pytest.fixture(scope="module")
def index(wallpapers: list[Wallpaper]) -> ColumnsIndex:
    index = ColumnsIndex()
    changes = [Change(each.id, each.version, each) for each in wallpapers]
    stale = [
        Change(each.id, 0, a_wallpaper(id=each.id, version=0, title="pine", tags=["fog", "rust"]))
        for each in wallpapers[:300]
    ]
    index.apply([*stale, *changes[300:2400]], position="1")
    index.apply([*changes[:300], *changes[2400:]], position="2")
    return index


def expected(wallpapers: list[Wallpaper], query: Query) -> list[str]:
    test = matcher(query.where, now=NOW)
    return [each.id for each in sorted(filter(test, wallpapers), key=place(query.sort or Sort()))]


@pytest.mark.parametrize(
    "text", ["pine", "sea", "pine fog", "pine OR sea", "pine fog -sea", "pi* fog", '"pine pine"']
)
@pytest.mark.parametrize("weights", [(1, 1), (300, 20)])
def test_the_most_relevant_come_first(
    index: ColumnsIndex, wallpapers: list[Wallpaper], text: str, weights: tuple[int, int]
) -> None:
    query = a_query(text)
    assert query.sort is not None
    assert isinstance(query.sort.basis, Relevance)
    basis = query.sort.basis
    query = query.sorted_by(query.sort.on(basis.weighing(weights[: len(basis.terms)])))

    page = index.search(query, limit=20, now=NOW)
    second = index.search(query, limit=20, after=page.next, now=NOW)

    assert [*ids(page), *ids(second)] == expected(wallpapers, query)[:40]


@pytest.mark.parametrize("ascending", [False, True])
def test_the_nearest_looks_come_first(
    index: ColumnsIndex, wallpapers: list[Wallpaper], ascending: bool
) -> None:
    looks = tuple(
        Look(each.id, each.dhash, each.phash, each.palette) for each in wallpapers[100:102]
    )
    sort = Sort("similar", basis=looks, ascending=ascending)
    query = Query(Clause("similar", looks), sort)

    pages = [index.search(query, limit=30, now=NOW)]
    while (last := pages[-1].next) and len(pages) < 5:
        pages.append(index.search(query, limit=30, after=last, now=NOW))

    found = [each for page in pages for each in ids(page)]
    assert pages[0].total > 300
    assert found == expected(wallpapers, query)[:150]


@given(
    st.text(alphabet="aebé夜", min_size=1, max_size=8),
    st.sets(st.text(alphabet="aebé夜", min_size=1, max_size=9), max_size=60),
)
@example("forset", {"forest", "frost", "forests", "fors", "forset"})
@example("a" * 32, {"a" * 31, "a" * 33, "a" * 32, "a" * 34})
@example("a" * 33, {"a" * 32, "a" * 34})
def test_words_one_edit_away_are_found(word: str, others: set[str]) -> None:
    near = Spellings(sorted(others)).near(word)

    assert sorted(near) == sorted(other for other in others if one_edit_apart(word, other))


@pytest.mark.parametrize("prefix", ["", "f", "r", "x"])
@pytest.mark.parametrize("text", ["", "pine", "-sea"])
def test_what_begins_so_is_completed_with_what_most_have(
    index: ColumnsIndex, wallpapers: list[Wallpaper], prefix: str, text: str
) -> None:
    where = a_query(text).where
    test = matcher(where, now=NOW)
    tags = (tag for each in filter(test, wallpapers) for tag in each.tags)
    counts = Counter(tag for tag in tags if tag.startswith(prefix))

    found = index.complete("tag", prefix, where=where, limit=3, now=NOW)

    expected = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:3]
    assert [(each.text, each.count) for each in found] == expected
