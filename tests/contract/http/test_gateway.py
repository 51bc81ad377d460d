"""The gateway keeps what its openapi.yaml promises."""

import io
import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.ports import Accounts, Reply
from tests.support.gateway_builders import (
    CONTRIBUTOR,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    a_visitor,
    an_answer,
)
from tests.support.promise import Promise

KEY = {"Authorization": f"Bearer {CONTRIBUTOR}"}
WRONG = {"Authorization": "Bearer pr_wrong"}
ONE = "/api/v1/wallpapers/pine2345"
SEARCH = "/api/v1/search"
SIMILAR = "/api/v1/similar/pine2345"
SHOWN = "/api/v1/search/by-image"
UPLOAD = "/api/v1/wallpapers"
ORIGINAL = f"{ONE}/original"
PARCELS = "/api/v1/uploads"
PARCEL = f"{PARCELS}/3f9k2m"
AN_UPLOAD = {
    "id": "3f9k2m",
    "bytes": 9,
    "sha256": "a" * 64,
    "part_size": 8388608,
    "parts": [
        {
            "number": 1,
            "bytes": 9,
            "sha256": "a" * 64,
            "arrived": False,
            "url": "https://storage.test/1",
            "headers": {"x-amz-checksum-sha256": "x"},
        }
    ],
    "expires_at": "2026-01-02T12:00:00.000Z",
    "wallpaper_id": None,
}
NEAR = {"near": [{"id": "elm23456", "distance": 4}]}
IMAGE = "/i/pine2345/w640.webp"


def a_problem(status: int, **headers: str) -> Reply:
    body = {"type": "/problems/x", "title": "No.", "status": status, "detail": "Not so."}
    return a_reply(body, status, **headers)


def ask(
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    search: object = None,
    media: object = None,
    accounts: Accounts | None = None,
    **sent: Any,
) -> TestResponse:
    """One request to a gateway whose services answer anything with ``search`` and ``media``."""
    app = a_gateway(_saying(search), _saying(media), accounts)
    return a_visitor(app).open(path, method=method, headers=headers or {}, **sent)


def _saying(answer: object) -> Scripted:
    service = Scripted({"*": answer})
    service.away = answer is None
    return service


