"""A failing part takes away only its own function."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.support.pictures import a_picture
from tests.support.servers import wait_until
from tests.support.site import Site, opens

pytestmark = pytest.mark.e2e


@contextmanager
def stopped(site: Site, part: str) -> Iterator[None]:
    """A part that is there and says nothing any more: the worst way to be away."""
    processes = site.processes(part)
    assert processes, f"no process of {part}"
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def seen(site: Site) -> str:
    """A wallpaper that is found and whose page has been open before."""
    identity: str = site.upload(a_picture(seed=301), title="Seen before", tags="seen").json()["id"]
    wait_until(lambda: identity in site.finds("tag:seen"), seconds=2, what="the upload")
    opens(f"{site.url}/w/{identity}", seconds=5)
    opens(f"{site.url}/", seconds=5)
    return identity


def test_without_redis_everything_works(site: Site, seen: str) -> None:
    with stopped(site, "redis-server"):
        for path in ("/", "/search?q=tag:seen", f"/w/{seen}"):
            assert opens(f"{site.url}{path}", seconds=3)[0] == 200, path
        answer = site.upload(a_picture(seed=302), title="Without Redis")
        assert answer.status_code == 201
        address = f"{site.url}/api/v1/wallpapers/{answer.json()['id']}"
        assert httpx.get(address).status_code == 200


def test_without_search_pages_open_and_say_that_search_is_resting(site: Site, seen: str) -> None:
    with stopped(site, r"search\.wsgi"):
        home, results, wallpaper = (
            opens(f"{site.url}{path}", seconds=3)
            for path in ("/", "/search?q=tag:seen", f"/w/{seen}")
        )
        answer = httpx.get(f"{site.url}/api/v1/search?q=tag:seen", timeout=3)

    assert (home[0], results[0], wallpaper[0]) == (200, 200, 200)
    assert "resting" in results[1]
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_without_media_pages_open_and_uploads_are_told_to_come_back(site: Site, seen: str) -> None:
    with stopped(site, r"media\.wsgi"):
        home, results, wallpaper = (
            opens(f"{site.url}{path}", seconds=3)
            for path in ("/", "/search?q=tag:seen", f"/w/{seen}")
        )
        record = httpx.get(f"{site.url}/api/v1/wallpapers/{seen}", timeout=5)

    assert (home[0], results[0], wallpaper[0]) == (200, 200, 200)
    assert "Seen before" in wallpaper[1]
    assert record.status_code == 503


def test_when_a_part_comes_back_so_does_what_it_does(site: Site, seen: str) -> None:
    def heals() -> bool:
        page = opens(f"{site.url}/search?q=tag:seen", seconds=3)
        return page[0] == 200 and "resting" not in page[1]

    wait_until(heals, seconds=15, what="the site to heal")
    assert site.upload(a_picture(seed=303), title="Healed").status_code == 201
