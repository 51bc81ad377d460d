"""A service of ours over HTTP, on pooled connections."""

import logging
import time
from collections.abc import Callable, Iterator

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError
from urllib3.exceptions import TimeoutError as Urllib3Timeout

from gateway.ports import Onward, Patience, Reply, UpstreamTimeout, UpstreamUnavailable

_CHUNK = 64 * 1024
_CONNECT = 0.2
_IDEMPOTENT = frozenset({"GET", "HEAD"})
log = logging.getLogger(__name__)


class Urllib3Upstream:
    """A service at one address.

    Reads share pooled connections. A write gets a connection of its own: a pooled one may be
    closing just as we write to it, and a write is not sent twice.
    """

    def __init__(
        self, url: str, patience: Patience, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._patience = patience
        self._clock = clock
        self._pool = self._connections(most=64)

    def send(self, onward: Onward) -> Reply:
        deadline = self._clock() + onward.within
        reads = onward.method in _IDEMPOTENT
        pool = self._pool if reads else self._connections(most=1)
        try:
            with self._patience(onward.within):
                answer = self._ask(pool, onward, deadline, again=reads)
        except (TimeoutError, Urllib3Timeout) as error:
            raise UpstreamTimeout(f"{self._url} did not answer in time") from error
        except (HTTPError, OSError, ValueError) as error:
            raise UpstreamUnavailable(f"{self._url} could not be asked") from error
        return Reply(
            answer.status,
            tuple(answer.headers.items()),
            self._body(answer, deadline, keep=reads),
        )

    def _ask(
        self, pool: urllib3.HTTPConnectionPool, onward: Onward, deadline: float, *, again: bool
    ) -> urllib3.BaseHTTPResponse:
        left = self._left(deadline)
        try:
            return pool.urlopen(
                onward.method,
                f"{onward.path}?{onward.query}" if onward.query else onward.path,
                body=onward.body,
                headers={"User-Agent": "paperroute-gateway", **dict(onward.headers)},
                timeout=urllib3.Timeout(connect=min(_CONNECT, left), read=left),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except (NewConnectionError, ProtocolError) as error:
            if not (again and _never_arrived(error)):
                raise
            log.warning("asked again", extra={"facts": {"url": self._url, "why": str(error)}})
        return self._ask(pool, onward, deadline, again=False)

    def _body(
        self, answer: urllib3.BaseHTTPResponse, deadline: float, *, keep: bool
    ) -> Iterator[bytes]:
        whole = False
        try:
            while True:
                with self._patience(self._left(deadline)):
                    chunk = answer.read1(_CHUNK, decode_content=False)
                if not chunk:
                    whole = True
                    return
                yield chunk
        except (TimeoutError, Urllib3Timeout) as error:
            raise UpstreamTimeout(f"{self._url} did not finish in time") from error
        except (HTTPError, OSError, ValueError) as error:
            raise UpstreamUnavailable(f"{self._url} broke off its answer") from error
        finally:
            if not (whole and keep):
                answer.close()
            answer.release_conn()

    def _left(self, deadline: float) -> float:
        if (left := deadline - self._clock()) <= 0:
            raise TimeoutError("the time for this call is over")
        return left

    def _connections(self, *, most: int) -> urllib3.HTTPConnectionPool:
        return urllib3.connection_from_url(self._url, maxsize=most, block=False, blocksize=_CHUNK)


def _never_arrived(error: NewConnectionError | ProtocolError) -> bool:
    """Whether the request was refused, or met a connection that was closed meanwhile."""
    return isinstance(error, NewConnectionError) or any(
        isinstance(cause, ConnectionError) for cause in error.args
    )
