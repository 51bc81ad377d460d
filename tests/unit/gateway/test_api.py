import hashlib
import io
import json

import pytest

from chassis.identity import HEADER, Identities, Identity, Role
from chassis.seal import Sealer
from chassis.visitor import Visitors, VisitorUnknown
from gateway.adapters.memory_accounts import MemoryAccounts
from gateway.ports import Reply
from tests.support.gateway_builders import (
    CONTRIBUTOR,
    SECRET,
    Scripted,
    a_gateway,
    a_record,
    a_reply,
    a_visitor,
    an_answer,
    header,
)

KEY = {"Authorization": f"Bearer {CONTRIBUTOR}"}
MIB = 1024 * 1024
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_a_search_is_asked_of_search_as_it_was_written() -> None:
    search = Scripted({"/search": an_answer(a_record())})

    response = a_visitor(a_gateway(search)).get("/api/v1/search?q=fog+%23sky&limit=3&colour=1")

    assert response.json == an_answer(a_record())
    assert (search.asked[0].path, search.asked[0].query) == (
        "/search",
        "q=fog+%23sky&limit=3&colour=1",
    )
    assert search.asked[0].within == 1.0
    assert header(search.asked[0], HEADER) is None


@pytest.mark.parametrize(
    ("method", "path", "onward", "within"),
    [
        ("GET", "/api/v1/wallpapers/pine2345", "/wallpapers/pine2345", 2),
        ("GET", "/api/v1/wallpapers/pine2345/original", "/wallpapers/pine2345/original", 2),
        ("HEAD", "/api/v1/wallpapers/pine2345", "/wallpapers/pine2345", 2),
        ("POST", "/api/v1/wallpapers", "/wallpapers", 90),
        ("PATCH", "/api/v1/wallpapers/pine2345", "/wallpapers/pine2345", 5),
        ("DELETE", "/api/v1/wallpapers/pine2345", "/wallpapers/pine2345", 5),
        ("POST", "/api/v1/wallpapers/pine2345/views", "/wallpapers/pine2345/views", 2),
        ("GET", "/i/pine2345/w640.webp", "/i/pine2345/w640.webp", 15),
    ],
)
def test_each_route_goes_to_media_with_its_deadline(
    method: str, path: str, onward: str, within: float
) -> None:
    media = Scripted({"*": a_record()})

    a_visitor(a_gateway(media=media)).open(path, method=method, headers=KEY)

    (asked,) = media.asked
    assert (asked.method, asked.path, asked.within) == (method, onward, within)
    assert header(asked, "X-Deadline-Ms") == str(int(within * 1000))


def _marks(
    *visitors: tuple[str, str, str],
    path: str = "/api/v1/wallpapers/pine2345/views",
    proxies: int = 0,
) -> list[str]:
    """What media is told of visitors with an address, an ``X-Forwarded-For`` and a browser."""
    media = Scripted({"*": Reply(204, (), iter([]))})
    method = "POST" if path.endswith("/views") else "GET"
    gateway = a_visitor(a_gateway(media=media, proxies=proxies))
    for address, forwarded, agent in visitors:
        gateway.open(
            path,
            method=method,
            headers={
                "X-Forwarded-For": forwarded,
                "User-Agent": agent,
                "X-Paperroute-Visitor": "me",
            },
            environ_overrides={"REMOTE_ADDR": address},
        )
    read = Visitors(Sealer([SECRET])).read
    return [
        read(header(asked, "X-Paperroute-Visitor"), method, asked.path).mark
        for asked in media.asked
    ]


def test_media_is_told_which_visitor_it_is_and_not_where_they_are() -> None:
    marks = _marks(
        ("192.0.2.1", "203.0.113.9", "a browser"),
        ("192.0.2.1", "203.0.113.8", "a browser"),
        ("192.0.2.2", "203.0.113.8", "a browser"),
        ("192.0.2.1", "203.0.113.8", "another"),
    )

    assert marks[0] == marks[1]
    assert len(set(marks)) == 3
    assert not any("192" in mark for mark in marks)


def test_behind_proxies_the_address_is_what_the_outermost_of_ours_saw() -> None:
    marks = _marks(
        ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "a browser"),
        ("10.0.0.5", "9.9.9.9, 203.0.113.9, 10.0.0.3", "a browser"),
        ("10.0.0.1", "203.0.113.7, 10.0.0.2", "a browser"),
        proxies=2,
    )

    assert marks[0] == marks[1]
    assert len(set(marks)) == 2


