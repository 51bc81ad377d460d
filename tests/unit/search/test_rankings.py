"""That few are looked at where few will do, and that the same come first as if all were."""

import random

import pytest

from search.adapters.columns_index import ColumnsIndex
from search.domain.matching import matcher
from search.domain.order import place
from search.domain.query import Clause, Query
from search.domain.sort import Relevance, Sort
from search.domain.values import Look
from search.domain.wallpaper import Change, Wallpaper
from tests.support.search_builders import NOW, a_query, a_record, an_id, ids

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
    index.apply(changes[:2400], position="1")
    index.apply(changes[2400:], position="2")
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
