"""The way to a service, when the service behaves as services do on a bad day."""

import io
import socket
import threading
import time
from collections.abc import Callable

import pytest

from gateway.adapters.gevent_patience import patience
from gateway.adapters.socket_upstream import SocketUpstream
from gateway.ports import Onward, UpstreamTimeout, UpstreamUnavailable
from tests.support.gateway_builders import http_answer, listening, request_read
from tests.support.servers import free_port, wait_until

QUICK = Onward("GET", "/search", within=0.5)


def body_of(url: str, onward: Onward = QUICK) -> bytes:
    return b"".join(SocketUpstream(url, patience).send(onward).body)


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


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def saying(*said: bytes) -> Callable[[socket.socket], None]:
    """A service that answers each request of a connection with the next of ``said``."""

    def answer(connection: socket.socket) -> None:
        for each in said:
            if not request_read(connection):
                return
            connection.sendall(each)

    return answer


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\x00\xff\x00garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 999999 What\r\n\r\n",
        b"HTTP/1.1 600 What\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
        OK + b"\r\nno length",
        OK + b"Content-Length: 100\r\n\r\nhalf",
        OK + b"Content-Length: 100000\r\n\r\nhalf",
        OK + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
        OK + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
        OK + b"Content-Length: 4, 4\r\n\r\nbody",
        OK + b"Content-Length: +4\r\n\r\nbody",
        OK + b"Content-Length: -4\r\n\r\nbody",
        OK + b"Content-Length: 0x4\r\n\r\nbody",
        OK + b"Content-Length: \xb2\r\n\r\nbody",
        OK + b"Content-Length: 9999999999999999\r\n\r\nbody",
        OK + b"Content-Length: \r\n\r\nbody",
        OK + b"Content-Length : 4\r\n\r\nbody",
        OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: identity\r\n\r\nbody",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        OK + b"X-A: one\r\n folded\r\nContent-Length: 4\r\n\r\nbody",
        OK + b"X-A: one\r\n\tContent-Length: 4\r\n\r\nbody",
        OK + b"X-A: one\nContent-Length: 4\r\n\r\nbody",
        OK + b"X-A: one\rContent-Length: 4\r\n\r\nbody",
        OK + b"X-A: a\x00b\r\nContent-Length: 4\r\n\r\nbody",
        OK + b": nameless\r\nContent-Length: 4\r\n\r\nbody",
        OK + b"no colon\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody",
        OK + b"X: y\r\n" * 201 + b"Content-Length: 4\r\n\r\nbody",
        OK + b"X: " + b"y" * 65_536 + b"\r\nContent-Length: 4\r\n\r\nbody",
        OK + b"X: " + b"y" * 1_000_000,
        CHUNKED + b"zz\r\n",
        CHUNKED + b"4\r\nhalf\r\n",
        CHUNKED + b"4\r\nhalf",
        CHUNKED + b"4\r\nhalves\r\n0\r\n\r\n",
        CHUNKED + b"4\nbody\n0\n\n",
        CHUNKED + b"4 \r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"0x4\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"-4\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"000000004\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"fffffffff\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"4;name=value\r\nbody\r\n0\r\n\r\n",
        CHUNKED + b"4\r\nbody\r\n0\r\nX-Trailer: 1\r\n\r\n",
        CHUNKED + b"4\r\nbody\r\n0\r\n",
    ],
)
def test_what_is_no_whole_answer_is_none(said: bytes) -> None:
    with listening(saying(said)) as url, pytest.raises(UpstreamUnavailable):
        body_of(url)


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (OK + b"Content-Length: 4\r\n\r\nbody", b"body"),
        (OK + b"content-LENGTH:4\r\n\r\nbody", b"body"),
        (OK + b"Content-Length: \t 4 \t\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\nbody", b"body"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 4\r\n\r\nbody", b"body"),
        (b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK + b"Content-Length: 4\r\n\r\nbody", b"body"),
        (OK + b"X: y\r\n" * 199 + b"Content-Length: 4\r\n\r\nbody", b"body"),
        (OK + b"X: " + b"y" * 65_000 + b"\r\nContent-Length: 4\r\n\r\nbody", b"body"),
        (OK + b"Content-Length: 300000\r\n\r\n" + bytes(300_000), bytes(300_000)),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: "a"\r\n\r\n', b""),
        (CHUNKED + b"0\r\n\r\n", b""),
        (CHUNKED + b"4\r\nbody\r\n00000001\r\n!\r\n0\r\n\r\n", b"body!"),
        (CHUNKED + b"1E848\r\n" + b"x" * 125_000 + b"\r\n0\r\n\r\n", b"x" * 125_000),
    ],
)
@pytest.mark.parametrize("at_a_time", [1, 3, 1_000_000])
def test_an_answer_is_read_however_it_is_cut_on_its_way(
    said: bytes, body: bytes, at_a_time: int
) -> None:
    if len(said) > 1000 and at_a_time < 1000:
        at_a_time = 7001  # in single bytes it would take longer than it teaches

    def cut(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while request_read(connection):
            for start in range(0, len(said), at_a_time):
                connection.sendall(said[start : start + at_a_time])

    with listening(cut) as url:
        upstream = SocketUpstream(url, patience)
        for _ in range(2):
            reply = upstream.send(Onward("GET", "/search", within=5))
            pieces = list(reply.body)
            assert b"".join(pieces) == body
            assert max(map(len, pieces), default=0) <= 65_536


def test_what_follows_an_answer_is_never_the_next_answer() -> None:
    good, evil = http_answer(b"good"), http_answer(b"evil")
    connections = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while request_read(connection):
            connection.sendall(good + evil)

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)

        assert [b"".join(upstream.send(QUICK).body) for _ in range(5)] == [b"good"] * 5

    assert len(connections) == 5


