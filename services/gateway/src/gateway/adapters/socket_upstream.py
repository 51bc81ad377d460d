"""A service of ours over HTTP/1.1 on pooled sockets: as much of HTTP as our services speak."""

import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import IO
from urllib.parse import urlsplit

from gateway.domain.breaker import Breaker
from gateway.ports import Onward, Patience, Reply, UpstreamTimeout, UpstreamUnavailable

_CHUNK = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_MOST_HEADERS = 200
_MOST_INTERIM = 8
_CONNECT = 0.2
"""Seconds for each address that the service's name stands for."""
_AT_ONCE = 256
_KEPT = 64
_IDEMPOTENT = frozenset({"GET", "HEAD"})
_NO_BODY = frozenset({204, 304})
_UNSAID = -1

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")
_LONGEST_SIZE_LINE = 10
_BARE_LF = re.compile(rb"(?<!\r)\n")
_TARGET = re.compile(r"[/*][\x21-\x7e]*")
_UNSENDABLE = re.compile(r"[\x00\r\n]")
log = logging.getLogger(__name__)

Headers = tuple[tuple[str, str], ...]


class _BadAnswer(Exception):
    """What came is not HTTP/1.1 as we accept it, or not all of it came."""


class _Stale(_BadAnswer):
    """The service closed the connection before it said anything about this request."""

    def __init__(self) -> None:
        super().__init__("it hung up")


