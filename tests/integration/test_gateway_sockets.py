"""The way to a service, when the service behaves as services do on a bad day."""

import io
import socket
import time

import pytest

from gateway.adapters.gevent_patience import patience
from gateway.adapters.urllib3_upstream import Urllib3Upstream
from gateway.ports import Onward, UpstreamTimeout, UpstreamUnavailable
from tests.support.gateway_builders import http_answer, listening, request_read
from tests.support.servers import free_port

QUICK = Onward("GET", "/search", within=0.5)


def body_of(url: str, onward: Onward = QUICK) -> bytes:
    return b"".join(Urllib3Upstream(url, patience).send(onward).body)


def test_a_refused_connection_is_known_at_once() -> None:
    began = time.monotonic()

    with pytest.raises(UpstreamUnavailable):
        body_of(f"http://127.0.0.1:{free_port()}")

    assert time.monotonic() - began < 0.4


def test_silence_ends_at_the_deadline() -> None:
    with listening(lambda connection: time.sleep(5)) as url:
        began = time.monotonic()

        with pytest.raises(UpstreamTimeout):
            body_of(url)

        assert 0.4 < time.monotonic() - began < 1


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    def drip(connection: socket.socket) -> None:
        request_read(connection)
        connection.sendall(http_answer(b"x" * 100)[:-100])
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    with listening(drip) as url:
        began = time.monotonic()

        with pytest.raises(UpstreamTimeout):
            body_of(url)

        assert 0.4 < time.monotonic() - began < 1


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x00\xff\x00garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
    ],
)
def test_what_is_no_whole_answer_is_none(said: bytes) -> None:
    def babble(connection: socket.socket) -> None:
        request_read(connection)
        connection.sendall(said)

    with listening(babble) as url, pytest.raises(UpstreamUnavailable):
        body_of(url)


def test_connections_are_used_again() -> None:
    connections = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while request_read(connection):
            connection.sendall(http_answer(b"hello"))

    with listening(answer) as url:
        upstream = Urllib3Upstream(url, patience)
        for _ in range(5):
            assert b"".join(upstream.send(QUICK).body) == b"hello"

    assert len(connections) == 1


def test_a_read_on_a_connection_that_died_meanwhile_is_asked_once_more() -> None:
    asked = []

    def answer_once_then_hang_up_on_the_second(connection: socket.socket) -> None:
        request_read(connection)
        connection.sendall(http_answer(b"hello"))
        asked.append(request_read(connection))

    with listening(answer_once_then_hang_up_on_the_second) as url:
        upstream = Urllib3Upstream(url, patience)

        assert b"".join(upstream.send(QUICK).body) == b"hello"
        assert b"".join(upstream.send(QUICK).body) == b"hello"

    assert asked[0].startswith(b"GET /search ")


def test_a_read_is_asked_no_more_than_twice() -> None:
    asked = []

    def hang_up(connection: socket.socket) -> None:
        asked.append(request_read(connection))

    with listening(hang_up) as url, pytest.raises(UpstreamUnavailable):
        body_of(url)

    assert len(asked) == 2


def test_a_write_is_never_sent_twice() -> None:
    asked = []

    def hang_up(connection: socket.socket) -> None:
        asked.append(request_read(connection))

    with listening(hang_up) as url, pytest.raises(UpstreamUnavailable):
        body_of(
            url, Onward("POST", "/wallpapers", (("Content-Length", "2"),), body=io.BytesIO(b"hi"))
        )

    assert len(asked) == 1


def test_a_write_has_a_connection_of_its_own() -> None:
    connections = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while request_read(connection):
            connection.sendall(http_answer(b"hello"))

    with listening(answer) as url:
        upstream = Urllib3Upstream(url, patience)
        for method in ("GET", "DELETE", "GET", "DELETE"):
            assert b"".join(upstream.send(Onward(method, "/x")).body) == b"hello"

    assert len(connections) == 3


def test_an_answer_that_was_given_up_leaves_nothing_for_the_next() -> None:
    def answer(connection: socket.socket) -> None:
        while asked := request_read(connection):
            name = asked.split(b" ")[1]
            connection.sendall(http_answer(name * 20_000))

    with listening(answer) as url:
        upstream = Urllib3Upstream(url, patience)
        for _ in range(5):
            given_up = upstream.send(Onward("GET", "/one")).body
            next(given_up)
            close = getattr(given_up, "close")  # noqa: B009 - an Iterator need not have one
            close()

            assert b"".join(upstream.send(Onward("GET", "/two")).body) == b"/two" * 20_000


def test_an_early_refusal_of_a_long_body_is_heard() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(http_answer(b"{}", status="413 Too Large"))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    size = 8 * 1024 * 1024
    with listening(refuse) as url:
        reply = Urllib3Upstream(url, patience).send(
            Onward(
                "POST",
                "/wallpapers",
                (("Content-Length", str(size)),),
                body=io.BytesIO(bytes(size)),
                within=10,
            )
        )

        assert reply.status == 413
        assert b"".join(reply.body) == b"{}"
