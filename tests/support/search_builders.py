"""Records, wallpapers and applications of search, saying only what matters to a test."""

import contextlib
import json
from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qsl

from flask import Flask

from chassis.identity import HEADER, Identities, Identity, Role
from chassis.seal import Sealer
from search.adapters.memory_eyes import MemoryEyes
from search.adapters.memory_feed import MemoryFeed
from search.adapters.memory_index import MemoryIndex
from search.app import create_app
from search.domain.parser import parse_query
from search.domain.query import Query
from search.domain.ranking import based, usual_sort
from search.domain.sort import Sort
from search.domain.values import Look
from search.domain.wallpaper import Change, Wallpaper
from search.follow import Following
from search.ports import FeedStartedOver, Page
from tests.support.threaded_servers import HttpServer

SECRET = "a secret of the tests and long enough for them"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_PLAIN: dict[str, Any] = {
    "id": "22222222",
    "sha256": "0" * 64,
    "width": 3840,
    "height": 2160,
    "bytes": 2_500_000,
    "type": "image/jpeg",
    "title": "Plain",
    "description": None,
    "tags": [],
    "category": "general",
    "rating": "safe",
    "creator": None,
    "creator_url": None,
    "source": None,
    "license": "cc0-1.0",
    "ai": "no",
    "uploader": "ada",
    "palette": [{"hex": "#808080", "share": 1.0}],
    "lum": 0.5,
    "sat": 0.1,
    "oled": 0.0,
    "focal": {"x": 0.5, "y": 0.5},
    "dhash": "0123456789abcdef",
    "phash": "fedcba9876543210",
    "thumbhash": "3OcRJYB4d3h/iIeHeEh3eIhw+j3A",
    "lqip": "data:image/webp;base64,UklGRg==",
    "views": 0,
    "downloads": 0,
    "favorites": 0,
    "status": "live",
    "status_reason": None,
    "created_at": "2026-11-01T00:00:00.000Z",
    "changed_at": "2026-11-01T00:00:00.000Z",
    "version": 1,
    "links": {
        "page": "/w/22222222",
        "original": "/api/v1/wallpapers/22222222/original",
        "images": {"w320": "/i/22222222/w320.webp"},
    },
}


def an_id(number: int) -> str:
    """The ``number``-th id, in the order of ids."""
    digits = []
    for _ in range(8):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def a_record(**changes: Any) -> dict[str, Any]:
    """A record like any other, except for ``changes``."""
    return deepcopy(_PLAIN) | changes


def a_tombstone(id_: str, *, version: int) -> dict[str, Any]:
    """All that media tells of a wallpaper that was deleted."""
    changed_at = "2026-11-02T00:00:00.000Z"
    return {"id": id_, "version": version, "status": "deleted", "changed_at": changed_at}


def a_wallpaper(**changes: Any) -> Wallpaper:
    """A wallpaper like any other, except for ``changes`` of its record."""
    return Wallpaper.of(a_record(**changes))


def an_index(*records: dict[str, Any]) -> MemoryIndex:
    """An index that has what ``records`` say."""
    index = MemoryIndex()
    index.apply(map(Change.of, records), position="1")
    return index


def a_query(text: str) -> Query:
    """The query that ``text`` is, in the order it says or the usual one, all words as weighty."""
    query = parse_query(text).query
    sort = based(query.sort or usual_sort(query.where), query.where, today=NOW.date())
    return query.sorted_by(sort or Sort())


def ids(page: Page) -> list[str]:
    """The ids of the wallpapers on ``page``."""
    return [Wallpaper.of(_loaded(document)).id for document in page.documents]


def an_app(
    *records: dict[str, Any],
    clock: Callable[[], datetime] = lambda: NOW,
    pictures: dict[bytes, Look] | None = None,
) -> Flask:
    """Search with an index that has caught up with ``records``."""
    following = Following()
    following.caught_up(an_index(*records))
    return create_app(following, IDENTITIES, MemoryEyes(pictures or {}), clock)


def signed(role: Role = Role.CONTRIBUTOR, path: str = "/search") -> dict[str, str]:
    """The headers of a call that someone with ``role`` makes."""
    return IDENTITIES.sign(Identity("ada", role), "GET", path)


IDENTITIES = Identities(Sealer((SECRET,)))


def _loaded(document: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(document)
    return record


class Scripted:
    """A real HTTP server in media's place, which says what the test tells it to.

    Attributes:
        url: Where it answers.
        answer: Makes the answer to one ``GET /changes`` from its arguments; may also raise
            ``ConnectionError`` to hang up.
        asked: The arguments of every call so far.
    """

    def __init__(self, answer: Callable[[dict[str, str]], "Answer"], port: int = 0) -> None:
        self.answer = answer
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                arguments = dict(parse_qsl(query))
                outer.asked.append(arguments)
                caller = IDENTITIES.read(self.headers.get(HEADER), "GET", "/changes")
                assert path == "/changes"
                assert caller == Identity("search", Role.SERVICE)
                try:
                    status, body = outer.answer(arguments)
                except ConnectionError:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if isinstance(body, bytes):
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                    return
                self.send_header("Connection", "close")
                self.end_headers()
                with contextlib.suppress(OSError):
                    for piece in body:
                        self.wfile.write(piece)

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Say nothing."""

        self._server = HttpServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


Answer = tuple[int, bytes | Iterable[bytes]]


def as_media(feed: MemoryFeed) -> Callable[[dict[str, str]], Answer]:
    """How media answers ``GET /changes`` from what ``feed`` has."""

    def answer(arguments: dict[str, str]) -> Answer:
        wait = timedelta(seconds=float(arguments["wait"]))
        try:
            found, position, caught_up = feed.read(arguments.get("after"), wait=wait)
        except FeedStartedOver:
            return 410, b'{"type": "/problems/cursor-expired"}'
        data = [{"record": record} for _, record in found]
        meta = {"cursor": position, "caught_up": caught_up}
        return 200, json.dumps({"data": data, "meta": meta}).encode()

    return answer
