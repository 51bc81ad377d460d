"""Workers that search one index, and the process that keeps it up, killed in every way."""

import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest

from search.adapters.memory_feed import MemoryFeed
from tests.support.search_builders import Scripted, a_record, an_id, as_media
from tests.support.search_process import Search, search_on
from tests.support.servers import wait_until


def soon(check: Callable[[], bool], what: str = "search to find it") -> None:
    wait_until(check, seconds=15, what=what)


def kill_follower(search: Search) -> None:
    (follower,) = search.followers
    follower.kill()


def kill_its_worker(search: Search) -> None:
    (follower,) = search.followers
    psutil.Process(follower.ppid()).kill()


def kill_other_worker(search: Search) -> None:
    (follower,) = search.followers
    for worker in search.workers:
        if worker.pid != follower.ppid():
            worker.kill()


def end_worker(search: Search) -> None:
    (follower,) = search.followers
    psutil.Process(follower.ppid()).send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    "harm",
    [kill_follower, kill_its_worker, kill_other_worker, end_worker],
    ids=lambda f: f.__name__,
)
def test_whoever_is_killed_it_goes_on_following(
    harm: Callable[[Search], None], tmp_path: Path
) -> None:
    feed = MemoryFeed(a_record(id=an_id(1)))
    with Scripted(as_media(feed)) as media, search_on(media.url, tmp_path) as search:
        soon(lambda: search.finds(1))
        before = {process.pid for process in search.followers}
        harm(search)
        feed.publish(a_record(id=an_id(2)))
        soon(lambda: search.finds(1, 2))
        soon(lambda: len(search.followers) == 1 and len(search.workers) == 2, "the processes")
        assert before == {p.pid for p in search.followers} or harm is not kill_other_worker
        asked = [each.get("after") for each in media.asked]
        assert asked.count(None) == 1, "the feed was read again from its beginning"


def test_a_restart_goes_on_from_its_folder_and_is_ready_only_when_it_has_caught_up(
    tmp_path: Path,
) -> None:
    feed = MemoryFeed(a_record(id=an_id(1)))
    with Scripted(as_media(feed)) as media:
        with search_on(media.url, tmp_path) as search:
            soon(lambda: search.finds(1))
        feed.publish(a_record(id=an_id(2)))
        good = media.answer
        media.answer = lambda _: (503, b"{}")
        with search_on(media.url, tmp_path) as search:
            soon(lambda: len(search.followers) == 1, "the follower")
            soon(lambda: httpx.get(f"{search.url}/readyz").status_code == 503, "an answer")
            asked = len(media.asked)
            media.answer = good
            soon(lambda: search.finds(1, 2))
            assert all("after" in each for each in media.asked[asked:])


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    with Scripted(as_media(MemoryFeed(a_record(id=an_id(1))))) as media:
        with search_on(media.url, tmp_path) as search:
            soon(lambda: search.finds(1))
            (follower,) = search.followers
        psutil.wait_procs([follower], timeout=10)

    assert not follower.is_running()