def test_a_download_tells_the_visitor_and_a_picture_that_is_shown_does_not() -> None:
    visitor = ("192.0.2.1", "", "a browser")

    assert len(_marks(visitor, path="/i/pine2345/w640.webp?download=1")) == 1
    with pytest.raises(VisitorUnknown):
        _marks(visitor, path="/i/pine2345/w640.webp?t=1")


def test_what_a_visitor_claims_to_be_is_replaced_by_what_we_know() -> None:
    media = Scripted({"*": a_record()})
    forged = {HEADER: "forged", "X-Request-Id": "chosen-by-them", "X-Deadline-Ms": "999999"}

    a_visitor(a_gateway(media=media)).delete(
        "/api/v1/wallpapers/pine2345", headers={**KEY, **forged}
    )

    (asked,) = media.asked
    identities = Identities(Sealer([SECRET]))
    read = identities.read(header(asked, HEADER), "DELETE", "/wallpapers/pine2345")
    assert read == Identity("noor", Role.CONTRIBUTOR)
    assert header(asked, "X-Request-Id") != "chosen-by-them"
    assert header(asked, "X-Deadline-Ms") == "5000"
    assert header(asked, "Authorization") is None


def test_an_image_is_the_same_for_everyone_so_no_key_is_looked_at() -> None:
    accounts = MemoryAccounts()
    accounts.away = True
    picture = Reply(200, (("Content-Type", "image/webp"), ("ETag", '"a"')), iter([b"webp"]))
    media = Scripted({"/i/pine2345/w640.webp": picture})

    response = a_visitor(a_gateway(media=media, accounts=accounts)).get(
        "/i/pine2345/w640.webp?t=x", headers=KEY
    )

    assert response.data == b"webp"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert header(media.asked[0], HEADER) is None
    assert media.asked[0].query == "t=x"


def test_an_answer_for_a_key_is_kept_by_no_cache() -> None:
    media = Scripted({"*": a_reply(a_record(), Cache_Control="public, max-age=60")})

    response = a_visitor(a_gateway(media=media)).get("/api/v1/wallpapers/pine2345", headers=KEY)

    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in response.vary


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/wallpapers"),
        ("PATCH", "/api/v1/wallpapers/pine2345"),
        ("DELETE", "/api/v1/wallpapers/pine2345"),
    ],
)
@pytest.mark.parametrize(
    ("headers", "slug"),
    [({}, "key-required"), ({"Authorization": "Bearer pr_wrong"}, "key-unknown")],
)
def test_a_write_needs_a_key_and_media_hears_of_no_other(
    method: str, path: str, headers: dict[str, str], slug: str
) -> None:
    media = Scripted()
    body = io.BytesIO(bytes(3 * MIB))

    response = a_visitor(a_gateway(media=media)).open(
        path, method=method, headers=headers, input_stream=body, content_length=3 * MIB
    )

    assert response.status_code == 401
    assert response.json is not None
    assert response.json["type"] == f"/problems/{slug}"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert media.asked == []
    assert body.tell() == 3 * MIB  # read to its end, so that the client reads the answer


def test_a_write_while_the_accounts_are_away_is_not_called_a_wrong_key() -> None:
    accounts = MemoryAccounts()
    accounts.away = True

    response = a_visitor(a_gateway(accounts=accounts)).post("/api/v1/wallpapers", headers=KEY)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.json is not None
    assert response.json["type"] == "/problems/accounts-resting"


def test_an_upload_reaches_media_whole_with_its_form_and_key() -> None:
    media = Scripted({"/wallpapers": a_reply(a_record(), 201, Location="/api/v1/wallpapers/x")})
    sent = hashlib.sha256(b"seed").digest() * 20_000
    visitor = a_visitor(a_gateway(media=media))

    response = visitor.post(
        "/api/v1/wallpapers",
        data={"file": (io.BytesIO(sent), "pine.jpg"), "title": "Pine"},
        headers={**KEY, "Idempotency-Key": "once"},
    )

    assert response.status_code == 201
    assert response.headers["Location"] == "/api/v1/wallpapers/x"
    (asked,) = media.asked
    assert header(asked, "Idempotency-Key") == "once"
    assert (header(asked, "Content-Type") or "").startswith("multipart/form-data; boundary=")
    assert header(asked, "Content-Length") == str(len(media.bodies[0]))
    assert sent in media.bodies[0]


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_that_is_too_large_is_refused_in_words_and_drained(announced: bool) -> None:
    media = Scripted()
    size = 60 * MIB
    body = io.BytesIO(bytes(size))
    framing = {} if announced else CHUNKED

    response = a_visitor(a_gateway(media=media)).post(
        "/api/v1/wallpapers",
        headers=KEY,
        input_stream=body,
        environ_overrides=framing,
    )

    assert response.status_code == 413
    assert response.json is not None
    assert response.json["type"] == "/problems/too-large"
    assert response.json["limit"] == 51 * MIB
    assert body.tell() == size
    assert media.asked == []