@pytest.mark.parametrize(
    ("operation", "method", "path", "status", "asked"),
    [
        ("searchWallpapers", "GET", SEARCH, 200, {"search": an_answer(a_record(), total=9)}),
        ("searchWallpapers", "GET", SEARCH, 400, {"search": a_problem(400)}),
        ("searchWallpapers", "GET", SEARCH, 401, {"headers": WRONG}),
        ("searchWallpapers", "GET", SEARCH, 503, {}),
        ("searchWallpapers", "GET", SEARCH, 503, {"search": a_problem(503, Retry_After="1")}),
        ("searchWallpapers", "GET", SEARCH, 503, {"search": a_problem(500)}),
        ("suggest", "GET", "/api/v1/suggest?q=fo", 200, {"search": a_reply({"data": []})}),
        ("suggest", "GET", "/api/v1/suggest?q=fo", 503, {}),
        ("drawWallpaper", "GET", "/api/v1/random", 404, {"search": a_problem(404)}),
        ("findSimilar", "GET", SIMILAR, 200, {"search": a_reply(an_answer(a_record()))}),
        ("findSimilar", "GET", SIMILAR, 404, {"search": a_problem(404)}),
        ("findSimilar", "GET", "/api/v1/similar/NO", 404, {}),
        ("searchByImage", "POST", SHOWN, 200, {"search": a_reply(an_answer(a_record()))}),
        ("searchByImage", "POST", SHOWN, 422, {"search": a_problem(422)}),
        ("searchByImage", "POST", SHOWN, 401, {"headers": WRONG}),
        (
            "searchByImage",
            "POST",
            SHOWN,
            413,
            {"input_stream": io.BytesIO(bytes(5 * 1024 * 1024 + 1))},
        ),
        ("searchByImage", "POST", SHOWN, 503, {}),
        ("showWallpaper", "GET", ONE, 200, {"media": a_reply(a_record(), ETag='"1"')}),
        ("showWallpaper", "GET", ONE, 304, {"media": Reply(304)}),
        ("showWallpaper", "GET", ONE, 404, {"media": a_problem(404)}),
        ("showWallpaper", "GET", ONE, 410, {"media": a_problem(410)}),
        ("showWallpaper", "GET", "/api/v1/wallpapers/NO", 404, {}),
        ("showWallpaper", "GET", ONE, 503, {}),
        (
            "uploadWallpaper",
            "POST",
            UPLOAD,
            201,
            {"headers": KEY, "media": a_reply(a_record(), 201, Location=ONE)},
        ),
        (
            "uploadWallpaper",
            "POST",
            f"{UPLOAD}?near=accept",
            201,
            {"headers": KEY, "media": a_reply(a_record() | NEAR, 201, Location=ONE)},
        ),
        (
            "improveOriginal",
            "PUT",
            ORIGINAL,
            200,
            {"headers": KEY, "media": a_reply(a_record(), ETag='"2"')},
        ),
        ("improveOriginal", "PUT", ORIGINAL, 401, {}),
        ("improveOriginal", "PUT", ORIGINAL, 412, {"headers": KEY, "media": a_problem(412)}),
        (
            "checkUploads",
            "POST",
            f"{PARCELS}/check",
            200,
            {"headers": KEY, "media": a_reply({"data": [{"sha256": "a" * 64, "id": "pine2345"}]})},
        ),
        ("checkUploads", "POST", f"{PARCELS}/check", 401, {}),
        (
            "announceUpload",
            "POST",
            PARCELS,
            201,
            {"headers": KEY, "media": a_reply(AN_UPLOAD, 201, Location=PARCEL)},
        ),
        ("announceUpload", "POST", PARCELS, 401, {}),
        ("announceUpload", "POST", PARCELS, 409, {"headers": KEY, "media": a_problem(409)}),
        ("showUpload", "GET", PARCEL, 200, {"headers": KEY, "media": a_reply(AN_UPLOAD)}),
        ("showUpload", "GET", PARCEL, 401, {}),
        ("showUpload", "GET", PARCEL, 404, {"headers": KEY, "media": a_problem(404)}),
        (
            "completeUpload",
            "POST",
            f"{PARCEL}/complete",
            201,
            {"headers": KEY, "media": a_reply(a_record() | NEAR, 201, Location=ONE)},
        ),
        ("completeUpload", "POST", f"{PARCEL}/complete", 401, {}),
        ("cancelUpload", "DELETE", PARCEL, 204, {"headers": KEY, "media": Reply(204)}),
        ("cancelUpload", "DELETE", PARCEL, 401, {"headers": WRONG}),
        ("uploadWallpaper", "POST", UPLOAD, 401, {}),
        ("uploadWallpaper", "POST", UPLOAD, 401, {"headers": WRONG}),
        ("uploadWallpaper", "POST", UPLOAD, 409, {"headers": KEY, "media": a_problem(409)}),
        (
            "uploadWallpaper",
            "POST",
            UPLOAD,
            413,
            {"headers": KEY, "input_stream": io.BytesIO(bytes(52 * 1024 * 1024))},
        ),
        ("uploadWallpaper", "POST", UPLOAD, 415, {"headers": KEY, "media": a_problem(415)}),
        ("uploadWallpaper", "POST", UPLOAD, 422, {"headers": KEY, "media": a_problem(422)}),
        ("uploadWallpaper", "POST", UPLOAD, 503, {"headers": KEY}),
        (
            "editWallpaper",
            "PATCH",
            ONE,
            200,
            {"headers": KEY, "media": a_reply(a_record(), ETag='"2"')},
        ),
        ("editWallpaper", "PATCH", ONE, 401, {}),
        ("editWallpaper", "PATCH", ONE, 403, {"headers": KEY, "media": a_problem(403)}),
        ("editWallpaper", "PATCH", ONE, 412, {"headers": KEY, "media": a_problem(412)}),
        ("editWallpaper", "PATCH", ONE, 428, {"headers": KEY, "media": a_problem(428)}),
        ("deleteWallpaper", "DELETE", ONE, 204, {"headers": KEY, "media": Reply(204)}),
        ("deleteWallpaper", "DELETE", ONE, 401, {"headers": WRONG}),
        ("deleteWallpaper", "DELETE", ONE, 404, {"headers": KEY, "media": a_problem(404)}),
        (
            "showImage",
            "GET",
            IMAGE,
            200,
            {
                "media": Reply(
                    200, (("Content-Type", "image/webp"), ("ETag", '"a"')), iter([b"webp"])
                )
            },
        ),
        ("showImage", "GET", IMAGE, 304, {"media": Reply(304)}),
        ("showImage", "GET", IMAGE, 404, {"media": a_problem(404)}),
        ("showImage", "GET", IMAGE, 422, {"media": a_problem(422)}),
        ("showImage", "GET", IMAGE, 503, {}),
        (
            "downloadOriginal",
            "GET",
            f"{ONE}/original",
            302,
            {
                "media": Reply(
                    302,
                    (("Location", "https://s3.example/a?b"), ("Content-Type", "text/html")),
                    iter([b"<a href>"]),
                )
            },
        ),
        ("whoAmI", "GET", "/api/v1/me", 200, {}),
        ("whoAmI", "GET", "/api/v1/me", 200, {"headers": KEY}),
        ("whoAmI", "GET", "/api/v1/me", 401, {"headers": WRONG}),
        ("describeApi", "GET", "/api/openapi.json", 200, {}),
        ("live", "GET", "/livez", 200, {}),
        ("ready", "GET", "/readyz", 200, {}),
    ],
)
def test_every_answer_is_as_promised(
    operation: str, method: str, path: str, status: int, asked: dict[str, Any]
) -> None:
    response = ask(method, path, **asked)

    assert response.status_code == status
    Promise("gateway").check(operation, response)


def test_accounts_that_are_away_are_a_promised_answer_too() -> None:
    accounts = MemoryAccounts()
    accounts.away = True

    for operation, method, path in (
        ("uploadWallpaper", "POST", UPLOAD),
        ("whoAmI", "GET", "/api/v1/me"),
    ):
        response = ask(method, path, headers=KEY, accounts=accounts)
        assert response.status_code == 503
        Promise("gateway").check(operation, response)


def test_the_document_that_is_served_is_the_document() -> None:
    document = ask("GET", "/api/openapi.json").json

    assert document is not None
    assert document["openapi"].startswith("3.1")
    served = {
        o["operationId"]
        for p in document["paths"].values()
        for o in p.values()
        if "operationId" in o
    }
    assert served == Promise("gateway").operations()


def test_everything_public_is_described() -> None:
    app = a_gateway()
    document = ask("GET", "/api/openapi.json").json
    assert document is not None
    described = {re.sub(r"{\w+}", "{}", path) for path in document["paths"]}

    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/api/", "/i/", "/livez", "/readyz")):
            path = re.sub(r"<\w+:\w+>", "{}", rule.rule)
            assert path in described
