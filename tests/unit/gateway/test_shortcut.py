"""The two ways through the gateway, with the framework and before it, give the same answers."""

import logging
from functools import partial
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from chassis import trace
from gateway.ports import Onward, Reply, Upstream, UpstreamTimeout
from tests.support.gateway_builders import (
    CONTRIBUTOR,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    an_answer,
)

PICTURE = b"RIFF" + bytes(range(256)) * 8000
ITS_OWN = {"X-Request-Id", "traceresponse", "Server-Timing"}


def a_picture(status: int = 200, body: bytes = PICTURE) -> Reply:
    said = (
        ("Content-Type", "image/webp"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("ETag", '"abc"'),
        ("Server-Timing", "media;dur=3.0"),
        ("Set-Cookie", "a=b"),
    )
    return Reply(status, said, iter([body[:70_000], body[70_000:]]))


def services() -> tuple[Scripted, Scripted]:
    """Search and media, each answering once."""
    away = Reply(302, (("Location", "https://s3.example/x"), ("Cache-Control", "no-store")))
    unchanged = Reply(304, (("ETag", '"abc"'), ("Content-Length", "99")))
    return Scripted({"/search": an_answer(a_record())}), Scripted(
        {
            "/wallpapers/pine2345": a_reply(a_record(), ETag='"1"'),
            "/wallpapers/gone2345": a_reply({"title": "Gone"}, 410),
            "/wallpapers/rich2345": a_reply({"title": "Broken"}, 500),
            "/wallpapers/busy2345": a_reply({"title": "Busy"}, 503, Retry_After="5"),
            "/wallpapers/pine2345/original": away,
            "/i/pine2345/w320.webp": a_picture(),
            "/i/pine2345/w640.webp": unchanged,
            "/i/pine2345/w1280.webp": a_picture(206, b"part"),
            "/i/pine2345/1920x1080.jpg": a_reply(
                {"title": "No token", "detail": "None.", "status": 404}, 404
            ),
        }
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/search",
        "/api/v1/search?q=forest%20-fog&limit=3",
        "/api/v1/search?q=é",
        "/api/v1/wallpapers/pine2345",
        "/api/v1/wallpapers/nobody22",
        "/api/v1/wallpapers/gone2345",
        "/api/v1/wallpapers/rich2345",
        "/api/v1/wallpapers/busy2345",
        "/api/v1/wallpapers/Pine2345",
        "/api/v1/wallpapers/pine2345/",
        "/api/v1/wallpapers/pine2345/original",
        "/i/pine2345/w320.webp",
        "/i/pine2345/w320.webp?download=1",
        "/i/pine2345/w640.webp",
        "/i/pine2345/w1280.webp",
        "/i/pine2345/1920x1080.jpg?t=none",
        "/i/pine2345/1920x1080.jpg?download=1",
        "/i/pine2345/w320xwebp",
        "/api/v1/wallpapers/nobody22/original",
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {
            "Accept": "text/html,*/*;q=0.1",
            "Cookie": "a=b",
            "If-None-Match": '"abc"',
            "Range": "bytes=0-3",
            "traceparent": "00-" + "a1" * 16 + "-" + "b2" * 8 + "-01",
            "X-Request-Id": "chosen-by-them",
            "X-Deadline-Ms": "999999",
            "X-Paperroute-Identity": "forged",
        },
        {"Authorization": f"Bearer {CONTRIBUTOR}"},
        {"Host": "evil.example/x"},
    ],
    ids=["bare", "rich", "with a key", "for no host"],
)
def test_the_shortcut_answers_asks_and_logs_as_flask_does(
    path: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    short = seen(path, headers, caplog, shortcut=True)
    whole = seen(path, headers, caplog, shortcut=False)

    assert short == whole


def seen(
    path: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture, *, shortcut: bool
) -> dict[str, Any]:
    """All that can be seen of one request, but for what differs from one to the next."""
    search, media = services()
    app = a_gateway(search, media)
    caplog.clear()
    with caplog.at_level(logging.INFO, "request"):
        response = a_client(app, shortcut=shortcut).get(path, headers=headers)
    lines = [dict(getattr(record, "facts", {})) for record in caplog.records]
    return {
        "status": response.status,
        "headers": sorted((name, value) for name, value in response.headers if name not in ITS_OWN),
        "its own": sorted(name for name, _ in response.headers if name in ITS_OWN),
        "body": response.get_data(),
        "asked": [plain(each) for each in (*search.asked, *media.asked)],
        "logged": [(line.pop("ms") >= 0, line) for line in lines],
        "trace": "a1" * 16 in response.headers["traceresponse"],
        "left": trace.current(),
    }


def a_client(app: Flask, *, shortcut: bool) -> Client:
    return Client(app if shortcut else partial(Flask.wsgi_app, app))


def plain(asked: Onward) -> tuple[object, ...]:
    differing = {"traceparent", "X-Request-Id", "X-Paperroute-Identity", "X-Paperroute-Visitor"}
    said = tuple((n, v) for n, v in asked.headers if n not in differing)
    differ = sorted(n for n, _ in asked.headers if n in differing)
    return asked.method, asked.path, asked.query, asked.within, said, differ, asked.body


@pytest.mark.parametrize("path", ["/api/v1/search", "/i/pine2345/w320.webp"])
@pytest.mark.parametrize("shortcut", [True, False])
def test_ids_told_to_the_service_are_those_of_the_answer(path: str, shortcut: bool) -> None:
    search, media = services()
    response = a_client(a_gateway(search, media), shortcut=shortcut).get(path)

    told = dict((search.asked or media.asked)[0].headers)
    assert told["traceparent"] == response.headers["traceresponse"]
    assert told["X-Request-Id"] == response.headers["X-Request-Id"]


class Slow:
    def send(self, onward: Onward) -> Reply:
        raise UpstreamTimeout("too late")


class Wrong:
    def send(self, onward: Onward) -> Reply:
        raise LookupError("a mistake of ours")


@pytest.mark.parametrize("upstream", [Slow(), Wrong()])
def test_failures_are_told_alike(upstream: Upstream) -> None:
    def told(*, shortcut: bool) -> TestResponse:
        return a_client(a_gateway(upstream), shortcut=shortcut).get("/api/v1/search")

    short, whole = told(shortcut=True), told(shortcut=False)

    assert short.status_code == whole.status_code >= 500
    assert short.get_data() == whole.get_data()
    assert {n for n, _ in short.headers} == {n for n, _ in whole.headers}