def test_a_request_with_a_body_is_timed_from_its_beginning() -> None:
    media = Scripted({"*": a_record()})

    response = a_visitor(a_gateway(media=media)).post("/api/v1/wallpapers", headers=KEY, data=b"x")

    told = [line for line in response.headers.getlist("Server-Timing") if "gateway" in line]
    assert len(told) == 1
    assert float(told[0].partition("dur=")[2].partition(",")[0]) < 60_000


def test_an_edit_may_be_as_long_as_a_description_needs() -> None:
    media = Scripted({"*": a_record()})
    visitor = a_visitor(a_gateway(media=media))
    path = "/api/v1/wallpapers/pine2345"

    fits = visitor.patch(path, data=b"x" * (MIB // 4), headers=KEY)
    does_not = visitor.patch(path, data=b"x" * (MIB // 4 + 1), headers=KEY)

    assert (fits.status_code, does_not.status_code) == (200, 413)


def test_an_upload_that_breaks_off_goes_nowhere() -> None:
    media = Scripted()

    response = a_visitor(a_gateway(media=media)).post(
        "/api/v1/wallpapers", headers=KEY, data=b"half", environ_overrides={"CONTENT_LENGTH": "99"}
    )

    assert response.status_code == 400
    assert media.asked == []


def test_framing_that_the_server_cannot_read_is_the_visitors_mistake() -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ValueError("bad chunk")

    response = a_visitor(a_gateway()).post(
        "/api/v1/wallpapers",
        headers=KEY,
        input_stream=Broken(),
        environ_overrides=CHUNKED,
    )

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("/api/v1/search", "search-resting"),
        ("/api/v1/wallpapers/pine2345", "media-resting"),
        ("/i/pine2345/w640.webp", "media-resting"),
    ],
)
def test_a_service_that_is_away_is_said_to_rest(path: str, slug: str) -> None:
    search, media = Scripted(), Scripted()
    search.away = media.away = True

    response = a_visitor(a_gateway(search, media)).get(path)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.mimetype == "application/problem+json"
    assert json.loads(response.data)["type"] == f"/problems/{slug}"


def test_a_problem_of_media_passes_through_as_it_is() -> None:
    problem = {
        "type": "/problems/duplicate",
        "title": "It is here already.",
        "status": 409,
        "detail": "See there.",
        "wallpaper_id": "pine2345",
    }
    media = Scripted({"/wallpapers": a_reply(problem, 409, Location="/api/v1/wallpapers/pine2345")})

    response = a_visitor(a_gateway(media=media)).post("/api/v1/wallpapers", headers=KEY, data=b"x")

    assert response.status_code == 409
    assert json.loads(response.data) == problem
    assert response.mimetype == "application/problem+json"


def test_a_redirect_of_media_passes_through_unfollowed() -> None:
    there = "https://originals.example/pine?signed"
    media = Scripted({"*": Reply(302, (("Location", there),), iter(()))})

    response = a_visitor(a_gateway(media=media)).get("/api/v1/wallpapers/pine2345/original")

    assert response.status_code == 302
    assert response.headers["Location"] == there


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/wallpapers/PINE2345",
        "/api/v1/wallpapers/a-b",
        "/api/v1/wallpapers/pine2345/x.css",
        "/api/v1/changes",
        "/api/nothing",
        "/i/pine2345/../../livez",
        "/i/pine2345/w640.webp/x",
        "/i/pine2345/w640%2Fa.webp",
        "/i/pine2345",
    ],
)
def test_an_address_that_is_none_asks_nobody_and_is_a_problem(path: str) -> None:
    search, media = Scripted(), Scripted()

    response = a_visitor(a_gateway(search, media)).get(path, headers={"Accept": "text/html"})

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert (search.asked, media.asked) == ([], [])


def test_a_preflight_of_another_site_is_answered() -> None:
    response = a_visitor(a_gateway()).options(
        "/api/v1/wallpapers",
        headers={"Origin": "https://other.example", "Access-Control-Request-Method": "POST"},
    )

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_i_am_told_who_i_am() -> None:
    visitor = a_visitor(a_gateway())

    nobody = visitor.get("/api/v1/me")
    noor = visitor.get("/api/v1/me", headers=KEY)

    assert nobody.json == {"account": None}
    assert noor.json == {"account": "noor", "role": "contributor"}
    assert nobody.headers["Cache-Control"] == noor.headers["Cache-Control"] == "private, no-store"
