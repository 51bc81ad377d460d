"""Workers that search one index, and the process that keeps it up, killed in every way."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest

from search.adapters.memory_feed import MemoryFeed
from tests.support.search_builders import SECRET, Scripted, a_record, an_id, as_media
from tests.support.servers import free_port, running, wait_until

ROOT = Path(__file__).parents[2]
_GUNICORN = ("-m", "gunicorn", "-c", "services/search/gunicorn.conf.py", "search.wsgi:app")


class Search:
    """Search under gunicorn, with two workers."""

    def __init__(self, port: int, arbiter: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._arbiter = psutil.Process(arbiter)

    def finds(self, *numbers: int) -> bool:
        """Whether every one of many answers, on connections of their own, has exactly these."""
        return all(self._found() == [an_id(number) for number in numbers] for _ in range(12))

    def _found(self) -> list[str] | None:
        try:
            answer = httpx.get(f"{self.url}/search?limit=100", timeout=5)
        except httpx.TransportError:  # of a worker that was killed
            return None
        return [each["id"] for each in answer.json()["data"]] if answer.is_success else None

    @property
    def followers(self) -> list[psutil.Process]:
        """The processes that follow."""
        every = self._arbiter.children(recursive=True)
        return [each for each in every if "search.follower" in each.cmdline()]

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self._arbiter.children()


@contextmanager
def search_on(media: Scripted, folder: Path) -> Iterator[Search]:
    port = free_port()
    env = {
        "PAPERROUTE_INTERNAL_SECRET": SECRET,
        "SEARCH_MEDIA_URL": media.url,
        "SEARCH_FOLDER": str(folder / "index"),
        "SEARCH_BIND": f"127.0.0.1:{port}",
    }
    python = Path(sys.executable)
    log = folder / "search.log"
    with running([str(python), *_GUNICORN], log=log, env=env, cwd=ROOT) as process:
        yield Search(port, process.pid)


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
    with Scripted(as_media(feed)) as media, search_on(media, tmp_path) as search:
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
        with search_on(media, tmp_path) as search:
            soon(lambda: search.finds(1))
        feed.publish(a_record(id=an_id(2)))
        good = media.answer
        media.answer = lambda _: (503, b"{}")
        with search_on(media, tmp_path) as search:
            soon(lambda: len(search.followers) == 1, "the follower")
            soon(lambda: httpx.get(f"{search.url}/readyz").status_code == 503, "an answer")
            asked = len(media.asked)
            media.answer = good
            soon(lambda: search.finds(1, 2))
            assert all("after" in each for each in media.asked[asked:])


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    with Scripted(as_media(MemoryFeed(a_record(id=an_id(1))))) as media:
        with search_on(media, tmp_path) as search:
            soon(lambda: search.finds(1))
            (follower,) = search.followers
        psutil.wait_procs([follower], timeout=10)

    assert not follower.is_running()
