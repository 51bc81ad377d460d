"""What every catalogue promises of wallpapers that look nearly alike, and of better originals."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest

from media.adapters import dynamodb_neighbours
from media.adapters.dynamodb_catalogue import READING, WRITING, DynamoCatalogue
from media.adapters.memory_catalogue import MemoryCatalogue
from media.domain.likeness import Neighbour, distance
from media.domain.wallpaper import Look, Status, Wallpaper
from media.ports import Catalogue, DuplicateOriginal, Overtaken
from tests.support.media_builders import A_LOOK, NOON, a_wallpaper, an_original

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def memory() -> Catalogue:
    return MemoryCatalogue()


@pytest.fixture
def dynamodb(catalogue_table: str) -> Iterator[Catalogue]:
    with ThreadPoolExecutor(16) as threads:
        yield DynamoCatalogue(
            reader=boto3.client("dynamodb", config=READING),
            writer=boto3.client("dynamodb", config=WRITING),
            table=catalogue_table,
            threads=threads,
        )


@pytest.fixture(params=["memory", pytest.param("dynamodb", marks=pytest.mark.integration)])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    found: Catalogue = request.getfixturevalue(request.param)
    return found


def looking(*flipped: int) -> Look:
    """``A_LOOK`` but for these bits of its phash, the first being 0."""
    number = int(A_LOOK.phash, 16)
    for bit in flipped:
        number ^= 1 << (63 - bit)
    return replace(A_LOOK, phash=f"{number:016x}")


def found(catalogue: Catalogue, look: Look = A_LOOK) -> list[str]:
    return [each.wallpaper_id for each in catalogue.neighbours(look).nearest]


def test_those_within_six_bits_are_neighbours_the_nearest_first(catalogue: Catalogue) -> None:
    spread = [0, 11, 17, 30, 40, 55, 63]  # two of each band but the last
    apart = {bits: a_wallpaper(look=looking(*spread[:bits])) for bits in (7, 6, 2, 0)}
    for wallpaper in apart.values():
        catalogue.publish(wallpaper)

    nearest = catalogue.neighbours(A_LOOK).nearest

    assert nearest == tuple(Neighbour(apart[bits].id, bits) for bits in (0, 2, 6))


def test_no_neighbour_is_missed_wherever_its_bits_differ(catalogue: Catalogue) -> None:
    chance = random.Random(7)
    worst = [(0, 1, 16, 17, 32, 33), (0, 1, 2, 3, 4, 5), (48, 49, 50, 51, 52, 53)]
    looks = [looking(*bits) for bits in worst]
    looks += [looking(*chance.sample(range(64), chance.randrange(7))) for _ in range(40)]
    wallpapers = [a_wallpaper(look=each) for each in looks]
    for wallpaper in wallpapers:
        catalogue.publish(wallpaper)

    assert sorted(found(catalogue)) == sorted(each.id for each in wallpapers)


def test_only_what_is_live_is_a_neighbour(catalogue: Catalogue) -> None:
    live, hidden, deleted = a_wallpaper(), a_wallpaper(status=Status.PENDING), a_wallpaper()
    for wallpaper in (live, hidden, deleted):
        catalogue.publish(wallpaper)

    catalogue.update(deleted.deleted(now=LATER))

    assert found(catalogue) == [live.id]


def test_what_is_shown_and_hidden_comes_and_goes(catalogue: Catalogue) -> None:
    catalogue.publish(first := a_wallpaper())

    catalogue.update(hidden := replace(first, status=Status.REJECTED, version=2))
    assert found(catalogue) == []
    catalogue.update(replace(hidden, status=Status.LIVE, version=3))
    assert found(catalogue) == [first.id]


def test_an_edit_leaves_it_where_it_is(catalogue: Catalogue) -> None:
    catalogue.publish(first := a_wallpaper())

    catalogue.update(first.revised(first.description, first.look.focal, now=LATER))

    assert found(catalogue) == [first.id]


def test_what_is_restored_is_found_again(catalogue: Catalogue) -> None:
    live, gone = a_wallpaper(), a_wallpaper().deleted(now=LATER)

    for lost in (live, gone):
        catalogue.restore(lost)

    assert found(catalogue) == [live.id]


def test_flat_pictures_are_nobodys_neighbours(catalogue: Catalogue) -> None:
    flat = replace(A_LOOK, phash="8000000000000000")

    catalogue.publish(a_wallpaper(look=flat))

    assert found(catalogue, flat) == []


def test_a_better_original_is_found_by_its_own_look_and_bytes(catalogue: Catalogue) -> None:
    catalogue.publish(first := a_wallpaper())
    better = first.improved(an_original(b"better"), looking(1, 20, 21), now=LATER)

    catalogue.update(better)

    assert catalogue.get(first.id, fresh=True) == better
    assert catalogue.holder(first.original.sha256) is None
    assert catalogue.holder(better.original.sha256) == first.id
    assert catalogue.neighbours(better.look).nearest == (Neighbour(first.id, 0),)
    catalogue.publish(other := a_wallpaper(original=first.original))  # its bytes are free
    assert set(found(catalogue)) == {first.id, other.id}


def test_a_better_original_that_another_has_is_refused(catalogue: Catalogue) -> None:
    catalogue.publish(first := a_wallpaper())
    catalogue.publish(other := a_wallpaper())

    with pytest.raises(DuplicateOriginal) as caught:
        catalogue.update(first.improved(other.original, A_LOOK, now=LATER))

    assert caught.value.wallpaper_id == other.id
    assert catalogue.get(first.id, fresh=True) == first


def test_whoever_comes_second_is_told_that_somebody_came(catalogue: Catalogue) -> None:
    before = catalogue.neighbours(A_LOOK)
    first, second = a_wallpaper(), a_wallpaper(look=looking(3, 60))

    catalogue.publish(first, among=before)

    with pytest.raises(Overtaken):
        catalogue.publish(second, among=before)
    catalogue.publish(second, among=catalogue.neighbours(second.look))
    assert set(found(catalogue)) == {first.id, second.id}


def test_of_many_look_alikes_at_once_one_stays_unaware(catalogue: Catalogue) -> None:
    chance = random.Random(11)
    alike = [a_wallpaper(look=looking(chance.randrange(64))) for _ in range(12)]
    assert all(distance(one.look, other.look) <= 2 for one in alike for other in alike)

    def publish(wallpaper: Wallpaper) -> bool:
        while True:
            among = catalogue.neighbours(wallpaper.look)
            if among.nearest:
                return False
            try:
                catalogue.publish(wallpaper, among=among)
            except Overtaken:
                continue
            return True

    with ThreadPoolExecutor(12) as pool:
        published = list(pool.map(publish, alike))

    assert sum(published) == 1


def test_a_bucket_that_is_full_goes_on_elsewhere(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_neighbours, "_WRITES", 3)
    wallpapers = [a_wallpaper() for _ in range(10)]
    for wallpaper in wallpapers:
        catalogue.publish(wallpaper)
    assert set(found(catalogue)) == {each.id for each in wallpapers}

    for wallpaper in wallpapers[:7]:
        catalogue.update(wallpaper.deleted(now=LATER))

    assert set(found(catalogue)) == {each.id for each in wallpapers[7:]}
    catalogue.publish(late := a_wallpaper())
    assert set(found(catalogue)) == {late.id, *(each.id for each in wallpapers[7:])}