class SocketUpstream:
    """A service at one address.

    A call has one deadline for all of it, however lively the other side drips. A connection is used
    again only after a whole answer with nothing behind it, and only for reads: a service may be
    closing it just as we write to it, and a write is not sent twice. A read that was refused, or
    hung up on before a byte of an answer, is asked once more within its deadline. When the service
    has not answered for a while it is left alone, and calls fail at once.

    Source:
        RFC 9112, of which it refuses what a service of ours has no reason to send: a body that ends
        with the connection, chunk extensions, trailers, folded lines, a line feed alone.
    """

    def __init__(
        self,
        url: str,
        patience: Patience,
        clock: Callable[[], float] = time.monotonic,
        at_once: int = _AT_ONCE,
    ) -> None:
        """Open nothing yet.

        Args:
            url: ``http://`` and the service's address.
            patience: Ends a wait for the name of the service to be looked up.
            clock: In seconds.
            at_once: How many calls may be under way; further ones fail at once.

        Raises:
            ValueError: If it is no such address.
        """
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError("a service's address starts with http:// and names a host")
        self._url = url
        self._address = (parts.hostname, parts.port or 80)
        self._host = parts.netloc
        self._patience = patience
        self._clock = clock
        self._breaker = Breaker(clock)
        self._turns = [None] * at_once
        self._idle: list[socket.socket] = []

    def send(self, onward: Onward) -> Reply:
        head = self._request(onward)
        if not self._breaker.allows():
            raise UpstreamUnavailable(f"{self} is left alone for some seconds")
        try:
            self._turns.pop()  # a list, because that is one step for any number of greenlets
        except IndexError:
            raise UpstreamUnavailable(f"{self} has too many calls under way") from None
        deadline = self._clock() + onward.within
        call = _Call(self, deadline, keeps=onward.method in _IDEMPOTENT)
        try:
            return call.exchange(onward, head)
        except BaseException as error:
            call.give_up(error)
            raise

    def _request(self, onward: Onward) -> bytes:
        target = f"{onward.path}?{onward.query}" if onward.query else onward.path
        lines = [f"{onward.method} {target} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in onward.headers]
        if not _TARGET.fullmatch(target) or _UNSENDABLE.search("".join(lines)):
            raise UpstreamUnavailable("this cannot be said in HTTP")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def __str__(self) -> str:
        return self._url

    def left(self, deadline: float) -> float:
        """Seconds until ``deadline``.

        Raises:
            TimeoutError: If it has passed.
        """
        if (left := deadline - self._clock()) <= 0:
            raise TimeoutError("the time for this call is over")
        return left

    def connect(self, deadline: float) -> socket.socket:
        """A fresh connection."""
        left = self.left(deadline)
        with self._patience(left):
            connection = socket.create_connection(self._address, timeout=min(_CONNECT, left))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def kept(self) -> socket.socket | None:
        """A connection that was used before and is still quiet, if there is one."""
        while self._idle:
            connection = self._idle.pop()
            if _quiet(connection):
                return connection
            connection.close()
        return None

    def keep(self, connection: socket.socket) -> None:
        """Take back a connection after a whole answer."""
        if len(self._idle) < _KEPT:
            self._idle.append(connection)
        else:
            connection.close()

    def ended(self, *, well: bool | None) -> None:
        """Note that a call is over; ``well`` is ``None`` if it says nothing about the service."""
        self._turns.append(None)
        if well:
            self._breaker.succeeded()
        elif well is not None and self._breaker.failed():
            log.warning("left alone", extra={"facts": {"url": self._url}})


class _Call:
    """One request and its answer on one connection, up to the last byte of the body."""

    def __init__(self, upstream: SocketUpstream, deadline: float, *, keeps: bool) -> None:
        self._upstream = upstream
        self._deadline = deadline
        self._keeps = keeps
        self._connection: socket.socket | None = None
        self._buffer = b""
        self._over = False

    def exchange(self, onward: Onward, head: bytes) -> Reply:
        """Send the request and read the answer as far as its body.

        A task that is being replaced refuses connections, and resets those that it never looked
        at: a read is then asked once more, as the name may lead to another task.
        """
        if not (self._keeps and self._is_asked_again(head)):
            try:
                self._ask_afresh(head, onward.body)
            except (OSError, _Stale):
                if not self._keeps:
                    raise
                self._drop()
                self._ask_afresh(head, None)
        return self._answer(onward.method)

    def _is_asked_again(self, head: bytes) -> bool:
        """Whether a connection that was used before took the request, and an answer began."""
        self._connection = self._upstream.kept()
        if self._connection is None:
            return False
        try:
            self._ask(head, None)
        except _Stale:
            self._drop()
            return False
        return True

    def _ask_afresh(self, head: bytes, body: IO[bytes] | None) -> None:
        self._connection = self._upstream.connect(self._deadline)
        self._ask(head, body)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, head: bytes, body: IO[bytes] | None) -> None:
        """Send the request and wait for the first bytes of the answer.

        Raises:
            _Stale: If the connection ended before any came.
        """
        try:
            self._send(head)
            while body is not None and (chunk := body.read(_CHUNK)):
                self._send(chunk)
        except TimeoutError:
            raise
        except OSError as error:
            if body is None:
                raise _Stale from error
            # It may have refused a long body, and said so, without reading all of it.
        try:
            self._buffer = self._receive()
        except TimeoutError:
            raise
        except OSError as error:
            raise _Stale from error
        if not self._buffer:
            raise _Stale

    def _answer(self, method: str) -> Reply:
        for _ in range(_MOST_INTERIM):
            version, status, headers = self._head()
            if status >= 200:
                break
            if status == 101:
                raise _BadAnswer("it wants to speak something else")
        else:
            raise _BadAnswer("its answer does not begin")
        length, closes = _framing(headers, version)
        self._keeps = self._keeps and not closes
        if method == "HEAD" or status in _NO_BODY or length == 0:
            self.end(well=True)
            return Reply(status, headers)
        if length == _UNSAID:
            raise _BadAnswer("it does not say where its body ends")
        if length is not None and length <= _CHUNK:
            while len(self._buffer) < length:
                self._fill()
            body, self._buffer = self._buffer[:length], self._buffer[length:]
            self.end(well=True)
            return Reply(status, headers, iter((body,)))
        return Reply(
            status,
            headers,
            _Body(self, self._chunked() if length is None else self._measured(length)),
        )

    def _head(self) -> tuple[int, int, Headers]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _LONGEST_HEAD:
                raise _BadAnswer("its headers do not end")
            if _BARE_LF.search(self._buffer):
                raise _BadAnswer("a line ends with a line feed alone")
            self._fill()
        if end > _LONGEST_HEAD:
            raise _BadAnswer("its headers are too long")
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        self._buffer = self._buffer[end + 4 :]
        if len(lines) > _MOST_HEADERS:
            raise _BadAnswer("it has too many headers")
        if not (begun := _STATUS_LINE.fullmatch(first)):
            raise _BadAnswer("it does not begin as HTTP/1.1 does")
        headers = []
        for line in lines:
            if not (header := _HEADER.fullmatch(line)):
                raise _BadAnswer("a header is none")
            headers.append((header[1], header[2].rstrip(" \t")))
        return int(begun[1]), int(begun[2]), tuple(headers)

    def _measured(self, length: int) -> Iterator[bytes]:
        while length:
            if not self._buffer:
                self._fill()
            piece, self._buffer = self._buffer[:length], self._buffer[length:]
            length -= len(piece)
            yield from _cut(piece)

    def _chunked(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._measured(size)
            self._expect_line_end()
        self._expect_line_end()

    def _chunk_size(self) -> int:
        while (end := self._buffer.find(b"\r\n", 0, _LONGEST_SIZE_LINE)) < 0:
            if len(self._buffer) >= _LONGEST_SIZE_LINE:
                raise _BadAnswer("a chunk has no length")
            self._fill()
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        if not _CHUNK_SIZE.fullmatch(line):
            raise _BadAnswer("a chunk's length is none")
        return int(line, 16)

    def _expect_line_end(self) -> None:
        while len(self._buffer) < 2:
            self._fill()
        if not self._buffer.startswith(b"\r\n"):
            raise _BadAnswer("a chunk is not as long as it says")
        self._buffer = self._buffer[2:]

    def _fill(self) -> None:
        if not (more := self._receive()):
            raise _BadAnswer("it broke off")
        self._buffer += more

    def _receive(self) -> bytes:
        return self._timed().recv(_CHUNK)

    def _send(self, data: bytes) -> None:
        self._timed().sendall(data)

    def _timed(self) -> socket.socket:
        """The connection, of which the next wait ends with the call's time."""
        connection = self._connection
        if connection is None:
            raise _BadAnswer("the connection is closed")
        connection.settimeout(self._upstream.left(self._deadline))
        return connection

    def give_up(self, error: BaseException) -> None:
        """Drop the connection, and tell the caller what ``error`` means if it is not theirs.

        Raises:
            UpstreamTimeout, UpstreamUnavailable: If the service is to blame.
        """
        ours = isinstance(error, (OSError, _BadAnswer))
        self.end(well=False if ours else None)
        if isinstance(error, TimeoutError):
            raise UpstreamTimeout(f"{self._upstream} did not answer in time") from error
        if ours:
            raise UpstreamUnavailable(f"{self._upstream} could not be asked: {error}") from error

    def end(self, *, well: bool | None) -> None:
        """Be done, once; ``well`` is ``None`` if that says nothing about the service."""
        if self._over:
            return
        self._over = True
        connection, self._connection = self._connection, None
        if connection is not None:
            if well and self._keeps and not self._buffer:
                self._upstream.keep(connection)
            else:
                connection.close()
        self._buffer = b""
        self._upstream.ended(well=well)


class _Body:
    """The rest of an answer; whoever lets go of it before its end gives up the connection."""

    def __init__(self, call: _Call, pieces: Iterator[bytes]) -> None:
        self._call = call
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            self._call.end(well=True)
            raise
        except BaseException as error:
            self._call.give_up(error)
            raise

    def close(self) -> None:
        """Give up what has not been read."""
        self._call.end(well=None)

    __del__ = close


def _framing(headers: Headers, version: int) -> tuple[int | None, bool]:
    """How long the body is, ``None`` if it comes in chunks; whether the connection ends with it."""
    lengths, codings, options = [], [], []
    for name, value in headers:
        match name.lower():
            case "content-length":
                lengths.append(value)
            case "transfer-encoding":
                codings.append(value.lower())
            case "connection":
                options.append(value.lower())
    closes = version == 0 or "close" in ",".join(options)
    if codings:
        if codings != ["chunked"] or lengths or version == 0:
            raise _BadAnswer("its body is framed in two ways, or in none we know")
        return None, closes
    if len(lengths) > 1 or (lengths and not _LENGTH.fullmatch(lengths[0])):
        raise _BadAnswer("its length is none")
    return (int(lengths[0]) if lengths else _UNSAID), closes


def _cut(piece: bytes) -> Iterator[bytes]:
    if len(piece) <= _CHUNK:
        yield piece
        return
    for start in range(0, len(piece), _CHUNK):
        yield piece[start : start + _CHUNK]


def _quiet(connection: socket.socket) -> bool:
    """Whether a connection that waits to be used is open, and nothing came that nobody asked."""
    try:
        connection.settimeout(0)
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
