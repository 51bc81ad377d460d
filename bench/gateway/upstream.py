"""The services behind: the same answers for everyone, as fast as Python can say them."""

import json
import os

from gevent import socket
from gevent.server import StreamServer

from tests.support.gateway_builders import a_record, an_answer

BODY = (b'{"data":[' + b'{"id":"pine2345","title":"Pine ridge"},' * 261)[:10_238] + b"]}"


def _answer(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


_SEARCH = _answer("application/json", BODY)
_IMAGE = _answer("image/webp", os.urandom(60_000))
_FOUND = an_answer(*(a_record(f"pine{n:04d}") for n in range(24)), total=1284, pages=54)
_PAGE = _answer("application/json", json.dumps(_FOUND).encode())


def converse(connection: socket.socket, _: object) -> None:
    """Answer each request of one connection."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while asked := connection.recv(65536):
        target = asked.split(b" ", 2)[1]
        if target.startswith(b"/i/"):
            connection.sendall(_IMAGE)
        else:  # a page asks for more than the API's visitor did: whole records, so many
            connection.sendall(_PAGE if b"limit=" in target else _SEARCH)


if __name__ == "__main__":
    StreamServer(("127.0.0.1", int(os.environ["PORT"])), converse).serve_forever()
