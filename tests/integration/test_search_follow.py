"""Search as production wires it, on a feed that comes over a real socket and misbehaves."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient

from search.adapters.http_feed import HttpFeed
from search.adapters.memory_feed import MemoryFeed
from search.ports import FeedUnavailable
from search.wiring import build
from tests.support.search_builders import (
    IDENTITIES,
    SECRET,
    Answer,
    Scripted,
    a_record,
    a_tombstone,
    an_id,
    as_media,
)
from tests.support.servers import free_port, wait_until


@contextmanager
def search_on(url: str) -> Iterator[FlaskClient]:
    stop = Event()
    with TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "PAPERROUTE_INTERNAL_SECRET": SECRET,
            "SEARCH_MEDIA_URL": url,
            "SEARCH_FOLDER": folder,
        }
        try:
            yield build(environ, stop).test_client()
        finally:
            stop.set()
            lock = Path(folder, "follower.lock")
            wait_until(lambda: is_free(lock), seconds=10, what="the follower to end")


def is_free(lock: Path) -> bool:
    """Whether no process holds ``lock``."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_ready(client: FlaskClient) -> bool:
    return client.get("/readyz").status_code == 200


def finds(client: FlaskClient, *expected: int) -> bool:
    response = client.get("/search?limit=100")
    if response.status_code != 200:
        return False
    found = [record["id"] for record in response.get_json()["data"]]
    return found == [an_id(number) for number in expected]


def soon(check: Callable[[], bool], seconds: float = 5) -> None:
    wait_until(check, seconds=seconds, what="search")


def test_an_upload_is_found_within_two_seconds_and_a_deletion_is_gone() -> None:
    feed = MemoryFeed(a_record(id=an_id(1)))
    with Scripted(as_media(feed)) as media, search_on(media.url) as client:
        soon(lambda: finds(client, 1))

        for number in range(2, 6):
            feed.publish(a_record(id=an_id(number)))
            soon(partial(finds, client, *range(1, number + 1)), seconds=2)

        feed.publish(a_tombstone(an_id(3), version=2))
        soon(lambda: finds(client, 1, 2, 4, 5), seconds=2)
        assert media.asked[-1]["wait"] == "20"


def test_it_is_not_ready_before_it_has_caught_up() -> None:
    go_on = Event()
    answer = as_media(MemoryFeed(*(a_record(id=an_id(n)) for n in range(1, 6)), limit=2))

    def slow(arguments: dict[str, str]) -> Answer:
        if arguments.get("after") == "1-4":
            go_on.wait(10)
        return answer(arguments)

    with Scripted(slow) as media, search_on(media.url) as client:
        soon(lambda: len(media.asked) == 3)
        assert client.get("/search").status_code == 503
        assert not is_ready(client)
        go_on.set()
        soon(lambda: is_ready(client) and finds(client, 1, 2, 3, 4, 5))


def _hang_up(_: dict[str, str]) -> Answer:
    raise ConnectionError


_GOOD = a_record(id=an_id(9))
_BAD: dict[str, Callable[[dict[str, str]], Answer]] = {
    "error": lambda _: (500, b"{}"),
    "refusal": lambda _: (401, b'{"type": "/problems/unidentified"}'),
    "redirect": lambda _: (302, b""),
    "garbage": lambda _: (200, b"\x00\xff{not json"),
    "nothing": lambda _: (200, b""),
    "another shape": lambda _: (200, b"[1, 2]"),
    "no data": lambda _: (200, b'{"data": {}, "meta": {}}'),
    "no records": lambda _: (200, b'{"data": [1], "meta": {"cursor": "1-9", "caught_up": true}}'),
    "no position": lambda _: (
        200,
        json.dumps({"data": [{"record": _GOOD}], "meta": {"caught_up": True}}).encode(),
    ),
    "odd position": lambda _: (
        200,
        json.dumps({"data": [], "meta": {"cursor": 7, "caught_up": True}}).encode(),
    ),
    "nested": lambda _: (200, b"[" * 100_000),
    "hang-up": _hang_up,
}


@pytest.mark.parametrize("bad", _BAD.values(), ids=_BAD.keys())
def test_it_answers_on_while_the_feed_misbehaves_and_then_goes_on(
    bad: Callable[[dict[str, str]], Answer],
) -> None:
    feed = MemoryFeed(a_record(id=an_id(1)))
    good = as_media(feed)
    with Scripted(good) as media, search_on(media.url) as client:
        soon(lambda: finds(client, 1))
        media.answer = bad
        feed.publish(a_record(id=an_id(2)))  # ends the poll that waits
        soon(lambda: finds(client, 1, 2))
        asked = len(media.asked)
        soon(lambda: len(media.asked) > asked + 2)
        assert finds(client, 1, 2)
        assert is_ready(client)
        feed.publish(a_record(id=an_id(3)))
        media.answer = good
        soon(lambda: finds(client, 1, 2, 3))


