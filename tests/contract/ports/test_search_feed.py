"""What every feed that search follows promises."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Timer

import pytest

from search.adapters.http_feed import HttpFeed
from search.adapters.memory_feed import MemoryFeed
from search.ports import Feed, FeedStartedOver
from tests.support.search_builders import (
    IDENTITIES,
    Scripted,
    a_record,
    a_tombstone,
    an_id,
    as_media,
)

AT_ONCE = timedelta()


@dataclass(frozen=True)
class Subject:
    """A feed, and the records behind it."""

    feed: Feed
    behind: MemoryFeed


@pytest.fixture(params=["memory", "http"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    behind = MemoryFeed(limit=2)
    if request.param == "memory":
        yield Subject(behind, behind)
        return
    with Scripted(as_media(behind)) as server:
        yield Subject(HttpFeed(server.url, IDENTITIES), behind)


def test_a_feed_without_anything_has_a_position_and_is_caught_up(subject: Subject) -> None:
    batch = subject.feed.changes(None, wait=AT_ONCE)

    assert batch.changes == ()
    assert batch.caught_up
    assert subject.feed.changes(batch.position, wait=AT_ONCE).changes == ()


def test_changes_come_in_order_until_it_is_caught_up(subject: Subject) -> None:
    subject.behind.publish(*(a_record(id=an_id(n)) for n in (3, 1, 2)))

    first = subject.feed.changes(None, wait=AT_ONCE)
    second = subject.feed.changes(first.position, wait=AT_ONCE)

    assert [change.id for change in first.changes] == [an_id(3), an_id(1)]
    assert [change.id for change in second.changes] == [an_id(2)]
    assert (first.caught_up, second.caught_up) == (False, True)


def test_a_wallpaper_comes_once_as_its_last_change_left_it(subject: Subject) -> None:
    subject.behind.publish(a_record(title="Pine"), a_record(title="Oak", version=2))

    (change,) = subject.feed.changes(None, wait=AT_ONCE).changes

    assert change.version == 2
    assert change.wallpaper is not None
    assert "Oak" in change.wallpaper.document


def test_a_deletion_comes_as_a_change_without_a_wallpaper(subject: Subject) -> None:
    subject.behind.publish(a_tombstone(an_id(1), version=4))

    (change,) = subject.feed.changes(None, wait=AT_ONCE).changes

    assert (change.id, change.version, change.wallpaper) == (an_id(1), 4, None)


def test_it_waits_for_news_and_brings_them_at_once(subject: Subject) -> None:
    position = subject.feed.changes(None, wait=AT_ONCE).position
    Timer(0.3, lambda: subject.behind.publish(a_record())).start()
    began = time.monotonic()

    batch = subject.feed.changes(position, wait=timedelta(seconds=10))

    assert len(batch.changes) == 1
    assert 0.2 < time.monotonic() - began < 3


def test_it_comes_back_without_news_after_the_wait(subject: Subject) -> None:
    position = subject.feed.changes(None, wait=AT_ONCE).position
    began = time.monotonic()

    batch = subject.feed.changes(position, wait=timedelta(seconds=1))

    assert (batch.changes, batch.position, batch.caught_up) == ((), position, True)
    assert 0.9 < time.monotonic() - began < 4


def test_a_position_in_another_life_of_the_feed_is_refused(subject: Subject) -> None:
    position = subject.feed.changes(None, wait=AT_ONCE).position
    subject.behind.start_over(a_record())

    with pytest.raises(FeedStartedOver):
        subject.feed.changes(position, wait=AT_ONCE)
    assert len(subject.feed.changes(None, wait=AT_ONCE).changes) == 1
