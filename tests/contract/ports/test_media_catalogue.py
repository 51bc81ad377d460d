"""What every catalogue promises: in memory, in DynamoDB, and with Redis in front."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import boto3
import pytest
from redis import Redis

from media.adapters.deadline import Deadline
from media.adapters.dynamodb_catalogue import READING, WRITING, DynamoCatalogue
from media.adapters.memory_catalogue import MemoryCatalogue
from media.adapters.redis_catalogue import RedisCatalogue
from media.domain.claim import KEPT, LEASE, KeyInUse, KeyReused
from media.domain.description import described
from media.domain.feed import CURSOR_LIFE, Change, CursorExpired
from media.domain.visits import Batch
from media.domain.wallpaper import Counters, Day, Description, Point, Rating, Wallpaper
from media.ports import Catalogue, DuplicateOriginal, VersionMismatch, WallpaperNotFound
from tests.support.media_builders import NOON, a_claim, a_wallpaper


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
def memory() -> Catalogue:
    return MemoryCatalogue()


@pytest.fixture
def dynamodb(catalogue_table: str, threads: ThreadPoolExecutor) -> Catalogue:
    return DynamoCatalogue(
        reader=boto3.client("dynamodb", config=READING),
        writer=boto3.client("dynamodb", config=WRITING),
        table=catalogue_table,
        threads=threads,
    )


@pytest.fixture
def cached(redis_url: str, threads: ThreadPoolExecutor) -> Catalogue:
    return RedisCatalogue(
        MemoryCatalogue(),
        Redis.from_url(redis_url),
        ttl=timedelta(seconds=60),
        deadline=Deadline(1, threads),
    )


@pytest.fixture(
    params=[
        "memory",
        pytest.param("dynamodb", marks=pytest.mark.integration),
        pytest.param("cached", marks=pytest.mark.integration),
    ]
)
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    found: Catalogue = request.getfixturevalue(request.param)
    return found


def _retitled(wallpaper: Wallpaper, title: str) -> Wallpaper:
    description = described(wallpaper.description, {"title": title})
    return wallpaper.revised(description, wallpaper.look.focal, now=NOON + timedelta(hours=1))


def _everything(catalogue: Catalogue, *, limit: int = 100) -> list[Change]:
    found: list[Change] = []
    page = catalogue.changes(None, limit=limit, now=NOON)
    found.extend(page.items)
    while not page.caught_up:
        page = catalogue.changes(page.cursor, limit=limit, now=NOON)
        found.extend(page.items)
    return found


def test_what_was_published_is_kept_to_the_last_field(catalogue: Catalogue) -> None:
    said = Description(
        title="Pine 松",
        description="Two\nlines",
        tags=frozenset({"forest", "deep blue"}),
        category="nature",
        rating=Rating.SKETCHY,
        license="cc0-1.0",
        creator="Ada",
        creator_url="https://ada.example/",
        source="https://ada.example/pine",
    )
    pine = a_wallpaper(description=said, status_reason="because")
    plain = a_wallpaper(description=Description("Plain"))

    catalogue.publish(pine)
    catalogue.publish(plain)

    for _ in range(2):  # the second time from the cache, where there is one
        assert catalogue.get(pine.id) == pine
        assert catalogue.get(plain.id) == plain
    assert catalogue.get(pine.id, fresh=True) == pine
    assert catalogue.holder(pine.original.sha256) == pine.id


def test_what_was_never_published_is_not_found(catalogue: Catalogue) -> None:
    with pytest.raises(WallpaperNotFound):
        catalogue.get("22222222")

    assert catalogue.holder("0" * 64) is None


def test_the_same_bytes_are_published_once(catalogue: Catalogue) -> None:
    first = a_wallpaper()
    catalogue.publish(first)
    second = a_wallpaper(original=first.original)

    with pytest.raises(DuplicateOriginal) as caught:
        catalogue.publish(second)

    assert caught.value.wallpaper_id == first.id
    with pytest.raises(WallpaperNotFound):
        catalogue.get(second.id)


def test_an_update_takes_the_place_of_the_version_before_it(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    catalogue.get(pine.id)
    revised = pine.revised(pine.description, Point(0.1, 0.9), now=NOON + timedelta(minutes=1))

    catalogue.update(revised)

    assert catalogue.get(pine.id) == revised
    assert catalogue.get(pine.id).version == 2


def test_of_two_updates_of_one_version_the_second_is_refused(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    catalogue.update(_retitled(pine, "First"))

    with pytest.raises(VersionMismatch) as caught:
        catalogue.update(_retitled(pine, "Second"))

    assert caught.value.version == 2
    assert catalogue.get(pine.id).description.title == "First"


def test_what_is_not_there_cannot_be_updated(catalogue: Catalogue) -> None:
    with pytest.raises(WallpaperNotFound):
        catalogue.update(_retitled(a_wallpaper(), "Nowhere"))


def test_a_deleted_wallpaper_leaves_a_tombstone_and_lets_go_of_its_bytes(
    catalogue: Catalogue,
) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    catalogue.update(pine.deleted(now=NOON))
    again = a_wallpaper(original=pine.original)

    assert catalogue.get(pine.id).is_deleted
    assert catalogue.holder(pine.original.sha256) is None
    catalogue.publish(again)
    assert catalogue.holder(pine.original.sha256) == again.id


def test_a_claim_is_settled_by_what_is_published_under_it(catalogue: Catalogue) -> None:
    claim, pine = a_claim(), a_wallpaper()

    assert catalogue.claim(claim, now=NOON) is None
    catalogue.publish(pine, claim)

    assert catalogue.claim(a_claim(), now=NOON) == pine.id
    assert catalogue.claim(a_claim(), now=NOON + KEPT - timedelta(seconds=5)) == pine.id
    assert catalogue.claim(a_claim(account="bob"), now=NOON) is None


def test_a_claim_excludes_others_while_it_runs(catalogue: Catalogue) -> None:
    catalogue.claim(a_claim(), now=NOON)

    with pytest.raises(KeyInUse):
        catalogue.claim(a_claim(), now=NOON)
    with pytest.raises(KeyReused):
        catalogue.claim(a_claim(fingerprint="f2"), now=NOON)


def test_a_settled_key_does_not_stand_for_another_upload(catalogue: Catalogue) -> None:
    claim = a_claim()
    catalogue.claim(claim, now=NOON)
    catalogue.publish(a_wallpaper(), claim)

    with pytest.raises(KeyReused):
        catalogue.claim(a_claim(fingerprint="f2"), now=NOON)


def test_a_settled_key_is_forgotten_after_a_day(catalogue: Catalogue) -> None:
    claim = a_claim()
    catalogue.claim(claim, now=NOON)
    catalogue.publish(a_wallpaper(), claim)

    assert catalogue.claim(a_claim(fingerprint="f2"), now=NOON + KEPT) is None


def test_a_released_claim_is_free(catalogue: Catalogue) -> None:
    claim = a_claim()
    catalogue.claim(claim, now=NOON)

    catalogue.release(claim)

    assert catalogue.claim(a_claim(fingerprint="f2"), now=NOON) is None


def test_releasing_undoes_nothing_that_is_settled(catalogue: Catalogue) -> None:
    claim, pine = a_claim(), a_wallpaper()
    catalogue.claim(claim, now=NOON)
    catalogue.publish(pine, claim)

    catalogue.release(claim)

    assert catalogue.claim(a_claim(), now=NOON) == pine.id


def test_a_claim_whose_lease_ran_out_is_taken_over_for_good(catalogue: Catalogue) -> None:
    stalled, pine = a_claim(), a_wallpaper()
    catalogue.claim(stalled, now=NOON)
    later = a_claim()

    assert catalogue.claim(later, now=NOON + LEASE) is None
    catalogue.release(stalled)
    with pytest.raises(KeyInUse):
        catalogue.publish(pine, stalled)
    with pytest.raises(WallpaperNotFound):
        catalogue.get(pine.id)
    catalogue.publish(pine, later)


def test_the_feed_has_each_wallpaper_once_at_its_latest_change(catalogue: Catalogue) -> None:
    pine, mist, dune = a_wallpaper(), a_wallpaper(), a_wallpaper()
    for wallpaper in (pine, mist, dune):
        catalogue.publish(wallpaper)
    revised, tombstone = _retitled(pine, "Later"), mist.deleted(now=NOON)
    catalogue.update(revised)
    catalogue.update(tombstone)

    changes = [change.wallpaper for change in _everything(catalogue, limit=2)]

    assert len(changes) == 3
    assert {each.id: each for each in changes} == {
        dune.id: dune,
        pine.id: revised,
        mist.id: tombstone,
    }


def test_a_follower_that_carries_on_sees_only_what_is_new(catalogue: Catalogue) -> None:
    catalogue.publish(a_wallpaper())
    read = catalogue.changes(None, limit=10, now=NOON)
    mist = a_wallpaper()
    catalogue.publish(mist)

    news = catalogue.changes(read.cursor, limit=10, now=NOON)

    assert [change.wallpaper for change in news.items] == [mist]
    assert news.caught_up
    assert catalogue.changes(news.cursor, limit=10, now=NOON).items == ()


def test_an_empty_feed_gives_a_cursor_to_carry_on_from(catalogue: Catalogue) -> None:
    empty = catalogue.changes(None, limit=10, now=NOON)
    pine = a_wallpaper()
    catalogue.publish(pine)

    news = catalogue.changes(empty.cursor, limit=10, now=NOON)

    assert (empty.items, empty.caught_up) == ((), True)
    assert [change.wallpaper for change in news.items] == [pine]


def test_a_cursor_of_another_life_has_expired(catalogue: Catalogue) -> None:
    here = catalogue.changes(None, limit=1, now=NOON).cursor
    others = [
        replace(here, epoch="0123456789abcdef"),
        replace(here, places=tuple(place + 99 for place in here.places)),
        replace(here, places=(*here.places, 0)),
    ]

    for other in others:
        with pytest.raises(CursorExpired):
            catalogue.changes(other, limit=1, now=NOON)


def test_a_cursor_lives_for_as_long_as_tombstones_are_certain_to_be_there(
    catalogue: Catalogue,
) -> None:
    catalogue.publish(a_wallpaper())
    here = catalogue.changes(None, limit=9, now=NOON).cursor

    later = catalogue.changes(here, limit=9, now=NOON + CURSOR_LIFE).cursor
    catalogue.changes(later, limit=9, now=NOON + 2 * CURSOR_LIFE)
    with pytest.raises(CursorExpired):
        catalogue.changes(here, limit=9, now=NOON + CURSOR_LIFE + timedelta(days=1))


def test_a_cursor_stays_as_old_as_it_is_until_all_has_been_read(catalogue: Catalogue) -> None:
    start = catalogue.changes(None, limit=1, now=NOON).cursor
    for _ in range(3):
        catalogue.publish(a_wallpaper())

    halfway = catalogue.changes(start, limit=1, now=NOON + CURSOR_LIFE)

    assert not halfway.caught_up
    with pytest.raises(CursorExpired):
        catalogue.changes(halfway.cursor, limit=1, now=NOON + CURSOR_LIFE + timedelta(days=1))


def test_waiting_ends_with_a_change(catalogue: Catalogue) -> None:
    here = catalogue.changes(None, limit=1, now=NOON).cursor
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(catalogue.await_change, here, within=timedelta(seconds=20))
        begun = monotonic()
        catalogue.publish(a_wallpaper())
        waiting.result()

    assert monotonic() - begun < 10
    assert catalogue.changes(here, limit=1, now=NOON).items


def test_waiting_ends_without_a_change_when_its_time_is_up(catalogue: Catalogue) -> None:
    here = catalogue.changes(None, limit=1, now=NOON).cursor

    catalogue.await_change(here, within=timedelta(seconds=0.3))

    assert not catalogue.changes(here, limit=1, now=NOON).items


def test_a_lost_wallpaper_is_restored_as_it_was(catalogue: Catalogue) -> None:
    pine = replace(a_wallpaper(), version=7)

    catalogue.restore(pine)

    assert catalogue.get(pine.id) == pine
    assert catalogue.holder(pine.original.sha256) == pine.id
    assert [change.wallpaper for change in _everything(catalogue)] == [pine]


def test_restoring_never_goes_back_in_time(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    revised = _retitled(pine, "Later")
    catalogue.update(revised)

    catalogue.restore(pine)

    assert catalogue.get(pine.id) == revised


def test_restoring_brings_an_old_version_up_to_date(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    catalogue.get(pine.id)
    tombstone = _retitled(pine, "Later").deleted(now=NOON)

    catalogue.restore(tombstone)

    assert catalogue.get(pine.id, fresh=True) == tombstone
    assert catalogue.get(pine.id) == tombstone
    assert catalogue.holder(pine.original.sha256) is None
    assert [change.wallpaper for change in _everything(catalogue)] == [tombstone]


def test_restoring_keeps_the_bytes_unique(catalogue: Catalogue) -> None:
    here = a_wallpaper()
    catalogue.publish(here)

    with pytest.raises(DuplicateOriginal):
        catalogue.restore(a_wallpaper(original=here.original))


def test_a_new_life_of_the_feed_ends_all_cursors(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    cursor = catalogue.changes(None, limit=10, now=NOON).cursor

    catalogue.begin_anew()

    with pytest.raises(CursorExpired):
        catalogue.changes(cursor, limit=10, now=NOON)
    assert [change.wallpaper for change in _everything(catalogue)] == [pine]


def test_records_and_holders_are_told_of_what_is_here(catalogue: Catalogue) -> None:
    many = [a_wallpaper() for _ in range(105)]
    for wallpaper in many:
        catalogue.publish(wallpaper)
    many[0] = _retitled(many[0], "Second")
    catalogue.update(many[0])
    catalogue.update(gone := many[1].deleted(now=NOON))

    records = catalogue.records([*(wallpaper.id for wallpaper in many), "22222222"])
    holders = catalogue.holders([*(each.original.sha256 for each in many), "0" * 64])

    assert records == {wallpaper.id: wallpaper for wallpaper in many} | {gone.id: gone}
    assert holders == {each.original.sha256: each.id for each in many if each.id != gone.id}


def _visits(pine: Wallpaper, *, number: int, source: str = "r", views: int = 2) -> Batch:
    day = Day(NOON.date(), views=views, downloads=1)
    return Batch(source, number, {pine.id: {day.date: day}})


def test_visits_are_added_to_the_record_and_to_the_feed(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    cursor = catalogue.changes(None, limit=10, now=NOON).cursor

    counted = catalogue.count(_visits(pine, number=1))

    (change,) = catalogue.changes(cursor, limit=10, now=NOON).items
    here = catalogue.get(pine.id, fresh=True)
    assert (here, (here,)) == (change.wallpaper, counted)
    assert here.counters == Counters(views=2, downloads=1)
    assert here.days == (Day(NOON.date(), 2, 1),)
    assert (here.version, here.counted) == (pine.version, 1)


def test_a_batch_of_visits_is_added_once_however_often_it_comes(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)

    for number in (5, 5, 4, 6, 5):
        catalogue.count(_visits(pine, number=number))
    catalogue.count(_visits(pine, number=1, source="another"))

    assert catalogue.get(pine.id, fresh=True).counters.views == 2 * 3


def test_a_batch_may_name_many_and_some_that_are_gone(catalogue: Catalogue) -> None:
    many = [a_wallpaper() for _ in range(60)]
    for wallpaper in many:
        catalogue.publish(wallpaper)
    catalogue.update(many[0].deleted(now=NOON))
    counts = {each.id: {NOON.date(): Day(NOON.date(), 1)} for each in (*many, a_wallpaper())}

    catalogue.count(Batch("r", 1, counts))
    catalogue.count(Batch("r", 1, counts))

    records = catalogue.records(each.id for each in many)
    assert [records[each.id].counters.views for each in many] == [0] + [1] * 59


def test_who_edits_is_not_in_the_way_of_who_counts(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)
    revised = _retitled(pine, "Edited")

    catalogue.count(_visits(pine, number=1))
    catalogue.update(revised)
    catalogue.count(_visits(pine, number=2))
    catalogue.count(_visits(pine, number=1))

    here = catalogue.get(pine.id, fresh=True)
    assert (here.description.title, here.version) == ("Edited", 2)
    assert here.counters.views == 4
    assert len(_everything(catalogue)) == 1


def test_editing_and_counting_at_the_same_time_lose_nothing(catalogue: Catalogue) -> None:
    pine = a_wallpaper()
    catalogue.publish(pine)

    def edit() -> None:
        for number in range(1, 11):
            catalogue.update(_retitled(replace(pine, version=number), f"Edit {number}"))

    with ThreadPoolExecutor(4) as pool:
        editing = pool.submit(edit)
        counting = [
            pool.submit(catalogue.count, _visits(pine, number=1, source=f"s{each}", views=1))
            for each in range(10)
        ]
    editing.result()
    for job in counting:
        job.result()

    here = catalogue.get(pine.id, fresh=True)
    assert (here.version, here.description.title) == (11, "Edit 10")
    assert (here.counters.views, here.counted) == (10, 10)