def test_one_record_that_cannot_be_read_does_not_hold_up_the_others() -> None:
    feed = MemoryFeed(
        a_record(id=an_id(1)), a_record(id=an_id(2), width="wide"), a_record(id=an_id(3))
    )
    with Scripted(as_media(feed)) as media, search_on(media.url) as client:
        soon(lambda: finds(client, 1, 3))


def test_when_the_feed_starts_over_search_answers_throughout() -> None:
    feed = MemoryFeed(a_record(id=an_id(1)), a_record(id=an_id(2)))
    with Scripted(as_media(feed)) as media, search_on(media.url) as client:
        soon(lambda: finds(client, 1, 2))

        feed.start_over(a_record(id=an_id(2)), a_record(id=an_id(3)))

        deadline = time.monotonic() + 5
        while not finds(client, 2, 3):
            assert finds(client, 1, 2) or finds(client, 2, 3)
            assert time.monotonic() < deadline


def test_it_starts_before_media_and_catches_up_when_media_comes() -> None:
    port = free_port()
    with search_on(f"http://127.0.0.1:{port}") as client:
        time.sleep(0.5)
        assert client.get("/search").status_code == 503
        assert client.get("/livez").status_code == 200

        with Scripted(as_media(MemoryFeed(a_record(id=an_id(1)))), port):
            soon(lambda: finds(client, 1))


def test_its_age_grows_while_media_is_away() -> None:
    media = Scripted(as_media(MemoryFeed(a_record(id=an_id(1)))))
    with search_on(media.url) as client:
        with media:
            soon(lambda: finds(client, 1))
            media.answer = _hang_up
        before = client.get("/search").get_json()["meta"]["index"]["age_ms"]
        time.sleep(0.5)

        answer = client.get("/search").get_json()

    assert answer["meta"]["index"]["age_ms"] >= before + 450
    assert answer["meta"]["index"]["size"] == 1


def test_a_cursor_is_good_after_a_restart() -> None:
    feed = MemoryFeed(*(a_record(id=an_id(n)) for n in range(1, 8)))
    with Scripted(as_media(feed)) as media:
        with search_on(media.url) as client:
            soon(lambda: is_ready(client))
            first = client.get("/search?limit=4&q=sort:random").get_json()
        with search_on(media.url) as client:
            soon(lambda: is_ready(client))
            query = {"limit": 4, "q": "sort:random", "cursor": first["meta"]["next"]}
            second = client.get("/search", query_string=query).get_json()

    seen = [record["id"] for record in first["data"] + second["data"]]
    assert sorted(seen) == [an_id(n) for n in range(1, 8)]


def test_an_answer_that_comes_too_slowly_is_cut() -> None:
    def trickle() -> Iterator[bytes]:
        for _ in range(300):
            time.sleep(0.1)
            yield b" "

    with Scripted(lambda _: (200, trickle())) as media:
        given_up_after_a_second(media.url)


@pytest.mark.parametrize("listening", [True, False], ids=["silent", "refused"])
def test_a_feed_that_does_not_answer_is_given_up(listening: bool) -> None:
    with closing(socket.socket()) as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:
            silent.listen()
        given_up_after_a_second(f"http://127.0.0.1:{silent.getsockname()[1]}")


def given_up_after_a_second(url: str) -> None:
    feed = HttpFeed(url, IDENTITIES, within=timedelta(seconds=1))
    began = time.monotonic()
    with pytest.raises(FeedUnavailable):
        feed.changes(None, wait=timedelta())

    assert time.monotonic() - began < 3


def test_searches_are_answered_while_a_large_feed_is_read() -> None:
    feed = MemoryFeed(*(a_record(id=an_id(n)) for n in range(1, 1001)), limit=500)
    with Scripted(as_media(feed)) as media, search_on(media.url) as client:
        soon(lambda: is_ready(client), seconds=20)
        more = [a_record(id=an_id(n)) for n in range(1001, 3001)]
        publishing = Thread(target=feed.publish, args=more)
        publishing.start()
        slowest = 0.0
        while client.get("/search?limit=1").get_json()["meta"]["total"] < 3000:
            began = time.monotonic()
            assert client.get("/search?q=plain").status_code == 200
            slowest = max(slowest, time.monotonic() - began)
        publishing.join()

    assert slowest < 0.8
