"""How gunicorn runs the gateway: ``gunicorn --config gunicorn.conf.py gateway.wsgi:app``."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import gevent
from gunicorn.glogging import Logger
from gunicorn.http import Request
from gunicorn.workers.ggevent import GeventWorker

from chassis.logs import logging_config
from chassis.settings import reading

_LAST_WORDS = 1.0
"""Seconds that a connection without a request has left once the worker is told to stop."""


class QuietLogger(Logger):
    """gunicorn's own log without requests: ``chassis.observe`` logs those, and says more."""

    def access(self, *_: object) -> None:
        """Not a line, nor the work of making one."""


class Worker(GeventWorker):
    """A gevent worker that does not wait for idle connections when it is told to stop.

    gunicorn's own counts a connection that is merely kept open as a request to be finished, and
    so takes its whole graceful timeout to stop whenever a browser is around.
    """

    def handle_request(
        self, listener_name: object, request: Request, client: socket.socket, address: object
    ) -> bool:
        """Answer a request; the answer to a read leaves with its headers, in one packet."""
        if request.method != "GET" or not hasattr(socket, "TCP_CORK"):
            return super().handle_request(listener_name, request, client, address)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        try:
            return super().handle_request(listener_name, request, client, address)
        finally:
            with suppress(OSError):  # it may be closed by now
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[gevent.Greenlet, gevent.Timeout] = {}

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """The wait for a connection's next request; leaving early closes the connection."""
        here = gevent.getcurrent()
        with gevent.Timeout(self.cfg.keepalive if self.alive else _LAST_WORDS, False) as wait:
            self._idle[here] = wait
            try:
                yield
            finally:
                del self._idle[here]

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop once every request is answered."""
        super().handle_exit(sig, frame)
        gevent.spawn_later(_LAST_WORDS, self._close_idle)

    def _close_idle(self) -> None:
        for connection, wait in tuple(self._idle.items()):
            connection.kill(wait, block=False)


bind = os.environ.get("GATEWAY_BIND", "0.0.0.0:8000")
with reading(os.environ) as env:
    workers = env.integer("GATEWAY_WORKERS", default="2")
worker_class = Worker  # gevent: slow clients stop workers that have a thread for each
worker_connections = 1000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a heartbeat file
timeout = 60
graceful_timeout = 95  # an upload under way may take 90
keepalive = 75  # longer than the load balancer keeps an idle connection
limit_request_line = 8190  # the longest search, percent-encoded, is longer than the default
forwarder_headers = ""
control_socket_disable = True
logger_class = QuietLogger
# No line of ours names a source line or a thread: none is looked for (Logging HOWTO, Optimization)
logging._srcfile = None  # type: ignore[attr-defined]  # noqa: SLF001
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
logconfig_dict = logging_config(
    "gateway",
    quiet=("botocore", "urllib3"),
    metrics=os.environ.get("PAPERROUTE_METRICS_NAMESPACE"),
)
