"""Following the feed through everything that can happen to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest

from search.adapters.memory_feed import MemoryFeed
from search.adapters.memory_index import MemoryIndex
from search.adapters.memory_shared import MemoryShared
from search.follow import Following, IndexNotReady, follow, watch
from search.ports import Batch, Feed, FeedUnavailable
from tests.support.search_builders import NOW, a_query, a_record, a_tombstone, an_id, ids
from tests.support.servers import wait_until


class Unsteady:
    """A feed that first does what it is told to before each answer."""

    def __init__(self, behind: Feed) -> None:
        self._behind = behind
        self.before: Callable[[], None] = lambda: None
        self.asked = 0

    def changes(self, after: str | None, *, wait: timedelta) -> Batch:
        self.asked += 1
        self.before()
        return self._behind.changes(after, wait=min(wait, timedelta(seconds=0.05)))


@contextmanager
def followed(feed: Feed, following: Following) -> Iterator[None]:
    stop = Event()
    shared = MemoryShared()
    threads = [
        Thread(target=follow, args=(feed, shared), kwargs={"stop": stop}),
        Thread(target=watch, args=(shared, following), kwargs={"stop": stop}),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)
            assert not thread.is_alive()


def holds(following: Following, *expected: str) -> Callable[[], bool]:
    def check() -> bool:
        if following.missing():
            return False
        return ids(following.index.search(a_query(""), limit=100, now=NOW)) == list(expected)

    return check


def soon(check: Callable[[], bool]) -> None:
    wait_until(check, seconds=5, what="the index")


def records(*numbers: int) -> list[dict[str, Any]]:
    return [a_record(id=an_id(number)) for number in numbers]


def test_before_it_has_caught_up_there_is_no_index_to_ask() -> None:
    following = Following()

    assert following.missing() is not None
    with pytest.raises(IndexNotReady):
        _ = following.index


def test_it_answers_only_once_it_has_everything() -> None:
    feed = Unsteady(MemoryFeed(*records(1, 2, 3), limit=1))
    following = Following()
    seen: list[str | None] = []
    feed.before = lambda: seen.append(following.missing())

    with followed(feed, following):
        soon(holds(following, an_id(1), an_id(2), an_id(3)))

    assert seen[:3] == ["the index has not caught up with media's feed"] * 3


def test_what_is_added_changed_and_deleted_is_followed() -> None:
    feed = MemoryFeed(*records(1, 2))
    following = Following()

    with followed(Unsteady(feed), following):
        soon(holds(following, an_id(1), an_id(2)))
        feed.publish(a_record(id=an_id(3)))
        soon(holds(following, an_id(1), an_id(2), an_id(3)))
        feed.publish(a_tombstone(an_id(1), version=2))
        soon(holds(following, an_id(2), an_id(3)))


@pytest.mark.parametrize("error", [FeedUnavailable("away"), RuntimeError("a mistake of ours")])
def test_it_goes_on_answering_while_the_feed_is_away_and_then_follows_again(
    error: Exception,
) -> None:
    behind = MemoryFeed(*records(1))
    feed = Unsteady(behind)
    following = Following()

    def fail() -> None:
        raise error

    with followed(feed, following):
        soon(holds(following, an_id(1)))
        feed.before = fail
        asked = feed.asked
        wait_until(lambda: feed.asked > asked + 3, seconds=5, what="some tries")
        behind.publish(a_record(id=an_id(2)))
        Event().wait(0.2)
        assert holds(following, an_id(1))()
        feed.before = lambda: None
        soon(holds(following, an_id(1), an_id(2)))


def test_it_does_not_ask_without_a_pause_when_it_fails() -> None:
    feed = Unsteady(MemoryFeed())

    def fail() -> None:
        raise FeedUnavailable("away")

    feed.before = fail
    with followed(feed, Following()):
        Event().wait(1)

    assert 2 <= feed.asked <= 8


def test_when_the_feed_starts_over_the_old_index_answers_until_the_new_one_is_full() -> None:
    behind = MemoryFeed(*records(1, 2), limit=1)
    feed = Unsteady(behind)
    following = Following()
    go_on = Event()
    with followed(feed, following):
        soon(holds(following, an_id(1), an_id(2)))
        feed.before = lambda: _wait(go_on) if following.index.size == 2 else None
        asked = feed.asked
        behind.start_over(*records(2, 3, 4))
        wait_until(lambda: feed.asked > asked, seconds=5, what="the feed to be asked")
        assert holds(following, an_id(1), an_id(2))()
        go_on.set()
        soon(holds(following, an_id(2), an_id(3), an_id(4)))


def test_its_age_is_counted_from_when_it_was_last_up_to_date() -> None:
    now = [100.0]
    following = Following(clock=lambda: now[0])
    following.caught_up(MemoryIndex())

    now[0] += 7

    assert following.age == timedelta(seconds=7)


def _wait(event: Event) -> None:
    event.wait(5)