def test_what_comes_unasked_on_a_waiting_connection_is_never_an_answer() -> None:
    def answer(connection: socket.socket) -> None:
        while request_read(connection):
            connection.sendall(http_answer(b"good"))
            time.sleep(0.05)
            connection.sendall(http_answer(b"evil"))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)
        said = []
        for _ in range(4):
            said.append(b"".join(upstream.send(QUICK).body))
            time.sleep(0.1)

    assert said == [b"good"] * 4


def test_an_answer_to_head_takes_no_body_from_the_connection() -> None:
    connections = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while asked := request_read(connection):
            head, _, body = http_answer(b"hello").partition(b"\r\n\r\n")
            connection.sendall(head + b"\r\n\r\n" + (b"" if asked.startswith(b"HEAD") else body))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)
        for _ in range(3):
            assert b"".join(upstream.send(Onward("HEAD", "/x")).body) == b""
            assert b"".join(upstream.send(Onward("GET", "/x")).body) == b"hello"

    assert len(connections) == 1


@pytest.mark.parametrize(
    "said", [b"Content-Length: 2\r\nConnection: close\r\n\r\nhi", b"Content-Length: 2\r\n\r\nhi"]
)
def test_a_connection_that_the_service_gives_up_is_not_used_again(said: bytes) -> None:
    version = b"HTTP/1.1" if b"close" in said else b"HTTP/1.0"
    with listening(saying(version + b" 200 OK\r\n" + said, http_answer(b"no"))) as url:
        upstream = SocketUpstream(url, patience)

        assert [b"".join(upstream.send(QUICK).body) for _ in range(3)] == [b"hi"] * 3


@pytest.mark.parametrize(
    "onward",
    [
        Onward("GET", "/x HTTP/1.1\r\nX: y"),
        Onward("GET", "/x", query="a b"),
        Onward("GET", "/x", query="é"),
        Onward("GET", "x"),
        Onward("GET", "/x", (("X-A", "one\r\nX-B: two"),)),
        Onward("GET", "/x", (("X-A", "one\nX-B: two"),)),
        Onward("GET\r\n", "/x"),
    ],
)
def test_what_would_be_another_request_is_never_sent(onward: Onward) -> None:
    asked = []
    with (
        listening(lambda connection: asked.append(request_read(connection))) as url,
        pytest.raises(UpstreamUnavailable),
    ):
        body_of(url, onward)

    assert asked == []


def test_a_service_that_does_not_answer_is_left_alone_and_found_again() -> None:
    now = [0.0]
    asked = []
    well: list[bool] = []

    def answer(connection: socket.socket) -> None:
        while request_read(connection):
            asked.append(now[0])
            if not well:
                return
            connection.sendall(http_answer(b"hello"))

    def send(upstream: SocketUpstream) -> bytes:
        return b"".join(upstream.send(QUICK).body)

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience, clock=lambda: now[0])
        for _ in range(5):
            with pytest.raises(UpstreamUnavailable):
                send(upstream)
        began = time.perf_counter()
        for _ in range(100):
            with pytest.raises(UpstreamUnavailable, match="left alone"):
                send(upstream)
        took = time.perf_counter() - began
        now[0] = 5.0
        for _ in range(10):
            with pytest.raises(UpstreamUnavailable):
                send(upstream)
        well.append(True)
        now[0] = 10.0
        assert [send(upstream) for _ in range(3)] == [b"hello"] * 3

    assert asked == [0.0] * 10 + [5.0] * 2 + [10.0] * 3  # each read twice, before it is left alone
    assert took < 0.1


