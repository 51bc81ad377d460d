"""What people send who try to have one request taken for two, or for another's."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from tests.integration.test_gateway_process import NOWHERE, Running, a_running_gateway
from tests.support.gateway_builders import an_answer, http_answer, listening, request_read

pytestmark = pytest.mark.integration

HOST = b"Host: paperroute.example"
HIDDEN = b"GET /i/hidden22/w320.webp HTTP/1.1\r\nHost: x\r\n\r\n"
KEY = b"Authorization: Bearer pr_any"
CHUNKED = b"Transfer-Encoding: chunked"


@dataclass(frozen=True, slots=True)
class Wire:
    """A gateway, and all that its services were asked."""

    gateway: Running
    asked: list[bytes] = field(default_factory=list)

    def say(self, raw: bytes, seconds: float = 0.5) -> bytes:
        """All that the gateway answers within ``seconds`` of silence, or until it hangs up."""
        self.asked.clear()
        said = b""
        with socket.create_connection(("127.0.0.1", self.gateway.port)) as client:
            client.settimeout(seconds)
            try:
                client.sendall(raw)
                while more := client.recv(65_536):
                    said += more
            except (TimeoutError, ConnectionError):
                pass
        return said

    def paths(self) -> list[str]:
        """The paths that services were asked for."""
        return [each.split(b" ")[1].decode() for each in self.asked]


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with a_wire(tmp_path_factory) as found:
        yield found


@contextmanager
def a_wire(folders: pytest.TempPathFactory) -> Iterator[Wire]:
    asked: list[bytes] = []
    answer = http_answer(json.dumps(an_answer()).encode(), "Content-Type: application/json")

    def converse(connection: socket.socket) -> None:
        while request := request_read(connection):
            asked.append(request)
            connection.sendall(answer)

    with (
        listening(converse) as url,
        a_running_gateway(
            folders.mktemp("wire"), search=url, media=url, AWS_ENDPOINT_URL=NOWHERE
        ) as gateway,
    ):
        yield Wire(gateway, asked)


def read(
    *lines: bytes, path: bytes = b"/api/v1/search", body: bytes = b"", first: bytes = b""
) -> bytes:
    start = first or b"GET " + path + b" HTTP/1.1"
    return b"\r\n".join((start, *lines, b"", b"")) + body


def write(*lines: bytes, body: bytes = b"") -> bytes:
    return read(*lines, first=b"POST /api/v1/wallpapers HTTP/1.1", body=body)


def statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[0-9] ([0-9]{3}) ", said)]


REFUSED = {
    "no host": read(),
    "an empty host": read(b"Host:"),
    "two hosts": read(HOST, b"Host: b"),
    "a host of two words": read(b"Host: a b"),
    "a host with a path": read(b"Host: evil.example/x"),
    "a host with a user": read(b"Host: a@evil.example"),
    "length and chunks": write(HOST, b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n" + HIDDEN),
    "chunks and length": read(HOST, CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n" + HIDDEN),
    "two lengths": write(HOST, b"Content-Length: 0", b"Content-Length: 50", body=HIDDEN),
    "the same length twice": write(HOST, b"Content-Length: 0", b"Content-Length: 0"),
    "a list of lengths": write(HOST, b"Content-Length: 0, 50", body=HIDDEN),
    "a length with a sign": write(HOST, b"Content-Length: +0"),
    "a length below nothing": write(HOST, b"Content-Length: -1"),
    "a length in hex": write(HOST, b"Content-Length: 0x5", body=b"hello"),
    "a length that is no ASCII": write(HOST, b"Content-Length: \xb2", body=b"hi"),
    "an empty length": write(HOST, b"Content-Length: "),
    "a space before the colon": write(HOST, b"Content-Length : 5", body=b"hello"),
    "an unknown coding": write(HOST, b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "no coding at all": write(HOST, b"Transfer-Encoding: identity"),
    "chunks inside something": write(HOST, b"Transfer-Encoding: chunked, identity"),
    "chunks twice": write(HOST, b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "a coding after a tab of the wrong kind": write(HOST, b"Transfer-Encoding:\x0bchunked"),
    "chunks in 1.0": read(HOST, CHUNKED, first=b"POST /api/v1/wallpapers HTTP/1.0"),
    "a folded line": read(HOST, b"X-A: one", b" two"),
    "a fold before any line": read(b" Host: a", HOST),
    "line feeds alone": b"GET /api/v1/search HTTP/1.1\nHost: a\n\n",
    "a line feed in a header": read(HOST, b"X-A: a\nX-B: b"),
    "a carriage return in a header": read(HOST, b"X-A: a\rContent-Length: 5"),
    "a zero byte": read(HOST, b"X-A: a\x00b"),
    "a header without a name": read(HOST, b": x"),
    "a header without a colon": read(HOST, b"nocolon"),
    "a name of two words": read(HOST, b"X A: 1"),
    "HTTP/2 in name": read(HOST, first=b"GET /api/v1/search HTTP/2.0"),
    "HTTP/2 in earnest": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    "http in lower case": read(HOST, first=b"GET /api/v1/search http/1.1"),
    "HTTP/0.9": b"GET /api/v1/search\r\n\r\n",
    "two spaces": read(HOST, first=b"GET  /api/v1/search HTTP/1.1"),
    "a method in lower case": read(HOST, first=b"get /api/v1/search HTTP/1.1"),
    "TRACE": read(HOST, first=b"TRACE /api/v1/search HTTP/1.1"),
    "TRACE of a page": read(HOST, first=b"TRACE / HTTP/1.1"),
    "CONNECT": read(HOST, first=b"CONNECT evil.example:80 HTTP/1.1"),
    "an unknown expectation": write(HOST, b"Expect: 200-ok", b"Content-Length: 1", body=b"a"),
    "the line of a proxy": b"PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n" + read(HOST),
    "a control character": read(HOST, path=b"/api/v1/search?q=\x01"),
    "a byte that is no ASCII": read(HOST, path=b"/api/v1/search?q=\xff"),
    "a line end in a path": read(HOST, path=b"/api/v1/search%0d%0aX:%20y"),
    "a zero byte in a path": read(HOST, path=b"/i/pine2345%00/w320.webp"),
    "a way up": read(HOST, path=b"/i/../internal/w320.webp"),
    "a hidden way up": read(HOST, path=b"/i/%2e%2e%2fchanges/w320.webp"),
    "a query of 16 KiB": read(HOST, path=b"/api/v1/search?q=" + b"a" * 16_384),
    "two hundred headers": read(HOST, *(b"X-%d: y" % number for number in range(200))),
    "a header of 20 kB": read(HOST, b"X-A: " + b"y" * 20_000),
    "a chunk without a length": read(HOST, CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n" + HIDDEN),
    "a chunk longer than it says": read(HOST, CHUNKED, body=b"5\r\nabcdefgh\r\n0\r\n\r\n"),
    "a chunk below nothing": read(HOST, CHUNKED, body=b"-1\r\n\r\n" + HIDDEN),
    "a read with a body": read(HOST, b"Content-Length: %d" % len(HIDDEN), body=HIDDEN),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_clear_request_is_refused_once_and_goes_no_further(
    wire: Wire, raw: bytes
) -> None:
    said = wire.say(raw)

    assert len(statuses(said)) == 1
    assert 400 <= statuses(said)[0] < 500 or statuses(said) == [501]
    assert b"Traceback" not in said
    assert wire.asked == []


@pytest.mark.parametrize("first", [b"TRACE / HTTP/1.1", b"TRACE /api/v1/search HTTP/1.1"])
def test_trace_echoes_nothing(wire: Wire, first: bytes) -> None:
    said = wire.say(read(HOST, b"Cookie: secret", first=first))

    assert statuses(said) == [405]
    assert b"secret" not in said


@pytest.mark.parametrize(
    "lines",
    [
        (b"SCRIPT_NAME: /x",),
        (b"Script-Name: /x",),
        (b"PATH_INFO: /i/hidden22/w320.webp",),
        (b"X-Paperroute-Identity: forged",),
        (b"X_Paperroute_Identity: forged",),
        (b"X-Request-Id: chosen-by-them", b"X-Deadline-Ms: 999999"),
        (b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Host: evil", b"Forwarded: for=127.0.0.1"),
        (b"X-Original-URL: /i/hidden22/w320.webp", b"X-HTTP-Method-Override: DELETE"),
        (b"Connection: X-Request-Id, traceparent", b"Cookie: a=b", b"Keep-Alive: 1"),
        (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
        (b"Upgrade: websocket", b"Connection: Upgrade", b"TE: trailers"),
    ],
)
def test_a_service_hears_only_what_it_may_whatever_a_visitor_sends(
    wire: Wire, lines: tuple[bytes, ...]
) -> None:
    said = wire.say(read(HOST, b"Accept: */*", *lines))

    assert statuses(said) == [200]
    (asked,) = wire.asked
    first, *headers = asked.decode().rstrip().split("\r\n")
    named = dict(line.split(": ", 1) for line in headers)
    assert first == "GET /search HTTP/1.1"
    assert set(named) == {"Host", "Accept", "traceparent", "X-Request-Id", "X-Deadline-Ms"}
    assert named["X-Request-Id"] != "chosen-by-them"
    assert int(named["X-Deadline-Ms"]) <= 1000


def test_a_body_that_nobody_wants_is_no_request(wire: Wire) -> None:
    for path in (b"/livez", b"/", b"/nothing"):
        said = wire.say(read(HOST, b"Content-Length: %d" % len(HIDDEN), path=path, body=HIDDEN))

        assert len(statuses(said)) == 1
        assert not any("hidden22" in asked for asked in wire.paths())


def test_requests_sent_ahead_are_answered_in_order(wire: Wire) -> None:
    said = wire.say(read(HOST) + read(HOST, path=b"/livez") + read(HOST, path=b"/nothing"))

    assert statuses(said) == [200, 200, 404]
    assert wire.paths() == ["/search"]


def test_an_address_with_a_host_is_taken_by_its_path_alone(wire: Wire) -> None:
    said = wire.say(read(HOST, path=b"http://169.254.169.254/api/v1/search"))

    assert statuses(said) == [200]
    assert wire.paths() == ["/search"]
    assert b"Host: 127.0.0.1:" in wire.asked[0]


def test_the_longest_address_that_is_heard(wire: Wire) -> None:
    around = len("GET /api/v1/search?q= HTTP/1.1")
    fits = wire.say(read(HOST, path=b"/api/v1/search?q=" + b"a" * (8190 - around)))
    longer = wire.say(read(HOST, path=b"/api/v1/search?q=" + b"a" * (8191 - around)))

    assert (statuses(fits), statuses(longer)) == ([200], [414])


ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/%5cevil.example",
    "//evil.example/%2e%2e",
    "/%2f/evil.example",
    "/%2fevil.example/",
    "//evil.example/search",
    "//search",
    "/w//evil.example",
    "/w/..//evil.example",
    "/w/pine2345/download//evil.example",
    "/w/pine2345/download?w=1&h=1&f=//evil.example",
    "/w/%2f%2fevil.example/download?w=100&h=100",
    "/search?q=x&next=//evil.example",
    "/?next=https://evil.example",
    "/favicon.ico?to=//evil.example",
    "/favicon.ico//evil.example",
    "/static//evil.example",
    "/i//evil.example/w320.webp",
    "/api/v1//evil.example",
    "/api/v1/search//evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/search?q=%0d%0aLocation:%20https://evil.example",
    "/w/pine2345/download?w=%0d%0aX:1&h=2",
    "/javascript:alert(1)",
    "/https://evil.example",
    "/.evil.example",
    "/@evil.example",
)


@pytest.mark.parametrize("path", ELSEWHERE)
@pytest.mark.parametrize("host", ["paperroute.example", "evil.example"])
def test_nobody_is_sent_elsewhere(wire: Wire, path: str, host: str) -> None:
    said = wire.say(read(f"Host: {host}".encode(), b"Connection: close", path=path.encode()), 3)

    assert len(statuses(said)) == 1
    assert statuses(said)[0] != 500
    head = said.partition(b"\r\n\r\n")[0].decode()
    for line in head.split("\r\n"):
        name, _, value = line.partition(": ")
        assert name != "X"
        if name.lower() == "location":
            to = urlsplit(value)
            assert re.match(r"/(?![/\\])", value), value
            assert (to.scheme, to.netloc) == ("", "")


def test_an_answer_to_a_read_leaves_at_once(wire: Wire) -> None:
    took = [wire.gateway.ask("/api/v1/search").took for _ in range(10)]

    assert sorted(took)[5] < 0.1  # a corked socket that nobody uncorks waits 0.2 s


def test_hundreds_of_slow_clients_hold_up_nobody(wire: Wire) -> None:
    begun = (
        b"GET /api/v1/search HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"POST /api/v1/wallpapers HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
        b"",
    )
    with ExitStack() as stack:
        address = ("127.0.0.1", wire.gateway.port)
        slow = [stack.enter_context(socket.create_connection(address)) for _ in range(600)]
        for number, client in enumerate(slow):
            client.sendall(begun[number % 3])
        took = []
        for _ in range(20):
            for client in slow[::3]:
                client.sendall(b"y")
            answer = wire.gateway.ask("/api/v1/search")
            assert answer.status == 200
            took.append(answer.took)

    assert max(took) < 5  # with a thread for each client, nobody would be answered at all
