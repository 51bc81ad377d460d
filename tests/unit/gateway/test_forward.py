from collections.abc import Iterator

import pytest

from gateway.forward import forward, told
from gateway.ports import Onward, Reply, UpstreamUnavailable
from tests.support.gateway_builders import Scripted, names


def test_a_service_is_told_only_what_it_may_know() -> None:
    visitors = [
        ("Accept", "application/json"),
        ("Authorization", "Bearer pr_secret"),
        ("Connection", "X-Paperroute-Identity"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", "99"),
        ("Content-Type", "application/json"),
        ("Cookie", "a=b"),
        ("Host", "evil.example"),
        ("If-Match", '"1"'),
        ("If-Range", '"1"'),
        ("Range", "bytes=0-9"),
        ("Transfer-Encoding", "chunked"),
        ("X-Deadline-Ms", "999999"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Paperroute-Identity", "forged"),
        ("X-Request-Id", "chosen-by-them"),
    ]

    headers = told(visitors, {"X-Request-Id": "ours", "X-Deadline-Ms": "800"})

    assert headers == (
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        ("If-Match", '"1"'),
        ("If-Range", '"1"'),
        ("Range", "bytes=0-9"),
        ("X-Request-Id", "ours"),
        ("X-Deadline-Ms", "800"),
    )


def test_an_answer_brings_only_headers_that_visitors_may_see() -> None:
    said = (
        ("Content-Type", "image/webp"),
        ("ETag", '"a"'),
        ("Set-Cookie", "a=b"),
        ("X-Powered-By", "us"),
        ("Connection", "close"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Security-Policy", "default-src *"),
    )
    media = Scripted({"*": Reply(200, said, iter([b"picture"]))})

    reply = forward(Onward("GET", "/i/pine2345/w320.webp"), media)

    assert names(reply.headers) == {"content-type", "etag"}
    assert b"".join(reply.body) == b"picture"


def test_an_answer_that_breaks_off_never_reaches_a_visitor() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise UpstreamUnavailable("broke off")

    media = Scripted({"*": Reply(200, (), broken())})

    with pytest.raises(UpstreamUnavailable):
        forward(Onward("GET", "/wallpapers/pine2345"), media)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_service_that_says_that_it_failed_is_unavailable(status: int) -> None:
    media = Scripted({"*": Reply(status, (), iter([b"Traceback: secrets"]))})

    with pytest.raises(UpstreamUnavailable):
        forward(Onward("GET", "/wallpapers/pine2345"), media)


def test_a_long_answer_comes_in_pieces() -> None:
    media = Scripted({"*": Reply(200, (), iter([bytes(65536)] * 40))})

    pieces = list(forward(Onward("GET", "/i/pine2345/w3840.jpg"), media).body)

    assert sum(map(len, pieces)) == 40 * 65536
    assert max(map(len, pieces)) == 65536