def test_no_more_calls_are_under_way_than_may_be() -> None:
    def answer(connection: socket.socket) -> None:
        while request_read(connection):
            connection.sendall(http_answer(bytes(200_000)))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience, at_once=2)
        first, second = upstream.send(QUICK), upstream.send(QUICK)
        with pytest.raises(UpstreamUnavailable, match="too many"):
            upstream.send(QUICK)
        assert len(b"".join(first.body)) == 200_000
        del second  # not read, not closed: merely forgotten
        third, fourth = upstream.send(QUICK), upstream.send(QUICK)

        assert {third.status, fourth.status} == {200}


def test_connections_kept_are_bounded() -> None:
    answering = threading.Barrier(80, timeout=10)
    closed: list[bool] = []

    def answer(connection: socket.socket) -> None:
        request_read(connection)
        answering.wait()
        connection.sendall(http_answer(b"hello"))
        closed.append(not connection.recv(1))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)
        onward = Onward("GET", "/search", within=15)
        calls = [threading.Thread(target=upstream.send, args=(onward,)) for _ in range(80)]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
        wait_until(lambda: len(closed) >= 16, seconds=5, what="the rest to be closed")
        time.sleep(0.1)

        assert len(closed) == 16


def test_connections_are_used_again() -> None:
    connections = []

    def answer(connection: socket.socket) -> None:
        connections.append(connection)
        while request_read(connection):
            connection.sendall(http_answer(b"hello"))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)
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
        upstream = SocketUpstream(url, patience)

        assert b"".join(upstream.send(QUICK).body) == b"hello"
        assert b"".join(upstream.send(QUICK).body) == b"hello"

    assert asked[0].startswith(b"GET /search ")


def test_a_read_that_is_hung_up_on_is_asked_once_more() -> None:
    asked = []

    def hang_up_on_the_first(connection: socket.socket) -> None:
        asked.append(request_read(connection))
        if len(asked) > 1:
            connection.sendall(http_answer(b"hello"))

    with listening(hang_up_on_the_first) as url:
        assert body_of(url) == b"hello"

    assert len(asked) == 2


def test_a_read_on_fresh_connections_is_asked_no_more_than_twice() -> None:
    asked = []

    def hang_up(connection: socket.socket) -> None:
        asked.append(request_read(connection))

    with listening(hang_up) as url, pytest.raises(UpstreamUnavailable):
        body_of(url)

    assert len(asked) == 2


def test_a_read_that_is_refused_is_asked_once_more() -> None:
    """As where a name leads to a task that has just stopped, and to one that has just started."""
    connections = []

    class RefusedFirst(SocketUpstream):
        def connect(self, deadline: float) -> socket.socket:
            connections.append(deadline)
            if len(connections) == 1:
                raise ConnectionRefusedError
            return super().connect(deadline)

    with listening(saying(http_answer(b"hello"))) as url:
        assert b"".join(RefusedFirst(url, patience).send(QUICK).body) == b"hello"

    assert len(connections) == 2


def test_silence_is_not_asked_again() -> None:
    asked = []

    def be_silent(connection: socket.socket) -> None:
        asked.append(request_read(connection))
        time.sleep(2)

    with listening(be_silent) as url, pytest.raises(UpstreamTimeout):
        body_of(url)

    assert len(asked) == 1


def test_a_read_is_not_asked_again_once_an_answer_began() -> None:
    asked = []

    def answer_once_then_break_off(connection: socket.socket) -> None:
        asked.append(request_read(connection))
        connection.sendall(http_answer(b"hello"))
        asked.append(request_read(connection))
        connection.sendall(b"H")

    with listening(answer_once_then_break_off) as url:
        upstream = SocketUpstream(url, patience)
        assert b"".join(upstream.send(QUICK).body) == b"hello"
        with pytest.raises(UpstreamUnavailable):
            upstream.send(QUICK)

    assert len(asked) == 2


def test_a_read_on_a_connection_kept_and_two_more_is_not_asked_again() -> None:
    asked: list[bytes] = []

    def answer_only_the_first(connection: socket.socket) -> None:
        first = not asked
        asked.append(request_read(connection))
        if first:
            connection.sendall(http_answer(b"hello"))
            asked.append(request_read(connection))

    with listening(answer_only_the_first) as url:
        upstream = SocketUpstream(url, patience)
        assert b"".join(upstream.send(QUICK).body) == b"hello"
        with pytest.raises(UpstreamUnavailable):
            upstream.send(QUICK)

    assert len(asked) == 4


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
        upstream = SocketUpstream(url, patience)
        for method in ("GET", "DELETE", "GET", "DELETE"):
            assert b"".join(upstream.send(Onward(method, "/x")).body) == b"hello"

    assert len(connections) == 3


def test_an_answer_that_was_given_up_leaves_nothing_for_the_next() -> None:
    def answer(connection: socket.socket) -> None:
        while asked := request_read(connection):
            name = asked.split(b" ")[1]
            connection.sendall(http_answer(name * 20_000))

    with listening(answer) as url:
        upstream = SocketUpstream(url, patience)
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
        reply = SocketUpstream(url, patience).send(
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
