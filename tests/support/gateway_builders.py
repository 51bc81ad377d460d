"""What tests of the gateway are built from: a record, an answer of search, the whole gateway."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from flask import Flask
from werkzeug.test import Client

from chassis.identity import Identity, Role
from chassis.seal import Sealer
from chassis.trace import Step
from gateway.adapters.gevent_patience import patience
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.adapters.memory_drawer import MemoryDrawer
from gateway.adapters.memory_journeys import MemoryJourneys
from gateway.app import create_app
from gateway.domain.key import key_hash
from gateway.domain.service import Service
from gateway.enrol import Enrolment
from gateway.ports import Accounts, Journeys, Onward, Reply, Upstream, UpstreamUnavailable
from gateway.web.keeping import Keeping

SECRET = "the secret that our services share"
CONTRIBUTOR = "pr_contributor"
TRACE_ID = "7c1e0a4b9d2f4e5f8a3b6c9d0e1f2a3b"
PUBLIC_URL = "https://paperroute.example"
LQIP = (
    "data:image/webp;base64,"
    "UklGRjAAAABXRUJQVlA4ICQAAABQAQCdASoQAAkAA4BaJQBOgCgAAP7w2gqsBVc895lXk/VfAAA="
)
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def a_record(wallpaper_id: str = "pine2345", **changes: Any) -> dict[str, Any]:
    """A record like any other, except for ``changes``."""
    width, height = changes.get("width", 3840), changes.get("height", 2160)
    widths = [w for w in (320, 640, 1280, 1920, 2560, 3840) if w < width][:5]
    above = next((w for w in (320, 640, 1280, 1920, 2560, 3840) if w >= width), 3840)
    images = {f"w{w}": f"/i/{wallpaper_id}/w{w}.webp" for w in (*widths, above)}
    return {
        "id": wallpaper_id,
        "sha256": "ab" * 32,
        "width": width,
        "height": height,
        "bytes": 1_936_000,
        "type": "image/jpeg",
        "title": "Pine ridge",
        "description": None,
        "tags": ["forest", "mountains"],
        "category": "nature",
        "rating": "safe",
        "creator": "Noor Haddad",
        "creator_url": None,
        "source": None,
        "license": "cc0-1.0",
        "ai": "no",
        "uploader": "admin",
        "palette": [{"hex": "#221a34", "share": 0.6}, {"hex": "#d3abab", "share": 0.4}],
        "lum": 0.41,
        "sat": 0.2,
        "oled": 0.1,
        "focal": {"x": 0.5, "y": 0.62},
        "dhash": "0" * 16,
        "phash": "f" * 16,
        "thumbhash": "3OcRJYB4d3h/iIeHeEh3eIhw+j3A",
        "lqip": LQIP,
        "views": 0,
        "downloads": 0,
        "favorites": 0,
        "status": "live",
        "status_reason": None,
        "created_at": "2026-11-14T08:30:00.000Z",
        "changed_at": "2026-11-14T08:30:00.000Z",
        "version": 1,
        "links": {
            "page": f"/w/{wallpaper_id}",
            "original": f"/api/v1/wallpapers/{wallpaper_id}/original",
            "images": images,
        },
        **changes,
    }


def an_answer(*records: Mapping[str, Any], **meta: Any) -> dict[str, Any]:
    """What search answers when it finds ``records``."""
    return {
        "data": list(records),
        "meta": {
            "page": 1,
            "total": len(records),
            "limit": 24,
            "pages": 1,
            "next": None,
            "interpreted": "",
            "words": "everything, newest first",
            "warnings": [],
            "sort": "new",
            "took_ms": 0.3,
            "index": {"size": 36, "age_ms": 12},
            **meta,
        },
    }


def a_reply(body: object, status: int = 200, **headers: str) -> Reply:
    """A service's answer in JSON."""
    content = "application/json" if status < 400 else "application/problem+json"
    named = ((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, (("Content-Type", content), *named), iter([json.dumps(body).encode()]))


class Scripted:
    """A service that answers each path as told, in this process, and remembers what it was asked.

    ``away`` makes it unreachable. A body that came along is kept in ``bodies``.
    """

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        self.answers = dict(answers or {})
        self.asked: list[Onward] = []
        self.bodies: list[bytes] = []
        self.away = False

    def send(self, onward: Onward) -> Reply:
        self.asked.append(onward)
        if self.away:
            raise UpstreamUnavailable("away")
        if onward.body is not None:
            self.bodies.append(onward.body.read())
        answer = self.answers.get(onward.path, self.answers.get("*"))
        if answer is None:
            return a_reply({"title": "Not Found", "detail": "no", "status": 404}, 404)
        return answer if isinstance(answer, Reply) else a_reply(answer)


def a_gateway(
    search: Upstream | None = None,
    media: Upstream | None = None,
    accounts: Accounts | None = None,
    *,
    settled: bool = True,
    proxies: int = 0,
    upload_origin: str | None = None,
    journeys: Journeys | None = None,
    keeping: Keeping | None = None,
) -> Flask:
    """The gateway in front of these services; ``CONTRIBUTOR`` is the key of one contributor."""
    known = accounts or some_accounts()
    enrolment = Enrolment(known, MemoryDrawer(), None)
    enrolment.settled = settled
    services: dict[Service, Upstream] = {
        Service.SEARCH: search or Scripted({"/search": an_answer()}),
        Service.MEDIA: media or Scripted(),
    }
    return create_app(
        services,
        known,
        enrolment,
        sealer=Sealer([SECRET]),
        patience=patience,
        public_url=PUBLIC_URL,
        proxies=proxies,
        upload_origin=upload_origin,
        journeys=journeys,
        keeping=keeping,
    )


def a_step(stop: str = "redis", did: str = "GET", **changes: Any) -> Step:
    """A step of a millisecond within the gateway's answer, except for ``changes``."""
    return replace(Step(stop, did, "5" * 16, "1" * 16, 1_000_000, 2_000_000), **changes)


def a_journey() -> MemoryJourneys:
    """``TRACE_ID``: a wallpaper's page, through every stop there is; 40 milliseconds."""
    ms = 1_000_000
    return MemoryJourneys(
        {
            TRACE_ID: (
                Step(
                    "gateway",
                    "GET /w/<word:wallpaper_id>",
                    "1" * 16,
                    None,
                    0,
                    40 * ms,
                    "200",
                    answers=True,
                ),
                Step("media", "wallpapers", "2" * 16, "1" * 16, 2 * ms, 14 * ms),
                Step(
                    "media",
                    "GET /wallpapers/<id>",
                    "3" * 16,
                    "2" * 16,
                    3 * ms,
                    13 * ms,
                    "200",
                    answers=True,
                ),
                Step("redis", "GET", "4" * 16, "3" * 16, 4 * ms, 5 * ms, "miss"),
                Step("dynamodb", "GetItem", "5" * 16, "3" * 16, 5 * ms, 9 * ms),
                Step("s3", "HeadObject", "6" * 16, "3" * 16, 9 * ms, 12 * ms, "absent"),
                Step("search", "similar", "7" * 16, "1" * 16, 15 * ms, 25 * ms),
                Step(
                    "search",
                    "GET /similar/<id_>",
                    "8" * 16,
                    "7" * 16,
                    95 * ms,
                    103 * ms,
                    "200",
                    answers=True,
                ),
                Step("index", "resemble", "9" * 16, "8" * 16, 96 * ms, 102 * ms),
                Step("draw", "page", "a" * 16, "1" * 16, 26 * ms, 38 * ms),
            )
        }
    )


def some_accounts() -> MemoryAccounts:
    """An administrator's and one contributor's, whose key is ``CONTRIBUTOR``."""
    accounts = MemoryAccounts(**{CONTRIBUTOR: Identity("noor", Role.CONTRIBUTOR)})
    accounts.appoint(key_hash("pr_admin"), instead_of=None)
    return accounts


def a_visitor(app: Flask) -> Client:
    """A browser without script, as far as the gateway can tell."""
    return Client(app)


def header(asked: Onward, name: str) -> str | None:
    """What a service was told under ``name``."""
    return next((value for key, value in asked.headers if key.lower() == name.lower()), None)


def names(headers: Iterable[tuple[str, str]]) -> set[str]:
    """The names among ``headers``, in lower case."""
    return {name.lower() for name, _ in headers}


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that lets ``answer`` do as it likes with each connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            answer(connection)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def http_answer(body: bytes, *more: str, status: str = "200 OK") -> bytes:
    """An answer as it goes over the wire."""
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *more)
    return "\r\n".join((*lines, "", "")).encode() + body


def request_read(connection: socket.socket) -> bytes:
    """One request without a body, as it came over the wire; empty at the end."""
    came = b""
    while b"\r\n\r\n" not in came:
        if not (more := connection.recv(65536)):
            return b""
        came += more
    return came
