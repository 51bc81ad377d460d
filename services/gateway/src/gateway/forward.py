"""Sends a request on to a service, and brings back its answer."""

from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import IO

from chassis import trace
from gateway.ports import Onward, Reply, Upstream, UpstreamUnavailable

Headers = Iterable[tuple[str, str]]

_TOLD = frozenset(
    {
        "accept",
        "content-type",
        "if-match",
        "if-none-match",
        "if-range",
        "idempotency-key",
        "range",
    }
)
_ANSWERED = frozenset(
    {
        "accept-ranges",
        "allow",
        "cache-control",
        "content-disposition",
        "content-length",
        "content-range",
        "content-type",
        "etag",
        "last-modified",
        "location",
        "retry-after",
    }
)
_BROKEN = frozenset({500, 502, 504})
_CHUNK = 64 * 1024
_IN_MEMORY = 1024 * 1024


def told(headers: Headers, own: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that a service is told: the few it may know of a visitor's, and our ``own``.

    The list says what passes, so that nothing a visitor invents is ever taken for ours.

    Example:
        >>> told([("Accept", "*/*"), ("X-Deadline-Ms", "9")], {"X-Deadline-Ms": "800"})
        (('Accept', '*/*'), ('X-Deadline-Ms', '800'))
    """
    return (*_of(headers, _TOLD), *own.items())


def forward(onward: Onward, upstream: Upstream) -> Reply:
    """What ``upstream`` answers to ``onward``, once all of it is here.

    An answer is taken in whole, above 1 MiB on disk, before the first byte goes on: so a visitor
    never gets half of one, and a slow visitor holds no connection to the service.

    Raises:
        UpstreamUnavailable: Also when the service itself says that it failed.
    """
    reply = upstream.send(onward)
    hear(reply)
    if reply.status in _BROKEN:
        raise UpstreamUnavailable(f"the answer is a {reply.status}")
    came: list[bytes] = []
    size = 0
    for chunk in reply.body:
        came.append(chunk)
        size += len(chunk)
        if size > _IN_MEMORY:
            return _told(reply, _spooled(came, reply.body))
    return _told(reply, iter(came))


def hear(reply: Reply) -> None:
    """Note where the service that gave ``reply`` went for it."""
    for name, value in reply.headers:
        if name.lower() == "server-timing":
            trace.hear(value)


def _told(reply: Reply, body: Iterator[bytes]) -> Reply:
    return Reply(reply.status, tuple(_of(reply.headers, _ANSWERED)), body)


def _spooled(came: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """All of a long body, from a file that is gone once it has been read."""
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - _rest closes it
    try:
        file.writelines(came)
        file.writelines(rest)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _rest(file)


def _of(headers: Headers, allowed: frozenset[str]) -> Iterator[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() in allowed)


def _rest(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK):
            yield chunk
