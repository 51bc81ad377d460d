"""HTTP servers in threads of the test's own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _Silent:
    def handle_error(self, request: object, client_address: object) -> None:
        """Leave it: a client hung up, and what is printed would be the output of another test."""


class HttpServer(_Silent, ThreadingHTTPServer):
    """That of the standard library, which says nothing of clients that hang up."""

    daemon_threads = True


class _WsgiServer(_Silent, ThreadedWSGIServer):
    """Werkzeug's, likewise."""


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # in which an answer says where it ends

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def served(app: "WSGIApplication") -> Iterator[str]:
    """The address of ``app``, which listens on a free port until the end of the block."""
    server = _WsgiServer("127.0.0.1", 0, app, _Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
